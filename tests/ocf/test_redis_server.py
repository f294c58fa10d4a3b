# SPDX-License-Identifier: Apache-2.0
"""What the agent redis-server does besides what daemons have in common, on the only controller of an environment."""

import os
import signal
import time

import pytest
import redis

from controller import CONF, DATA, ERROR, NOT_RUNNING, OK, PASSWORD, wait

AGENT = 'redis-server'

#: Takes a server that loads it 0.1 ms, which looks at its clients after each thousand commands.
SLOW = 'DEBUG', 'SLEEP', '0.00001'


def command(*words):
    """A command as redis keeps it in its append-only file."""
    return '*%d\r\n' % len(words) + ''.join('$%d\r\n%s\r\n' % (len(word), word) for word in words)


def own_data(controller, text):
    """Give a server data for its next start, in the one file that every Redis reads."""
    controller.shell(f'rm -rf {DATA}/*')
    controller.write(f'{DATA}/appendonly.aof', text)
    controller.shell(f'chown -R redis:redis {DATA}/*')


def test_one_that_still_loads_its_data_is_well(controller):
    own_data(controller, command('SELECT', '0') + command(*SLOW) * 200000)
    start = controller.act(AGENT, 'start')
    assert start.code == OK
    with pytest.raises(redis.exceptions.BusyLoadingError):
        controller.redis().ping()
    assert controller.act(AGENT, 'monitor').code == OK


def test_one_whose_password_is_being_changed_is_well(controller):
    controller.start(AGENT)
    controller.redis().config_set('requirepass', 'T0morrowT0morrow')
    assert PASSWORD in controller.read(CONF[AGENT])
    assert controller.act(AGENT, 'monitor').code == OK


def test_one_that_has_been_promoted_is_master_when_it_starts(controller):
    """Its file may name the master that it followed: it was down when it became the one that the others follow."""
    controller.start(AGENT)
    controller.redis().slaveof('192.0.2.1', 6379)
    controller.redis().config_rewrite()
    assert '192.0.2.1' in controller.read(CONF[AGENT])
    controller.kill(AGENT)
    controller.start(AGENT)
    assert controller.role() == 'master'


def test_one_starts_on_the_master_that_the_running_system_names(controller):
    """Not on the one that it followed before, which its file names."""
    controller.shell(f'echo slaveof 192.0.2.9 6379 >>{CONF[AGENT]}')
    controller.replace_helper('echo a warning >&2; echo 192.0.2.1 6380')
    start = controller.act(AGENT, 'start')
    assert start.code == OK
    found = controller.redis().info('replication')
    assert (found['role'], found['master_host'], found['master_port']) == ('slave', '192.0.2.1', 6380)
    assert 'start: as replica of 192.0.2.1 port 6380' in start.said
    assert [line for line in controller.calls() if line.startswith('helper')] == ['helper master']


def test_one_that_is_a_replica_of_itself_is_an_error_and_its_start_mends_it(controller):
    controller.start(AGENT)
    controller.redis().slaveof(controller.address, 6379)
    monitor = controller.act(AGENT, 'monitor')
    assert (monitor.code, monitor.reasons) == (
        ERROR, [f'{AGENT} (pid {controller.pid(AGENT)}) is a replica of itself, which only a start mends'])
    controller.start(AGENT)
    assert (controller.act(AGENT, 'monitor').code, controller.role()) == (OK, 'master')


@pytest.mark.any_redis
def test_one_before_2_8_10_never_refuses_writes(controller):
    """A replica would refuse its master's. No such Redis can be had here: a stand-in says its version."""
    conf = controller.read(CONF[AGENT]).replace('min-slaves-to-write 0', 'min-slaves-to-write 1')
    for version, wanted in (('2.8.4', '0'), ('2.8.17', '1')):
        controller.renew()
        controller.write(CONF[AGENT], conf)
        controller.replace('/usr/bin/redis-server', f"""\
if [ "$1" = --version ]; then
    exec echo 'Redis server v={version} sha=00000000:0 malloc=libc bits=64 build=0'
fi
exec /mnt/real/redis-server "$@\"""")
        for master in ('192.0.2.1', controller.address):
            controller.replace_helper(f'echo {master} 6379')
            controller.start(AGENT)
            assert list(controller.redis().config_get('min-slaves-to-write').values()) == [wanted]
            controller.kill(AGENT)


@pytest.mark.alone
@pytest.mark.any_redis
def test_a_start_replaces_one_that_hangs(controller):
    controller.start(AGENT)
    pid = controller.pid(AGENT)
    controller.signal(pid, signal.SIGSTOP)
    controller.start(AGENT)
    assert controller.pid(AGENT) != pid
    assert controller.act(AGENT, 'monitor').code == OK


def test_it_does_not_start_when_nobody_says_who_is_master(controller):
    controller.shell('rm /etc/ceilometer-redis/deployment.yaml')
    start = controller.act(AGENT, 'start')
    assert (start.code, controller.processes()) == (ERROR, {})
    assert start.reasons == ['ceilometer-redis master fails: '
                             '/etc/ceilometer-redis/deployment.yaml must be a file that can be read: '
                             'No such file or directory']


def test_a_master_finds_out_whether_it_is_being_replaced(controller):
    """A started one, which the sentinels may have taken for down before, outlives nobody's patience for that."""
    controller.start(AGENT, 'redis-sentinel')
    wait(lambda: [line for line in controller.calls() if line.startswith('logged: ')])
    assert 'logger -t ceilometer-redis' in controller.calls()


def test_a_new_replica_is_served_at_once(controller):
    controller.start(AGENT)
    delay = controller.redis().config_get('repl-diskless-sync-delay')
    assert delay in ({}, {'repl-diskless-sync-delay': '0'}), 'redis before 2.8.18 has none'


def test_a_stop_is_told_again_until_redis_obeys(controller):
    """redis refuses to end while it writes the first file of its commands, as after a transfer of all its data."""
    controller.start(AGENT)
    client, pid, log = controller.redis(), controller.pid(AGENT), '/var/log/redis/redis-server.log'
    client.config_set('appendonly', 'no')
    # Who writes has its pid in the file's name, and waits for somebody who reads.
    controller.shell(f'cd {DATA}; last=$(cat /proc/sys/kernel/ns_last_pid); mkfifo -m 0666 '
                     '$(seq -f temp-rewriteaof-%.0f.aof "$last" $((last + 3000)))')
    client.config_set('appendonly', 'yes')
    child = wait(lambda: int(controller.shell(f'ps -o pid= --ppid {pid} || true') or 0))
    controller.shell(f"""(until grep -Eq "can't exit|Killing it" {log}; do sleep 0.1; done
                          rm {DATA}/temp-*; kill -KILL {child}) >/dev/null 2>&1 &""")
    stop = controller.act(AGENT, 'stop')
    assert (stop.code, controller.processes()) == (OK, {})
    said = controller.read(log)
    assert "Writing initial AOF, can't exit" in said or 'Killing it!' in said, '2.8.4 obeys at once'
    assert 'killing it' not in stop.said


@pytest.mark.alone
@pytest.mark.any_redis
def test_data_that_cannot_be_read_are_kept_aside(controller):
    """After a loss of power that nobody else survived: a successor is waited for in vain."""
    controller.replace_helper(f'echo {controller.address} 6379')
    broken = command('SET', 'key', 'value') + 'not a command\r\n' + command('SET', 'key', 'value')
    own_data(controller, broken)
    start = controller.act(AGENT, 'start')
    assert (start.code, controller.redis().dbsize()) == (OK, 0)
    assert start.seconds > 30
    kept, = [name for name in os.listdir(controller.path(DATA)) if name.startswith('unreadable.')]
    assert f'the data could not be read, they are in {DATA}/{kept}' in start.said
    assert broken.replace('\r', '') in ''.join(
        controller.read(os.path.join(directory, name).partition('/root')[2])
        for directory, _, names in os.walk(controller.path(f'{DATA}/{kept}')) for name in names)
    assert controller.redis().config_get('appendonly') == {'appendonly': 'yes'}


@pytest.mark.any_redis
def test_data_that_were_not_the_reason_are_put_back(controller):
    """What stands in for redis begins new data where there are none, and ends."""
    own_data(controller, command('SET', 'key', 'value'))
    before = tree(controller)
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.replace('/usr/bin/redis-server', f'[ -e {DATA}/appendonly.aof ] || echo new >{DATA}/new; exit 1')
    for _ in range(2):
        assert controller.act(AGENT, 'start').code == ERROR
        assert tree(controller) == before
        time.sleep(1)  # the name of a directory for data has the second


def tree(controller):
    return controller.shell(f'cd {DATA}; find . | sort; cat appendonly.aof')


@pytest.mark.any_redis
def test_a_server_at_an_address_of_ipv6_starts_and_is_found(controller):
    controller.shell("sed -i 's/^bind .*/bind ::1/' /etc/ceilometer-redis/redis.conf")
    controller.replace_helper('echo ::1 6379')
    assert controller.act(AGENT, 'start').code == OK
    assert controller.act(AGENT, 'monitor').code == OK
    assert controller.act(AGENT, 'stop').code == OK
    assert controller.act(AGENT, 'monitor').code == NOT_RUNNING

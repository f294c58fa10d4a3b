# SPDX-License-Identifier: Apache-2.0
"""What the agents redis-server and redis-sentinel have in common."""

import os
import re
import signal
import stat
import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.pacemaker import clones
from controller import (
    CONF,
    DATA,
    ERROR,
    NOT_INSTALLED,
    NOT_RUNNING,
    OK,
    PASSWORD,
    PORTS,
    RUN,
    TIMEOUTS,
    UNIMPLEMENTED,
    wait,
)


@pytest.fixture(params=sorted(CONF))
def agent(request):
    return request.param


@pytest.fixture
def running(controller, agent):
    controller.start(agent)
    return controller


def test_it_runs_from_its_start_to_its_stop_as_redis_and_leaves_nothing(controller, agent):
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    controller.start(agent)
    pid = controller.pid(agent)
    assert controller.shell(f'ps -o user=,group= -p {pid}').split() == ['redis', 'redis']
    assert controller.act(agent, 'monitor').code == OK
    controller.start(agent)
    assert controller.pid(agent) == pid, 'a second start is a second daemon'
    stop = controller.act(agent, 'stop')
    assert (stop.code, controller.processes()) == (OK, {})
    assert 'has ended' in stop.said
    assert 'is now ready to exit' in controller.read(f'/var/log/redis/{agent}.log')
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    assert controller.act(agent, 'stop').code == OK


def test_one_that_was_killed_is_not_running_and_starts_again(running, agent):
    """A start answers only when the daemon does, or the first monitor would come too early."""
    running.kill(agent)
    assert running.act(agent, 'monitor').code == NOT_RUNNING
    assert running.act(agent, 'stop').code == OK
    running.start(agent)
    assert running.act(agent, 'monitor').code == OK


@pytest.mark.alone
def test_one_that_hangs_is_an_error_and_ends_by_force_after_15_s(running, agent):
    pid = running.pid(agent)
    running.signal(pid, signal.SIGSTOP)
    monitor = running.act(agent, 'monitor')
    assert monitor.code == ERROR
    assert monitor.reasons == [f'{agent} (pid {pid}) gives no answer at {running.address} port {PORTS[agent]}, '
                               f'see /var/log/redis/{agent}.log']
    stop = running.act(agent, 'stop')
    assert (stop.code, running.processes()) == (OK, {})
    # A handover is tried before.
    assert 14 < stop.seconds < 35
    assert f'pid {pid} is still there after 15 s, killing it' in stop.said


def test_a_pid_file_that_names_another_program_means_nothing(controller, agent):
    pid = int(controller.shell('sleep 300 >/dev/null 2>&1 & echo $!'))
    controller.shell(f'install -d -o redis {RUN}; echo {pid} >{RUN}/{agent}.pid')
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    assert controller.act(agent, 'stop').code == OK
    controller.start(agent)
    assert controller.act(agent, 'monitor').code == OK
    assert pid in controller.processes('sleep 300')


def test_a_lost_configuration_is_made_anew_from_roots_copy(running, agent):
    """Also one that a full disk emptied."""
    own, made = CONF[agent], CONF[agent].replace('/redis/', '/')
    for loss in ('truncate --size 0', 'rm'):
        running.shell(f'{loss} {own}')
        assert running.act(agent, 'monitor').code == OK, 'it is found by what was made'
        running.kill(agent)
        start = running.act(agent, 'start')
        assert start.code == OK
        assert f'{own} is lost, made anew from {made}' in start.said
        assert running.act(agent, 'monitor').code == OK
        assert running.shell(f'stat --format "%U:%G %a" {own}') == 'redis:redis 640\n'
        assert directives(running.read(made)) <= directives(running.read(own))


def directives(text):
    """The lines that are no comments; the daemons quote values when they rewrite their file."""
    return set(line.replace('"', '').lower() for line in text.splitlines() if line and not line.startswith('#'))


def test_the_password_is_for_redis_and_root_alone(running, agent):
    """Also after the daemon has written its file anew."""
    command = ['config', 'rewrite'] if agent == 'redis-server' else ['sentinel', 'set', 'ceilometer-redis', 'quorum', 1]
    client = running.redis() if agent == 'redis-server' else running.sentinel()
    client.execute_command(*command)
    found = os.stat(running.path(CONF[agent]))
    assert PASSWORD in running.read(CONF[agent])
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert running.shell(f'stat --format %U:%G {CONF[agent]}') == 'redis:redis\n'
    readable = running.shell(f'grep -rl {PASSWORD} /run /var/log {DATA} /etc/ceilometer-redis | xargs stat -c "%A %n"')
    assert [line for line in readable.splitlines() if line[7] != '-'] == []
    assert running.run('grep', '-r', PASSWORD, '/var/log/redis').code == 1


def test_no_password_is_on_a_command_line(controller, agent):
    """The programs that an agent runs with something secret write down with what they were called."""
    controller.shell('touch /mnt/calls; chmod 0666 /mnt/calls')
    for program in ('redis-cli', 'redis-server'):
        controller.replace(f'/usr/bin/{program}', f'echo "{program} $*" >>/mnt/calls\nexec /mnt/real/{program} "$@"')
    controller.start(agent)
    assert controller.act(agent, 'monitor').code == OK
    assert controller.act(agent, 'stop').code == OK
    calls = controller.calls()
    assert {line.split()[0] for line in calls} >= {'redis-cli', 'redis-server'}
    assert [line for line in calls if PASSWORD in line] == []


@pytest.mark.any_redis
def test_validate_all_wants_the_programs_and_a_file(controller, agent):
    assert controller.act(agent, 'validate-all').code == OK
    own, made = CONF[agent], CONF[agent].replace('/redis/', '/')
    controller.shell(f'rm {own}')
    assert controller.act(agent, 'validate-all').code == OK
    controller.shell(f'rm {made}')
    assert controller.act(agent, 'validate-all').code == NOT_INSTALLED


@pytest.mark.any_redis
def test_a_node_without_a_program_cannot_have_the_daemon(controller, agent):
    for program in ('/usr/bin/redis-server', '/usr/bin/redis-cli', '/usr/local/bin/ceilometer-redis'):
        controller.shell(f'mv {program} /mnt/away')
        for action in ('validate-all', 'start'):
            refused = controller.act(agent, action)
            assert (refused.code, refused.reasons) == (
                NOT_INSTALLED, [f'{program} is missing: deploy the plugin again'])
        controller.shell(f'mv /mnt/away {program}')


@pytest.mark.any_redis
def test_a_node_without_the_files_is_one_where_it_does_not_run(controller, agent):
    """Pacemaker probes on every node; an error of a stop would fence it."""
    controller.shell('rm -r /etc/ceilometer-redis')
    codes = [controller.act(agent, action).code for action in ('monitor', 'stop', 'start', 'validate-all')]
    assert codes == [NOT_RUNNING, OK, NOT_INSTALLED, NOT_INSTALLED]
    own, made = CONF[agent], CONF[agent].replace('/redis/', '/')
    for action in ('start', 'validate-all'):
        assert controller.act(agent, action).reasons == [f'neither {own} nor {made} is there: deploy the plugin again']


def test_a_daemon_that_ends_at_once_fails_the_start_within_its_timeout(controller, agent):
    """A server tries again without its data, which may be the reason."""
    controller.replace_helper('echo 192.0.2.1 6379')
    other = f'redis-server {controller.address}:{PORTS[agent]}'
    controller.shell(f'redis-server --bind {controller.address} --port {PORTS[agent]} >/dev/null 2>&1 &')
    wait(lambda: controller.processes(other))
    start = controller.act(agent, 'start')
    assert start.code == ERROR
    assert start.seconds < TIMEOUTS[agent]['start'] / 2
    reason, = start.reasons
    assert reason.startswith(f'{agent} has ended at once, see /var/log/redis/{agent}.log: ')
    assert re.search(r'Failed listening on port|bind: Address already in use', reason), reason
    assert list(controller.processes()) == list(controller.processes(other))


@pytest.mark.any_redis
def test_a_start_waits_for_the_daemon(controller, agent):
    """What starts it late stands in for a busy machine."""
    controller.replace('/usr/bin/redis-server', '(sleep 2; exec /mnt/real/redis-server "$@") >/dev/null 2>&1 &')
    controller.start(agent)
    assert controller.act(agent, 'monitor').code == OK


@pytest.mark.any_redis
def test_a_start_waits_for_an_answer(controller, agent):
    """Not for the pid file alone, which is there before."""
    controller.replace('/usr/bin/redis-cli', """\
echo asked >>/mnt/asked
[ "$(wc -l </mnt/asked)" -gt 3 ] || exit 1
exec /mnt/real/redis-cli "$@\"""")
    controller.shell('rm -f /mnt/asked')
    controller.start(agent)
    assert len(controller.read('/mnt/asked').splitlines()) > 3


@pytest.mark.any_redis
def test_meta_data_are_valid_and_say_what_the_primitives_have(controller, agent):
    said = controller.act(agent, 'meta-data')
    assert said.code == OK
    root = ElementTree.fromstring(said.said)
    assert root.get('name') == agent
    parameter, = root.findall('parameters/parameter')
    assert (parameter.get('name'), parameter.find('content').get('default')) == ('config', CONF[agent])
    actions = {action.get('name'): action.attrib for action in root.findall('actions/action')}
    assert set(actions) == set(TIMEOUTS[agent])
    for name, interval, timeout in clones.OPERATIONS[agent]:
        assert (name, actions[name]['timeout'], actions[name].get('interval', '0')) == (name, timeout, interval)


@pytest.mark.any_redis
def test_an_action_it_does_not_have_is_unimplemented(controller, agent):
    usage = f'usage: {agent} start|stop|monitor|validate-all|meta-data\n'
    for action in ('promote', 'notify', ''):
        said = controller.act(agent, action)
        assert (said.code, said.said) == (UNIMPLEMENTED, usage)
    for action in ('usage', 'help'):
        said = controller.act(agent, action)
        assert (said.code, said.said) == (OK, usage)

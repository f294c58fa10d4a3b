# SPDX-License-Identifier: Apache-2.0
"""What a start finds and heals, and what it leaves alone: root believes nothing that the user redis can write."""

import os
import re
import signal

import pytest
import redis

from controller import CONF, DATA, ENVIRONMENT, ERROR, NOT_RUNNING, OK, PASSWORD, PORTS, RUN, wait

LOGS = '/var/log/redis'
CONFS = '/etc/ceilometer-redis/redis'
OTHER_PASSWORD = 'T0morrowT0morrow'

#: Nothing to do with redis; a pid file, a log or a configuration file may be a link to it.
FOREIGN = '/etc/foreign'


@pytest.fixture(params=sorted(CONF))
def agent(request):
    return request.param


@pytest.fixture
def running(controller, agent):
    controller.start(agent)
    return controller


def made(agent):
    return CONF[agent].replace('/redis/', '/')


def owners(controller, *paths):
    return controller.shell(f'stat --format "%U:%G %a" {" ".join(paths)}').splitlines()


def kept_aside(controller, directory=CONFS):
    return sorted(name for name in os.listdir(controller.path(directory)) if name.startswith('unreadable.'))


def as_redis(controller, script):
    return controller.shell(f"setpriv --reuid=redis --regid=redis --clear-groups sh -euc '{script}'")


def change(controller, agent, *lines):
    """Let a daemon's own file have lines that root's copy has not, in place of those of the same directive."""
    names = set(line.split()[0] for line in lines)
    text = [line for line in controller.read(CONF[agent]).splitlines() if line.split(' ')[0] not in names]
    controller.write(CONF[agent], '\n'.join([*text, *lines, '']))


# A daemon is found by what it is.

@pytest.mark.parametrize('loss', ['rm {}', 'echo 1 >{}', 'rm {0}; mkfifo {0}', f'ln -sf {FOREIGN} {{}}',
                                  f'rm -r {RUN}'])
def test_a_living_daemon_is_found_without_its_pid_file(running, agent, loss):
    running.write(FOREIGN, '1\n')
    pid, path = running.pid(agent), f'{RUN}/{agent}.pid'
    running.shell(loss.format(path))
    assert running.act(agent, 'monitor').code == OK
    start = running.act(agent, 'start')
    assert (start.code, running.pid(agent)) == (OK, pid)
    assert kept_aside(running, DATA) == []
    if RUN not in loss.split():
        assert running.read(path) == f'{pid}\n'
        assert not os.path.islink(running.path(path))
    assert running.read(FOREIGN) == '1\n'
    running.shell(f'rm -rf {path}')
    stop = running.act(agent, 'stop')
    assert (stop.code, running.processes()) == (OK, {})


def test_another_redis_of_the_same_user_is_not_the_daemon(controller, agent):
    """An operator's own, whatever the pid file says."""
    controller.shell('install -d -o redis /mnt/operators')
    as_redis(controller, 'cd /mnt/operators; redis-server --port 7000 --daemonize yes >/dev/null')
    other, = wait(lambda: controller.processes(':7000'))
    controller.shell(f'install -d -o redis {RUN}; echo {other} >{RUN}/{agent}.pid')
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    assert controller.act(agent, 'stop').code == OK
    controller.start(agent)
    assert controller.act(agent, 'stop').code == OK
    assert list(controller.processes()) == [other]


def test_the_two_daemons_are_told_from_each_other(controller):
    controller.start(*CONF)
    pids = {agent: controller.pid(agent) for agent in CONF}
    for agent, other in (list(CONF), list(CONF)[::-1]):
        controller.shell(f'echo {pids[other]} >{RUN}/{agent}.pid')
        assert controller.act(agent, 'monitor').code == OK
    controller.act('redis-server', 'stop')
    assert list(controller.processes()) == [pids['redis-sentinel']]
    assert controller.act('redis-server', 'monitor').code == NOT_RUNNING


def test_one_whose_directory_a_client_changed_is_found(controller):
    """By its address; Redis before 7 lets every client with the password change it."""
    controller.start('redis-server')
    controller.shell('mkdir -m 0777 /mnt/elsewhere')
    set_directory(controller, '/mnt/elsewhere')
    controller.shell(f'rm {RUN}/redis-server.pid')
    assert controller.act('redis-server', 'monitor').code == OK
    assert controller.act('redis-server', 'stop').code == OK
    assert controller.processes() == {}


def set_directory(controller, directory):
    """As CONFIG SET and REWRITE do, where the version has it."""
    client = controller.redis()
    try:
        client.config_set('dir', directory)
        client.config_rewrite()
    except redis.ResponseError as refusal:  # a protected config since 7
        assert 'protected' in str(refusal)
        pytest.skip('Redis 7 refuses')


def test_one_that_writes_its_data_anew_has_ended_when_its_parent_has(controller):
    controller.start('redis-server')
    pid = controller.pid('redis-server')
    controller.redis().set('key', 'value')
    controller.redis().bgrewriteaof()
    controller.signal(pid, signal.SIGKILL)
    wait(lambda: not os.path.exists(controller.path(f'/proc/{pid}')))
    controller.start('redis-server')
    assert controller.redis().get('key') == 'value'


# Paths, address and port are root's.

@pytest.mark.parametrize('line', ['dir /mnt/elsewhere', f'pidfile {FOREIGN}', f'logfile {FOREIGN}', 'port 7000',
                                  'bind 127.0.0.1', 'unixsocket /mnt/elsewhere/socket', 'daemonize no',
                                  'include /mnt/elsewhere/more.conf'])
def test_what_only_root_decides_is_put_right(controller, agent, line):
    controller.shell(f'install -d -o redis /mnt/elsewhere; touch /mnt/elsewhere/kept; echo foreign >{FOREIGN}')
    controller.write('/mnt/elsewhere/more.conf', '')
    change(controller, agent, line, 'loglevel verbose')
    damaged = controller.read(CONF[agent])
    start = controller.act(agent, 'start')
    assert start.code == OK, start
    assert f"{CONF[agent]} has not the paths, address and port of root's copy" in start.said
    assert controller.act(agent, 'monitor').code == OK
    text = controller.read(CONF[agent]).splitlines()
    assert line not in text
    assert 'loglevel verbose' in text, 'what an operator changed stays'
    aside, = kept_aside(controller)
    assert controller.read(f'{CONFS}/{aside}/{os.path.basename(CONF[agent])}') == damaged
    assert controller.shell('ls /mnt/elsewhere').split() == ['kept', 'more.conf']
    assert controller.read(FOREIGN) == 'foreign\n'
    assert owners(controller, CONF[agent]) == ['redis:redis 640']
    controller.act(agent, 'stop')
    controller.start(agent)
    assert kept_aside(controller) == [aside], 'put right once'


@pytest.mark.parametrize('directive', ['notification-script', 'client-reconfig-script'])
def test_a_sentinel_runs_nobodys_scripts(controller, directive):
    controller.start('redis-server', 'redis-sentinel')
    controller.act('redis-sentinel', 'stop')
    line = f'sentinel {directive} ceilometer-redis /bin/true'
    controller.write(CONF['redis-sentinel'], controller.read(CONF['redis-sentinel']) + line + '\n')
    controller.start('redis-sentinel')
    assert line not in controller.read(CONF['redis-sentinel'])
    assert controller.watched() == (controller.address, 0, 0)


def test_what_the_daemons_write_themselves_is_left_alone(controller):
    controller.start(*CONF)
    controller.redis().config_set('maxmemory', 100000000)
    controller.redis().config_rewrite()
    controller.sentinel().execute_command('sentinel', 'set', 'ceilometer-redis', 'down-after-milliseconds', 7000)
    for _ in range(2):
        for agent in CONF:
            assert controller.act(agent, 'stop').code == OK
        controller.start(*CONF)
    assert kept_aside(controller) == []
    assert controller.redis().config_get('maxmemory') == {'maxmemory': '100000000'}


def test_a_directory_that_a_client_named_keeps_what_is_in_it(controller):
    """With the password a client names any directory as redis', and lets redis end on data that it cannot read."""
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.shell('mkdir /etc/roots; echo precious >/etc/roots/appendonly.aof; chmod 0644 /etc/roots/*')
    change(controller, 'redis-server', 'dir /etc/roots')
    controller.start('redis-server')
    assert controller.shell('ls -A /etc/roots; cat /etc/roots/*').split() == ['appendonly.aof', 'precious']


def test_a_stop_ends_no_process_that_the_daemons_file_names(controller, agent):
    pid = int(controller.shell('sleep 300 >/dev/null 2>&1 & echo $!'))
    controller.shell(f'echo {pid} >/mnt/pid; chmod 0644 /mnt/pid; install -d -o redis {RUN}; '
                     f'cp /mnt/pid {RUN}/{agent}.pid')
    change(controller, agent, 'pidfile /mnt/pid')
    assert controller.act(agent, 'stop').code == OK
    controller.start(agent)
    assert pid in controller.processes('sleep 300')
    assert controller.read('/mnt/pid') == f'{pid}\n', 'root removes no file that it names'


@pytest.mark.any_redis
@pytest.mark.parametrize('path', ['log', 'pid', 'configuration'])
@pytest.mark.parametrize('trap', [f'rm -f {{0}}; ln -s {FOREIGN} {{0}}', 'rm -f {0}; mkfifo {0}'])
def test_links_and_pipes_of_the_daemons_user_are_not_followed(controller, agent, path, trap):
    controller.write(FOREIGN, f'requirepass {OTHER_PASSWORD}\n')
    controller.shell(f'chmod 0600 {FOREIGN}; install -d -o redis {RUN}')
    path = {'log': f'{LOGS}/{agent}.log', 'pid': f'{RUN}/{agent}.pid', 'configuration': CONF[agent]}[path]
    as_redis(controller, trap.format(path))
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    start = controller.act(agent, 'start')
    assert start.seconds < 30
    assert controller.read(FOREIGN) == f'requirepass {OTHER_PASSWORD}\n'
    assert owners(controller, FOREIGN) == ['root:root 600']
    if path.endswith('.log') and 'ln' in trap:
        assert (start.code, len(start.reasons)) == (ERROR, 1)
    else:
        assert start.code == OK, start
        assert OTHER_PASSWORD not in controller.read(CONF[agent])


# Data are put aside only when redis says that it cannot read them.

def command(*words):
    return '*%d\r\n' % len(words) + ''.join('$%d\r\n%s\r\n' % (len(word), word) for word in words)


def has_data(controller):
    """A server that is down and has data; it is to be the master."""
    controller.start('redis-server')
    controller.redis().set('key', 'value')
    controller.act('redis-server', 'stop')


def same_data(controller):
    return kept_aside(controller, DATA) == [] and controller.redis().get('key') == 'value'


def test_a_port_that_is_taken_costs_no_data(controller):
    has_data(controller)
    controller.shell(f"""python3 -c '
import socket, time
taken = socket.socket()
taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
taken.bind(("{controller.address}", {PORTS["redis-server"]}))
taken.listen(1)
time.sleep(12)' >/dev/null 2>&1 &""")
    wait(lambda: controller.processes('python3'))
    start = controller.act('redis-server', 'start')
    assert start.code == ERROR
    assert re.search('[Aa]ddress already in use|Failed listening', start.reasons[0])
    assert kept_aside(controller, DATA) == []
    wait(lambda: not controller.processes('python3'))
    controller.start('redis-server')
    assert same_data(controller)


def test_an_address_that_is_not_there_yet_costs_no_data(controller):
    has_data(controller)
    address = f'{controller.address}/24 dev eth0'
    controller.replace_helper(f'echo {controller.address} 6379')
    controller.shell(f'ip address del {address}')
    try:
        start = controller.act('redis-server', 'start')
    finally:
        controller.shell(f'ip address add {address}')
    assert start.code == ERROR
    assert start.seconds < 20
    assert kept_aside(controller, DATA) == []
    controller.start('redis-server')
    assert same_data(controller)


@pytest.mark.any_redis
def test_words_of_a_start_before_cost_no_data(controller):
    has_data(controller)
    controller.write(f'{LOGS}/redis-server.log', 'Bad file format reading the append only file\n')
    controller.replace('/usr/bin/redis-server', '[ "$1" = --version ] || exit 1')
    assert controller.act('redis-server', 'start').code == ERROR
    assert kept_aside(controller, DATA) == []


UNREADABLE = {
    'commands': ('appendonly.aof', 'not a command\r\n*1\r\n$4\r\nPING\r\n'),
    'an unknown command': ('appendonly.aof', command('NONSENSE', 'key') + command('SET', 'key', 'value')),
    'a snapshot': ('appendonly.aof', 'REDIS0001\nnonsense'),
}


@pytest.mark.parametrize('name', sorted(UNREADABLE))
def test_what_redis_cannot_read_is_put_aside(controller, name):
    file, text = UNREADABLE[name]
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.write(f'{DATA}/{file}', text)
    controller.shell(f'chown redis:redis {DATA}/*')
    start = controller.act('redis-server', 'start')
    assert start.code == OK, start
    aside, = kept_aside(controller, DATA)
    assert f'the data could not be read, they are in {DATA}/{aside}' in start.said
    assert owners(controller, f'{DATA}/{aside}')[0].startswith('redis:redis')


@pytest.mark.parametrize('text', ['', 'nonsense\n', 'file appendonly.aof.9.incr.aof seq 9 type i\n'])
def test_a_list_of_files_that_redis_7_cannot_read(controller, text):
    has_data(controller)
    if not os.path.isdir(controller.path(f'{DATA}/appendonlydir')):
        pytest.skip('before Redis 7')
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.write(f'{DATA}/appendonlydir/appendonly.aof.manifest', text)
    assert controller.act('redis-server', 'start').code == OK
    assert len(kept_aside(controller, DATA)) == 1


@pytest.mark.alone
@pytest.mark.any_redis
def test_data_are_tried_first_again_after_a_wait(controller):
    """Somebody may have repaired them meanwhile."""
    controller.replace_helper(f'echo {controller.address} 6379')
    controller.write(f'{DATA}/appendonly.aof', 'not a command\r\n')
    controller.shell(f'chown redis:redis {DATA}/*')
    controller.write('/mnt/repaired', command('SELECT', '0') + command('SET', 'key', 'value'))
    controller.shell(f"""(sleep 10; cat /mnt/repaired >$(find {DATA} -size +0 ! -name '*.manifest' -type f)
                          ) >/dev/null 2>&1 &""")
    controller.start('redis-server')
    assert same_data(controller)


def test_data_on_which_redis_crashes_are_put_aside(controller):
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.write(f'{DATA}/appendonly.aof', command('SELECT', '0') + command('DEBUG', 'SEGFAULT'))
    controller.shell(f'chown redis:redis {DATA}/*')
    start = controller.act('redis-server', 'start')
    assert start.code == OK, start
    assert len(kept_aside(controller, DATA)) == 1


#: A redis that ends while it loads its data, while they are there and a shell's condition is true.
ENDS = f"""\
if [ "$1" != --version ] && [ -e {DATA}/appendonly.aof ] && {{}}; then
    echo '1:M 29 Nov 14:05:41.714 # Server started, Redis version 3.0.5' >>{LOGS}/redis-server.log
    {{}}
    exit 0
fi
exec /mnt/real/redis-server "$@\""""


@pytest.mark.any_redis
@pytest.mark.parametrize('condition, said, code, aside', [
    ('true', '', OK, 1),
    ('true', "1:M 29 Nov 14:05:41.714 # WARNING overcommit_memory is set to 0!", OK, 1),
    ('true', "1:M 29 Nov 14:05:41.714 # Can't open the append-only file: No space left on device", ERROR, 0),
    ('true', '1:M 29 Nov 14:05:41.714 * The server is now ready to accept connections on port 6379', ERROR, 0),
    (f'mkdir {LOGS}/once 2>/dev/null', '', OK, 0),
])
def test_data_on_which_redis_ends_twice_without_a_word_are_put_aside(controller, condition, said, code, aside):
    """Not when the kernel ended it once, to have its memory, and not when it had another reason."""
    controller.replace_helper('echo 192.0.2.1 6379')
    controller.write(f'{DATA}/appendonly.aof', command('SELECT', '0') + command('SET', 'key', 'value'))
    controller.shell(f'chown redis:redis {DATA}/*')
    controller.replace('/usr/bin/redis-server', ENDS.format(
        condition, f'echo "{said}" >>{LOGS}/redis-server.log' if said else ''))
    start = controller.act('redis-server', 'start')
    assert (start.code, len(kept_aside(controller, DATA))) == (code, aside), start
    if code == OK and not aside:
        assert controller.redis().get('key') == 'value'


# A start makes and owns what it needs.

LOSSES = [
    f'mv {LOGS} {LOGS}.gone', f'chown root:root {LOGS}', f'rm -r {DATA}', f'chown -R root:root {DATA}', f'rm -rf {RUN}',
    f'chown root:root {RUN}', f'chown -R root:root {CONFS}', f'chown root:root {LOGS}/*', f'chmod 0 {CONFS}/*',
    f'chown -R root:root {CONFS} {DATA} {LOGS} {RUN}; chmod -R go= {CONFS} {DATA} {LOGS}', f'rm -r {CONFS}']


@pytest.mark.any_redis
@pytest.mark.parametrize('loss', LOSSES)
def test_a_start_makes_and_owns_what_it_needs(running, agent, loss):
    running.kill(agent)
    running.shell(loss)
    start = running.act(agent, 'start')
    assert start.code == OK, start
    assert running.act(agent, 'monitor').code == OK
    for line in owners(running, CONFS, DATA):
        assert line == 'redis:redis 750'
    assert owners(running, LOGS)[0].startswith('redis:')
    assert owners(running, CONF[agent])[0].startswith('redis:')
    assert running.read(f'{LOGS}/{agent}.log')
    if agent == 'redis-server':
        running.redis().set('key', 'value')
    assert running.act(agent, 'stop').code == OK


def test_no_link_gives_a_file_away(running, agent):
    running.kill(agent)
    running.write(FOREIGN, 'foreign\n')
    as_redis(running, f'ln -s {FOREIGN} {DATA}/link; ln -s {FOREIGN} {CONFS}/link; ln -s /mnt {DATA}/directory')
    running.shell(f'touch {DATA}/first-name; ln {DATA}/first-name {DATA}/second-name; touch {DATA}/roots')
    running.start(agent)
    assert [line.split()[0] for line in owners(running, FOREIGN, '/mnt', f'{DATA}/first-name')] == ['root:root'] * 3
    assert owners(running, f'{DATA}/roots')[0].startswith('redis:')


# A damaged configuration.

DAMAGES = {
    'garbage': 'head -c 3000 /dev/urandom >{0}',
    'garbage in front': '(echo "no directive at all"; cat {0}) >/mnt/new; cat /mnt/new >{0}',
    'cut in half': 'truncate -s $(($(stat -c %s {0}) / 2)) {0}',
    'zeros': 'head -c 2000 /dev/zero >{0}',
    'a tail of zeros': 'head -c 2000 /dev/zero >>{0}',
    'empty': 'truncate -s 0 {0}',
    'one line': 'echo port 6379 >{0}',
    'a directory': 'rm {0}; mkdir {0}; chown redis {0}',
    'no address': 'sed -i /^bind/d {0}',
    'no data': 'sed -i -e /^appendonly/d -e /^dir/d {0}',
    'comments': 'echo "# nothing" >{0}',
}


@pytest.mark.parametrize('damage', sorted(DAMAGES))
def test_a_damaged_configuration_is_made_anew(running, agent, damage):
    if agent == 'redis-server':
        running.redis().set('key', 'value')
    running.act(agent, 'stop')
    running.shell(DAMAGES[damage].format(CONF[agent]))
    start = running.act(agent, 'start')
    assert start.code == OK, start
    assert start.seconds < 30
    assert running.act(agent, 'monitor').code == OK
    assert kept_aside(running, DATA) == []
    if agent == 'redis-server':
        assert running.redis().get('key') == 'value'
    else:
        assert running.watched() == (running.address, 0, 0)
    aside = kept_aside(running)
    assert len(aside) == (damage not in ('empty', 'a tail of zeros')), start.said
    running.act(agent, 'stop')
    running.start(agent)
    assert kept_aside(running) == aside, 'once'


@pytest.mark.parametrize('damage', ['(echo "no directive at all"; cat {0}) >/mnt/new; cat /mnt/new >{0}',
                                    'sed -i /^bind/d {0}', 'sed -i /^masterauth/d {0}',
                                    r"printf '\377\376 no directive\n' >>{0}"])
def test_the_password_in_use_outlives_a_damage(controller, damage):
    controller.start('redis-server')
    client = controller.redis()
    for name in ('masterauth', 'requirepass'):
        client.config_set(name, OTHER_PASSWORD)
    controller.redis(OTHER_PASSWORD).config_rewrite()
    controller.act('redis-server', 'stop')
    controller.shell(damage.format(CONF['redis-server']))
    controller.start('redis-server')
    client = controller.redis(OTHER_PASSWORD)
    assert [client.config_get(name)[name] for name in ('masterauth', 'requirepass')] == [OTHER_PASSWORD] * 2
    assert len(kept_aside(controller)) == 1
    assert controller.read(made('redis-server')).count(PASSWORD) == 2


def test_a_copy_of_roots_that_redis_rejects_is_tried_once(controller, agent):
    for path in CONF[agent], made(agent):
        controller.write(path, controller.read(path) + 'nonsense yes\n')
    change(controller, agent, 'loglevel verbose')
    for _ in range(2):
        start = controller.act(agent, 'start')
        assert (start.code, len(start.reasons)) == (ERROR, 1)
        assert 'Bad directive' in start.reasons[0]
    assert len(kept_aside(controller)) == 1
    assert kept_aside(controller, DATA) == []


# Bytes that are no text.

@pytest.mark.parametrize('line', [b'# Caf\xe9 \xff\xfe\n', '# Caf\xe9 \u20ac\n'.encode()], ids=['no text', 'UTF-8'])
def test_bytes_that_are_no_text_are_carried_through(controller, line):
    """In comments, of the files and of what Puppet made of the deployment."""
    for path in (*CONF.values(), *map(made, CONF)):
        with open(controller.path(path), 'ab') as content:
            content.write(line)
    controller.start(*CONF)
    controller.redis().config_set('maxmemory', 100000000)
    controller.redis().config_rewrite()
    for words in (['master'], ['apply', 'redis'], ['apply', 'sentinel'], ['apply', 'password'], ['deployment']):
        for locale in ('C', 'C.UTF-8'):
            done = controller.run('env', f'LC_ALL={locale}', f'PATH={ENVIRONMENT["PATH"]}:/usr/local/bin',
                                  'ceilometer-redis', *words)
            assert done.code == OK, (words, done)
    for agent in CONF:
        assert controller.act(agent, 'monitor').code == OK
        controller.act(agent, 'stop')
        with open(controller.path(CONF[agent]), 'ab') as content:
            content.write(b'pidfile /nonexistent\n')
        controller.start(agent)
        for path in (CONF[agent], f'{CONFS}/{kept_aside(controller)[-1]}/{os.path.basename(CONF[agent])}'):
            with open(controller.path(path), 'rb') as content:
                assert line in content.read()

# SPDX-License-Identifier: Apache-2.0
"""What any local user can tell a sentinel, and that nobody believes it."""

import os
import socket
import subprocess
import sys

import pytest
import redis

from ceilometer_redis import clock
from ceilometer_redis.deployment import document
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import notes
from ceilometer_redis.guard.own_sentinel import OwnSentinel
from ceilometer_redis.health import snapshot
from ceilometer_redis.store import connection, handover, master, password, peers, sentinel, server
from ceilometer_redis.store.queries import master_state, priorities
from conftest import NAME, PASSWORD
from waiting import wait

#: Accepts whoever connects, and writes down what comes first; a line each.
PROGRAM = """
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(5)
while True:
    connected, _ = listener.accept()
    connected.settimeout(1)
    try:
        print(repr(connected.recv(4096)))
    except Exception as nothing:
        print(nothing)
    sys.stdout.flush()
    connected.close()
"""


class Stranger(object):
    """A server on a host that is no controller, which answers nothing."""

    def __init__(self, network, path):
        self.address, self.port, self.path = network.addresses[4], 7777, path
        with open(path, 'w') as heard:
            self.process = subprocess.Popen(network.command(
                4, sys.executable, '-c', PROGRAM, self.address, str(self.port)), stdout=heard)

    def heard(self):
        """What came, a line for each connection."""
        with open(self.path) as lines:
            return lines.read().splitlines()

    def heard_password(self):
        """Whether an AUTH or a password came."""
        return any(word in line for line in self.heard() for word in ('AUTH', 'auth', PASSWORD, 'An0ther'))


@pytest.fixture
def stranger(network, tmp_path):
    found = Stranger(network, str(tmp_path / 'heard'))
    wait(lambda: socket.create_connection((found.address, found.port), 1).close() is None)
    yield found
    found.process.kill()
    found.process.wait()


def mislead(store, number, address, port):
    """Tell a sentinel, as any local user can, another master."""
    connection.sentinel_command(store.sentinel(number), 'remove', NAME)
    connection.sentinel_command(store.sentinel(number), 'monitor', NAME, address, port, 1)


@pytest.fixture
def lines(monkeypatch):
    found = []
    monkeypatch.setattr(notes, '_said', set())
    monkeypatch.setattr(notes, 'log', lambda line, priority=0: found.append(line))
    monkeypatch.setattr(notes, 'repair', found.append)
    return found


def guard_of(store, number, **changed):
    """What the guard of a controller does for its sentinel."""
    path = os.path.join(store.folders[number], 'deployment.yaml')
    document.write(store.deployment(number, **changed), path)
    return OwnSentinel(path, store.folders[number])


def test_a_guard_lets_a_server_be_promoted_again_when_none_could_be(store, lines):
    """An operator's word about some of them stays."""
    replicas, guard = [store.redis(number) for number in (1, 2)], guard_of(store, 1)
    replicas[0].config_set('slave-priority', 0)
    wait(lambda: sorted(priorities(store.deployment(1), store.addresses[1])) == [0, 100])
    guard.look()
    assert (replicas[0].config_get('slave-priority')['slave-priority'], lines) == ('0', [])
    replicas[1].config_set('slave-priority', 0)
    wait(lambda: priorities(store.deployment(1), store.addresses[1]) == [0, 0])
    guard.look()
    assert replicas[0].config_get('slave-priority')['slave-priority'] == '100'
    assert lines == ['the sentinels could promote no replica (slave-priority 0): the one here can be again']
    guard.look()
    assert len(lines) == 1


def test_a_master_that_is_no_controllers_is_not_believed_and_not_sent_the_password(store, stranger):
    mislead(store, 1, stranger.address, stranger.port)
    deployment, folder = store.deployment(1), store.folders[1]
    assert master.find_master(deployment, folder)[:2] == (store.addresses[0], store.ports[0])
    assert master.master_for_clients(deployment) == store.addresses[0]
    assert sentinel.missed_successor(deployment, master_state(deployment, store.addresses[0])) is None
    assert server.apply_redis(deployment, conf_dir=folder) == []
    with pytest.raises(redis.RedisError):
        connection.connect_redis(deployment, stranger.address)
    with pytest.raises(NotDone):
        peers.take_lock(deployment)
    # With a password that has just changed, which is tried at the server.
    deployment['redis']['password'] = 'An0therPassword'
    snapshot.take(deployment, folder)
    assert not stranger.heard_password()


@pytest.mark.parametrize('end', ['stranger', 'port', 'remembered'])
def test_apply_sentinel_puts_a_foreign_master_right(store, stranger, end):
    address, port = (store.addresses[0], 7777) if end == 'port' else (stranger.address, stranger.port)
    mislead(store, 1, address, port)
    if end == 'remembered':
        store.kill(1, 'sentinel')
        assert master.remembered_master(store.deployment(1), store.folders[1]) == (None, -1)
        store.start(1, 'sentinel', '--sentinel')
    deployment, folder = store.deployment(1), store.folders[1]
    found, = [finding for finding in store.findings(1) if finding.name == 'foreign-master']
    assert found.what == "sentinel on node-2 names %s:%s as master, which is no controller's" % (address, port)
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == ['monitor']
    assert sentinel.apply_sentinel(deployment, conf_dir=folder)[0] == 'monitor'
    assert master_state(deployment, store.addresses[1])['ip'] == store.addresses[0]
    wait(store.complete)
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) in ([], ['password in the log'])
    assert not stranger.heard_password()


def test_a_server_follows_no_foreign_master_that_all_sentinels_name(store, stranger, monkeypatch):
    monkeypatch.setattr(handover, 'FOLLOW_TIMEOUT', 1)
    for number in range(3):
        mislead(store, number, stranger.address, stranger.port)
    for number in range(3):
        deployment, folder = store.deployment(number), store.folders[number]
        assert master.find_master(deployment, folder) == (store.addresses[0], store.ports[0], 'redis')
        assert master.master_for_clients(deployment) is None
    with pytest.raises(NotDone):
        handover.follow(store.deployment(0))
    assert store.redis(0).info()['role'] == 'master'
    for number in range(3):
        sentinel.apply_sentinel(store.deployment(number), conf_dir=store.folders[number])
    wait(store.complete)
    assert not stranger.heard_password()


def test_a_guards_look_puts_its_own_sentinel_right_and_says_so(store, stranger, lines):
    own = guard_of(store, 1)
    own.look()
    assert lines == []
    mislead(store, 1, stranger.address, stranger.port)
    own.look()
    said, = lines
    assert said.startswith("the sentinel here: it names %s port %d as master, which is no controller's; "
                           'put right: monitor' % (stranger.address, stranger.port))
    assert master_state(store.deployment(1), store.addresses[1])['ip'] == store.addresses[0]
    wait(store.complete)
    del lines[:]
    own.look()
    assert lines == []
    connection.sentinel_command(store.sentinel(1), 'remove', NAME)
    own.look()
    assert lines and lines[0].startswith('the sentinel here: it watches nothing; put right: monitor')
    wait(store.complete)


@pytest.mark.parametrize('option, value', [('quorum', '1'), ('down-after-milliseconds', '900000'),
                                           ('failover-timeout', '1'), ('parallel-syncs', '9')])
def test_a_guards_look_puts_a_setting_right_that_somebody_else_made(shared_store, lines, option, value):
    own, deployment = guard_of(shared_store, 1), shared_store.deployment(1)
    own.look()
    del lines[:]
    connection.sentinel_command(shared_store.sentinel(1), 'set', NAME, option, value)
    own.look()
    assert lines == ['the sentinel here: it has another %s; put right: %s' % (option, option)] or lines == [
        'the sentinel here: it has another %s; put right: %s, password in the log' % (option, option)]
    assert sentinel.differing_options(master_state(deployment, shared_store.addresses[1]), deployment) == []


@pytest.mark.parametrize('words, since', [(('auth-pass', 'x'), (2, 8)), (('auth-user', 'x'), (6, 2)),
                                          (('rename-command', 'SLAVEOF', 'X'), (5,))])
def test_a_guards_look_puts_right_what_only_the_sentinels_file_shows_once_a_minute(shared_store, lines, words, since,
                                                                                  uptime):
    if shared_store.version < since:
        pytest.skip('this Sentinel does not have it')
    own = guard_of(shared_store, 1)
    own.look()
    del lines[:]
    uptime.more += 61
    for _ in range(2):
        connection.sentinel_command(shared_store.sentinel(1), 'set', NAME, *words)
        own.look()
    assert [line.partition(';')[0] for line in lines] == ['the sentinel here: it has another %s' % words[0]]
    uptime.more += 61
    own.look()
    assert sentinel.why_strange(shared_store.deployment(1), shared_store.folders[1]) is None


@pytest.fixture
def uptime(monkeypatch):
    """more: seconds by which the host's uptime is ahead."""
    class Ahead(object):
        more, real = 0, staticmethod(clock.uptime)
    monkeypatch.setattr('ceilometer_redis.guard.own_sentinel.clock', type(str('clock'), (), {
        'uptime': staticmethod(lambda: Ahead.real() + Ahead.more)}))
    return Ahead


@pytest.mark.parametrize('option', sentinel.SCRIPTS)
def test_a_script_that_somebody_else_set_is_taken_away(shared_store, lines, option):
    if shared_store.version >= (5,):
        pytest.skip('this Sentinel refuses scripts')
    own = guard_of(shared_store, 1)
    connection.sentinel_command(shared_store.sentinel(1), 'set', NAME, option, '/bin/true')
    own.look()
    assert option in lines[-1]
    assert not master_state(shared_store.deployment(1), shared_store.addresses[1]).get(option)


def test_settings_of_a_later_deployment_are_no_strangers(shared_store, lines):
    own = guard_of(shared_store, 1)
    own.look()
    del lines[:]
    changed = shared_store.deployment(1, failover_timeout=16000)
    document.write(changed, own.path)
    sentinel.apply_sentinel(changed, conf_dir=own.conf_dir)
    own.look()
    assert lines == []
    guard_of(shared_store, 1).look()
    assert 'failover-timeout' in lines[0]


def test_the_quorum_of_controllers_that_are_still_to_come_is_left_to_their_deployment(shared_store, lines):
    deployment, folder = shared_store.deployment(1, quorum=3), shared_store.folders[1]
    assert sentinel.why_strange(deployment, folder) == 'it has another quorum'
    deployment['addresses'] = deployment['addresses'] + shared_store.addresses[3:]
    assert sentinel.why_strange(deployment, folder) is None


def test_without_a_master_that_runs_a_sentinel_is_left_as_it_is(store, stranger, lines):
    own = guard_of(store, 1)
    for number in (0, 2):
        store.kill(number)
    store.kill(1, 'redis')
    mislead(store, 1, stranger.address, stranger.port)
    for _ in range(2):
        own.look()
    assert len(lines) == 1 and lines[0].endswith('no redis master runs to be told')
    assert master_state(store.deployment(1), store.addresses[1])['ip'] == stranger.address


@pytest.mark.parametrize('content', [None, 'x', '{}'])
def test_a_guard_without_a_deployment_file_that_is_whole_leaves_the_sentinel_alone(tmp_path, lines, content):
    path = tmp_path / 'deployment.yaml'
    if content is not None:
        path.write_text(u'%s' % content)
    for _ in range(2):
        OwnSentinel(str(path), str(tmp_path)).look()
    assert len(lines) <= 1


def test_a_server_that_a_client_told_to_follow_a_stranger_follows_the_master_again(store, stranger):
    deployment, folder = store.deployment(2), store.folders[2]
    store.redis(2).execute_command('slaveof', stranger.address, stranger.port)
    info = dict(store.redis(2).info(), master_link_status='up')
    assert server.missed_master(deployment, info, folder)[:2] == (store.addresses[0], store.ports[0])


def test_a_new_password_is_not_told_a_sentinel_that_watches_a_stranger(store, stranger):
    deployment = store.deployment(0)
    deployment['redis']['password'] = 'An0therPassword'
    mislead(store, 1, stranger.address, stranger.port)
    assert len(password.apply_password(deployment, conf_dir=store.folders[0])) == 3
    heard = len(stranger.heard())
    wait(lambda: len(stranger.heard()) > heard + 3)
    assert not stranger.heard_password()
    sentinel.apply_sentinel(dict(deployment, node=store.deployment(1)['node']), conf_dir=store.folders[1])
    wait(lambda: store.complete('An0therPassword'))


def test_a_sentinel_that_watches_a_stranger_is_not_asked_for_a_failover(store, stranger):
    mislead(store, 0, stranger.address, stranger.port)
    assert handover.handover(store.deployment(0)) in store.addresses[1:3]

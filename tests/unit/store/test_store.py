"""How the helper asks a daemon."""

import socket
import threading

import pytest
import redis

from ceilometer_redis.store import connection, handover, health, sentinel
from ceilometer_redis.store.master import find_master


def test_a_daemon_that_does_not_answer_is_asked_once(monkeypatch):
    asked = []

    def connect(*_):
        asked.append('once')
        raise socket.timeout('timed out')
    monkeypatch.setattr(redis.Connection, '_connect', connect)
    with pytest.raises(redis.RedisError):
        connection.connect('192.0.2.1', 6379).ping()
    assert asked == ['once']


class Silent(object):
    """Daemons of controllers that are off. Asked, each answers None when so many have been asked, or after 1 s;
    ``together`` says of each which it was."""

    def __init__(self, count):
        self.left = count
        self.together = []
        self.lock = threading.Lock()
        self.all_asked = threading.Event()

    def answer(self, *asked):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.all_asked.set()
        self.together.append(self.all_asked.wait(1))


ADDRESSES = FIRST, SECOND, THIRD = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
GONE = '10.0.0.9'


def deployment(own=SECOND):
    return {'node': {'address': own}, 'addresses': ADDRESSES, 'redis': {'port': 6379, 'password': 'S3cretS3cret'},
            'sentinel': {'master_name': 'ceilometer-redis', 'quorum': 2, 'down_after': 5000, 'failover_timeout': 15000,
                         'parallel_syncs': 1},
            'controllers': [{'address': address, 'primary': address == THIRD} for address in ADDRESSES]}


def test_a_server_that_starts_waits_once_for_all_daemons_that_are_away(monkeypatch, tmpdir):
    daemons = Silent(2 * len(ADDRESSES))
    monkeypatch.setattr('ceilometer_redis.store.master.master_state', daemons.answer)
    monkeypatch.setattr('ceilometer_redis.store.master.redis_info', daemons.answer)
    assert find_master(deployment(), str(tmpdir)) == (THIRD, 6379, 'fuel')
    assert daemons.together == [True] * 6


def conf(address, epoch=None):
    """What a sentinel keeps of the last master it knew."""
    lines = ['sentinel monitor another-store 10.0.0.7 6379 2', 'sentinel config-epoch another-store 99',
             'sentinel monitor ceilometer-redis %s 6379 2' % address]
    if epoch is not None:
        lines.append('sentinel config-epoch ceilometer-redis %d' % epoch)
    return '\n'.join(lines)


@pytest.mark.parametrize('what, sentinels, servers, kept, master', [
    ('nothing has ever run', {}, {}, '', (THIRD, 'fuel')),
    ('the store has stopped', {}, {}, conf(FIRST, 4), (FIRST, 'sentinel.conf')),
    ('no server but replicas has started', {}, {SECOND: ('slave', 0)}, conf(FIRST, 4), (FIRST, 'sentinel.conf')),
    ('no server but replicas has started and nobody remembers', {}, {SECOND: ('slave', 0)}, '', (THIRD, 'fuel')),
    ('all is well', {FIRST: (THIRD, 1), SECOND: (THIRD, 1), THIRD: (THIRD, 1)},
     {FIRST: ('slave', 0), SECOND: ('slave', 0), THIRD: ('master', 2)}, conf(THIRD, 1), (THIRD, 'sentinel')),
    ('the own sentinel missed a failover', {SECOND: (GONE, 9), FIRST: (THIRD, 10)}, {THIRD: ('master', 1)}, '',
     (THIRD, 'sentinel')),
    ('another sentinel missed a failover', {SECOND: (THIRD, 10), FIRST: (GONE, 9)}, {THIRD: ('master', 1)}, '',
     (THIRD, 'sentinel')),
    ('the sentinels that are back missed a failover', {FIRST: (FIRST, 9)}, {FIRST: ('master', 0)}, conf(THIRD, 10),
     (THIRD, 'sentinel.conf')),
    ('the own sentinel has missed one since it stopped', {FIRST: (THIRD, 10)}, {}, conf(GONE, 9), (THIRD, 'sentinel')),
    ('the file is of the same epoch', {FIRST: (THIRD, 10)}, {}, conf(GONE, 10), (THIRD, 'sentinel')),
    ('no failover has ever been', {FIRST: (THIRD, 0)}, {}, conf(GONE), (THIRD, 'sentinel')),
    ('the master has just died', {FIRST: (THIRD, 1)}, {FIRST: ('slave', 0)}, '', (THIRD, 'sentinel')),
    ('the master has died, a server that was just created runs', {FIRST: (THIRD, 1)}, {SECOND: ('master', 0)}, '',
     (THIRD, 'sentinel')),
    ('the sentinels were reset to a former master', {FIRST: (THIRD, 0)}, {THIRD: ('slave', 0), FIRST: ('master', 2)},
     '', (FIRST, 'redis')),
    ('the named master is a replica and nobody a master', {FIRST: (THIRD, 1)}, {THIRD: ('slave', 0)}, '',
     (THIRD, 'sentinel')),
    ('without sentinels one server is a master', {}, {THIRD: ('master', 0), SECOND: ('slave', 0)}, conf(GONE, 1),
     (THIRD, 'redis')),
    ('without sentinels another server was just created', {},
     {FIRST: ('master', 0), SECOND: ('master', 0), THIRD: ('master', 1)}, '', (THIRD, 'redis')),
])
def test_the_master_when(monkeypatch, tmpdir, what, sentinels, servers, kept, master):
    def watched_master(_, address):
        if address in sentinels:
            ip, epoch = sentinels[address]
            return {'ip': ip, 'port': '6379', 'config-epoch': str(epoch)}

    def replication(_, address, conf_dir):
        if address in servers:
            return dict(zip(('role', 'connected_slaves'), servers[address]))

    tmpdir.join('sentinel.conf').write(kept)
    monkeypatch.setattr('ceilometer_redis.store.master.master_state', watched_master)
    monkeypatch.setattr('ceilometer_redis.store.master.redis_info', replication)
    found = find_master(deployment(), str(tmpdir))
    assert ((found.address, found.source), found.port) == (master, 6379), what


@pytest.mark.parametrize('what, differs, content', [
    ('it names this master and had its answer since', {}, True),
    ('it names another', {'ip': THIRD}, False),
    ('it replaces it', {'flags': 'master,failover_in_progress'}, False),
    ('it takes it for down', {'flags': 's_down,master'}, False),
    ('its last answer is as old', {'last-ok-ping-reply': '2000'}, False),
    ('its last answer is of before', {'last-ok-ping-reply': '2001'}, False),
])
def test_a_sentinel_is_content_with_a_master_that_is_back_for_two_seconds_if(what, differs, content):
    known = dict({'ip': FIRST, 'flags': 'master', 'last-ok-ping-reply': '1999'}, **differs)
    assert handover.confirms_master(known, FIRST, 2) is content, what


def row(number, **differs):
    """A controller of a healthy store of three, the first being master; what of it differs."""
    return dict({'name': 'node-%d' % number, 'address': ADDRESSES[number - 1], 'link': None if number == 1 else 'up',
                 'role': 'master' if number == 1 else 'slave', 'sentinel_master': FIRST, 'sentinels': 3, 'replicas': 2,
                 'quorum': 2, 'can_fail_over': True, 'tilt': False, 'down': []}, **differs)


@pytest.mark.parametrize('differs, problems', [
    ({}, []),
    ({'role': None, 'link': None}, ['no answer of redis']),
    ({'link': 'down'}, ['replica is not linked to its master']),
    ({'sentinel_master': None}, ['no answer of the sentinel, or it watches nothing']),
    ({'sentinel_master': THIRD}, ['sentinel names 10.0.0.3 as master']),
    ({'down': [FIRST]}, ['sentinel takes the redis server at 10.0.0.1 for down, which answers']),
    ({'down': [THIRD]}, ['sentinel takes the redis server at 10.0.0.3 for down, which answers']),
    ({'down': [GONE]}, []),
    ({'role': None, 'down': [SECOND]}, ['no answer of redis']),
    ({'sentinels': 4}, ['sentinel knows 4 of 3 sentinels']),
    ({'sentinels': 2}, ['sentinel knows 2 of 3 sentinels']),
    ({'replicas': 1}, ['sentinel knows 1 of 2 replicas']),
    ({'quorum': 1}, ['quorum is 1, not 2']),
    ({'quorum': 3}, ['quorum is 3, not 2']),
    ({'can_fail_over': False}, ['sentinel sees too few others for a failover']),
    ({'tilt': True}, ['sentinel was paused or its clock was set: it does nothing for 30 s (TILT)']),
])
def test_of_a_controller_status_says(differs, problems):
    second = row(2, **differs)
    assert list(health.controller_problems(second, [row(1), second, row(3)], 2)) == problems


def test_of_the_only_controller_nothing_is_wanted_that_needs_another():
    only = row(1, sentinels=1, replicas=0, quorum=1, can_fail_over=False)
    assert list(health.controller_problems(only, [only], 1)) == []


def test_of_two_controllers_both_are_wanted():
    first, second = (row(number, sentinels=2, replicas=1, can_fail_over=number == 1) for number in (1, 2))
    assert list(health.controller_problems(first, [first, second], 2)) == []
    assert list(health.controller_problems(second, [first, second], 2)) == ['sentinel sees too few others for a failover']


@pytest.mark.parametrize('roles, master, problems', [
    (('master', 'slave', 'slave'), FIRST, []),
    (('master', 'master', 'slave'), None, ['2 redis masters: 10.0.0.1, 10.0.0.2']),
    (('slave', 'slave', 'slave'), None, ['0 redis masters: none']),
])
def test_status_counts_the_masters(monkeypatch, roles, master, problems):
    rows = dict((address, row(number, role=role, link='up', sentinel_master=master or FIRST))
                for number, (address, role) in enumerate(zip(ADDRESSES, roles), 1))
    monkeypatch.setattr(health, 'controller_status', lambda _, controller: rows[controller['address']])
    status = health.status(deployment())
    assert (status['master'], status['problems']) == (master, problems)
    assert [found['address'] for found in status['controllers']] == ADDRESSES


@pytest.mark.parametrize('option, key', [
    ('quorum', 'quorum'), ('down-after-milliseconds', 'down_after'), ('failover-timeout', 'failover_timeout'),
    ('parallel-syncs', 'parallel_syncs')])
def test_each_setting_of_a_sentinel_that_differs_is_changed_and_no_other(option, key):
    known = {'quorum': '2', 'down-after-milliseconds': '5000', 'failover-timeout': '15000', 'parallel-syncs': '1'}
    wanted = deployment()
    assert sentinel.differing_options(known, wanted) == []
    wanted['sentinel'][key] += 1
    assert sentinel.differing_options(known, wanted) == [(option, str(wanted['sentinel'][key]))]


@pytest.mark.parametrize('text, told', [
    ('sentinel auth-pass ceilometer-redis S3cretS3cret\n', True),
    ('port 1\nsentinel auth-pass ceilometer-redis "S3cretS3cret"\nport 2', True),
    ('sentinel auth-pass ceilometer-redis S3cretS3cretS3cret\n', False),
    ('sentinel auth-pass ceilometer-redis-2 S3cretS3cret\n', False),
    ('# sentinel auth-pass ceilometer-redis S3cretS3cret\n', False),
    ('', False),
])
def test_what_a_sentinel_was_told_is_read_from_its_file(tmpdir, text, told):
    tmpdir.join('sentinel.conf').write(text)
    assert sentinel.knows_password(deployment(), 'S3cretS3cret', str(tmpdir)) is told


@pytest.mark.parametrize('check', [True, False])
def test_a_password_is_hidden_wherever_it_is_in_a_log_and_nothing_else_is_lost(tmpdir, check):
    log = tmpdir.join('sentinel.log')
    log.write_binary(b'S3cretS3cret\xff\nset S3cretS3cret, S3cretS3cre\n')
    assert sentinel.mask_password('S3cretS3cret', str(log), check) is True
    hidden = b'************\xff\nset ************, S3cretS3cre\n'
    assert log.read_binary() == (hidden.replace(b'*' * 12, b'S3cretS3cret') if check else hidden)
    assert sentinel.mask_password('An0therPassword', str(log), check) is False
    assert sentinel.mask_password('S3cretS3cret', str(tmpdir.join('none')), check) is False

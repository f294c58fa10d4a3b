# SPDX-License-Identifier: Apache-2.0
"""The guard's rounds, and which guard an environment has."""

import time
import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.guard import access, loop
from ceilometer_redis.guard.redis_members import RedisMembers
from ceilometer_redis.guard.tooz_members import ToozMembers
from ceilometer_redis.history import journal
from ceilometer_redis.pacemaker import attributes, tools

NODE = 'node-1.example.com'
OWN = {'redis': {}, 'sentinel': {}, 'coordination': {'backend_url': 'redis://:S3cretS3cret@10.0.0.1:26379'}}


class Rounds(loop.Guard):
    """A guard whose rounds come to what is given: turn taken, since when, to be restarted. happened: in this order."""

    def __init__(self, *rounds):
        self.rounds, self.happened, self.turn, self.own_redis = list(rounds), [], self, None

    def report(self, verdicts):
        assert verdicts == {}
        self.happened.append('report')

    def take(self):
        self.happened.append('turn')
        self.taken, self.since, self.ends = self.rounds.pop(0)

    def look(self):
        self.happened.append('look')
        return self.ends


def test_a_guard_looks_often_until_its_agents_have_started_and_ends_when_one_is_to_be_restarted(
        monkeypatch, uptime):
    rounds = Rounds((False, None, False), (True, 100, False), (True, None, False), (True, None, True))
    monkeypatch.setattr(time, 'sleep', rounds.happened.append)
    rounds.watch()
    assert rounds.happened == ['report', 'turn', 'look', 1, 'turn', 'look', 1, 'turn', 'look', 5, 'turn', 'look']


@pytest.mark.parametrize('url, former, uses, kind', [
    ('zookeeper://10.0.0.9:2181', None, None, access.ToozService),
    ('kazoo://10.0.0.9:2181', None, None, access.ToozService),
    ('memcached://10.0.0.9', None, None, access.ToozService),
    ('redis://10.0.0.9', None, None, access.ExistingRedis),
    ('memcached://10.0.0.9', OWN, 'memcached://10.0.0.9', access.ToozService),
    ('memcached://10.0.0.9', OWN, None, access.OwnStore),
    (OWN['coordination']['backend_url'], None, None, access.OwnStore),
])
def test_the_guard_is_that_of_the_store_which_the_agents_here_share(monkeypatch, url, former, uses, kind):
    pair = '<nvpair id="a" name="%s" value="%s"/>' % (attributes.SERVICE, uses) if uses else ''
    monkeypatch.setattr(tools, 'query', lambda: ElementTree.fromstring(
        '<cib><configuration><nodes><node id="1" uname="%s"><instance_attributes id="i">%s</instance_attributes></node>'
        '</nodes></configuration></cib>' % (NODE, pair)))
    deployment = {'node': {'fqdn': NODE}, 'controllers': [], 'agents': {}, 'services': [], 'guard': True,
                  'coordination': {'backend_url': url, 'service': url}}
    if former:
        deployment['former'] = former
    if url == OWN['coordination']['backend_url']:
        deployment.update(OWN)
    found = loop.guard_of(deployment)
    assert type(found.access) is kind
    assert type(found.members) is (ToozMembers if kind is access.ToozService else RedisMembers)
    if kind is access.OwnStore:
        assert 'redis' in found.access.deployment


class Odd(loop.Guard):
    """A guard whose looks end as is given: an exception to raise, or what look() returns."""

    def __init__(self, run, *looks):
        deployment = dict(OWN, node={'fqdn': NODE}, controllers=[])
        store = access.OwnStore(deployment)
        loop.Guard.__init__(self, run, store, RedisMembers(deployment, run, None), None, None, None,
                            None, ['ceilometer-agent-central'], [])
        self.turn.taken, self.looks = True, list(looks)

    def look(self):
        found = self.looks.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found


@pytest.mark.parametrize('odd', [KeyError('role'), UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'odd'), RuntimeError(),
                                 EnvironmentError(28, 'No space left on device'), ValueError(u'caf\xe9 S3cretS3cret')])
def test_what_nobody_foresaw_ends_no_guard_and_is_said_once(monkeypatch, tmp_path, log, odd):
    monkeypatch.setattr(time, 'sleep', lambda seconds: None)
    guard = Odd(str(tmp_path), odd, odd, True)
    guard.watch()
    assert guard.looks == []
    verdict, reason = guard.verdicts['ceilometer-agent-central']
    assert (verdict, reason.startswith('unforeseen: %s' % type(odd).__name__)) == ('wait', True)
    assert len([line for line in log if 'test_loop.py' in line]) == 1
    assert not [line for line in log if 'S3cretS3cret' in line]
    assert 'S3cretS3cret' not in (tmp_path / 'guard.json').read_text()


class OwnRedis(object):
    """A redis server whose end takes some seconds, and comes to what is given."""

    def __init__(self, uptime, takes, raises=None):
        self.uptime, self.takes, self.raises, self.asked = uptime, takes, raises, []

    def watch(self, seconds):
        self.asked.append(seconds)
        self.uptime.now += self.takes
        if self.raises:
            raise self.raises


@pytest.mark.parametrize('takes, raises, slept', [(0, None, 5), (2, None, 3), (9, None, 0), (2, KeyError('odd'), 3)])
def test_the_end_of_the_redis_server_ends_neither_guard_nor_pause(monkeypatch, tmp_path, log, uptime, takes, raises,
                                                                  slept):
    pauses = []
    monkeypatch.setattr(time, 'sleep', pauses.append)
    guard = Odd(str(tmp_path), False, True)
    guard.own_redis = OwnRedis(uptime, takes, raises)
    guard.watch()
    assert (guard.own_redis.asked, pauses) == ([5], [slept])
    assert ('KeyError' in ' '.join(log)) == bool(raises)


def test_what_a_guard_does_is_history_and_what_it_thinks_is_not(tmp_path, log):
    guard = Odd(str(tmp_path))
    for verdict in ('wait', 'wait', 'rejoin', 'ok', 'restart'):
        guard.report({'ceilometer-agent-central': (verdict, 'why')})
    assert [line.split(': ')[1] for line in log] == ['wait', 'rejoin', 'ok', 'restart']
    assert [(values['event'], values['text']) for _, values in journal.read()] == [
        ('repair', 'ceilometer-agent-central: rejoin: why'), ('restart', 'ceilometer-agent-central: restart: why')]


@pytest.mark.parametrize('end', [SystemExit, KeyboardInterrupt])
def test_a_signal_ends_a_guard(monkeypatch, tmp_path, end):
    with pytest.raises(end):
        Odd(str(tmp_path), end()).watch()

# SPDX-License-Identifier: Apache-2.0
"""A guard beside what a client of the store may have written there: its look goes on, for the agent here too."""

import json

import pytest

from ceilometer_redis.guard import access, groups
from guarding import GROUP, SERVICE, guard_of, said

pytestmark = pytest.mark.usefixtures('guarded')


def registry_of(first):
    return groups.REGISTRY + first.members.node


@pytest.fixture
def first(shared_store, agent, tmp_path):
    """The guard of the first controller, which knows its agent."""
    agent(shared_store, 'living')
    found = guard_of(shared_store, 0, tmp_path)
    assert said(found) == ('ok', 'is a member')
    return found


@pytest.mark.parametrize('what', [
    [('sadd', groups.GROUPS, b'\xff\xfe')],
    [('sadd', groups.GROUPS, 'two words', 'a\nline', groups.REGISTRY, access.LOCK, '')],
    [('sadd', groups.GROUPS, 'no hash'), ('set', groups.GROUP + 'no hash', 'x')],
    [('sadd', groups.GROUPS, 'long'), ('hset', groups.GROUP + 'long', 'living', b'x' * 3000000)],
    [('hset', 'REGISTRY', 'stranger', '{not json')],
    [('hset', 'REGISTRY', 'stranger', '{"a": 1}')],
    [('hset', 'REGISTRY', 'stranger', '[1, [2]]')],
    [('hset', 'REGISTRY', 'stranger', b'\xff')],
    [('hset', 'REGISTRY', 'stranger', '[' * 100000)],
    [('hset', 'REGISTRY', b'\xff', '[]')],
    [('hset', 'REGISTRY', 'stranger', json.dumps(['x' * 2000000]))],
    [('set', 'REGISTRY', 'x')],
])
def test_what_is_odd_in_the_store_changes_nothing_for_the_agent_here(first, what):
    client = first.access.client()
    for command in what:
        client.execute_command(*[registry_of(first) if word == 'REGISTRY' else word for word in command])
    assert (said(first), first.look()) == (('ok', 'is a member'), False)
    # Nor does it hide a dead member of this controller from its guard.
    if what[0][0] == 'hset':
        client.hset(registry_of(first), 'dead', '["%s"]' % GROUP)
        client.hset(groups.GROUP + GROUP, 'dead', b'\x80')
        first.look()
        assert client.hget(groups.GROUP + GROUP, 'dead') is None


def test_ten_thousand_groups_do_not_keep_a_guard_from_its_look(first):
    client = first.access.client()
    client.sadd(groups.GROUPS, *['group %d' % number for number in range(10000)])
    assert said(first) == ('ok', 'is a member')
    assert sorted(first.members.known[SERVICE].groups) == [GROUP]


@pytest.mark.parametrize('key, kind', [
    (groups.GROUPS, 'set'), (groups.GROUP + GROUP, 'hash'), ('REGISTRY', 'hash'), (groups.BEAT + 'living', None)])
def test_what_is_of_another_type_under_a_name_that_tooz_or_a_guard_uses_gives_way(first, key, kind):
    client = first.access.client()
    key = registry_of(first) if key == 'REGISTRY' else key
    client.delete(key)
    client.rpush(key, 'x')
    verdicts = [said(first)[0] for _ in range(2)]
    assert verdicts[-1] in ('ok', 'wait') and 'restart' not in verdicts
    if kind:
        first.members.rejoin(client, SERVICE)
        assert client.type(key) == kind.encode('ascii')
        assert client.hget(groups.GROUP + GROUP, 'living') is not None


def test_a_beat_that_counts_for_years_is_nobodys(first):
    client = first.access.client()
    client.setex(groups.BEAT + 'living', 10 ** 8, 'x')
    groups.beat_left(client, 'living')
    first.members.silence.of(first.members.known[SERVICE], groups.beat_left(client, 'living'))
    assert max(first.members.silence.lifetimes.values()) <= groups.LONGEST_BEAT


def test_a_store_that_refuses_one_agent_is_said_of_that_one(first, monkeypatch):
    first.services = first.services + ['aodh-evaluator']
    client = first.access.client()
    client.delete(access.LOCK)
    monkeypatch.setattr(first.members, 'follow_groups', lambda client, member: client.lpush(groups.GROUPS, 'x'))
    first.look()
    assert first.verdicts['aodh-evaluator'] == ('ok', 'does not run here')
    assert first.verdicts[SERVICE][0] == 'wait' and 'WRONGTYPE' in first.verdicts[SERVICE][1]

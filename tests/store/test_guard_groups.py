# SPDX-License-Identifier: Apache-2.0
"""Which member is which local agent: real members of every era's tooz, told apart by what the store sees of them."""

import os
import threading

import pytest

import era
from ceilometer_redis import clock
from ceilometer_redis.guard import groups, processes
from ceilometer_redis.store import connection
from waiting import wait

GROUP = 'central-global'


@pytest.fixture(params=['newest', '1.34', '0.13'])
def agents(request, shared_store, member):
    """Two members on this host, of two services."""
    python, url = era.python_of(request.param), shared_store.deployment(0)['coordination']['backend_url']
    started = {name: member(python, 'beat', url, '%s-id' % name) for name in ('first', 'second')}
    for agent in started.values():
        agent.hear()
    return started


@pytest.fixture
def living(agents):
    """Their processes, as members.processes() finds those of real agents."""
    return {name: [processes.Process(agent.process.pid, processes.started(agent.process.pid))]
            for name, agent in agents.items()}


@pytest.fixture
def client(shared_store):
    return connection.connect_redis(shared_store.deployment(0), shared_store.addresses[0], decode=False)


def test_each_agents_own_member_is_found_by_its_beat(agents, living, client):
    found = groups.identify(client, living)
    assert {service: member.id for service, member in found.items()} == {'first': 'first-id', 'second': 'second-id'}
    assert {service: member.process.pid for service, member in found.items()} == {
        service: agent.process.pid for service, agent in agents.items()}
    assert [sorted(member.groups) for member in found.values()] == [[GROUP], [GROUP]]


def test_a_member_put_back_into_an_emptied_store_is_a_member_for_tooz(agents, living, client):
    found = groups.identify(client, living)
    client.flushall()
    wait(lambda: all(groups.beat_left(client, member.id) for member in found.values()))
    for member in found.values():
        assert groups.missing_groups(client, member) == [GROUP]
        groups.rejoin(client, member, GROUP)
        assert groups.missing_groups(client, member) == []
    assert agents['first'].peers() == agents['second'].peers() == ['first-id', 'second-id']


def test_an_ended_member_is_gone_for_its_peers_at_once(agents, living, client):
    found = groups.identify(client, living)
    agents['second'].end()
    groups.end_membership(client, 'second-id', found['second'].groups)
    assert agents['first'].peers() == ['first-id']


def test_nothing_of_an_ended_member_is_left_and_everything_of_the_others(client):
    for member in ('gone', 'living'):
        client.psetex(groups.BEAT + member, 60000, 'alive')
        for group in (GROUP, 'central-other'):
            groups.rejoin(client, groups.Member(None, member, {group: b'\x80'}), group)
    groups.end_membership(client, 'gone', [GROUP, 'central-other'])
    assert (groups.beat_left(client, 'gone'), groups.groups_of(client, 'gone')) == (0, {})
    assert groups.groups_of(client, 'living') == {GROUP: b'\x80', 'central-other': b'\x80'}
    assert 50000 < groups.beat_left(client, 'living') <= 60000


def test_a_group_that_was_put_back_is_there_without_members_too_as_tooz_leaves_it(client):
    groups.rejoin(client, groups.Member(None, 'last', {GROUP: b'\x80'}), GROUP)
    groups.end_membership(client, 'last', [GROUP])
    assert client.smembers(groups.GROUPS) == {GROUP.encode()}
    assert client.hgetall(groups.GROUP + GROUP) == {b'__created__': b'1'}


def test_listening_ends_with_the_last_one_that_is_waited_for(client, shared_store):
    peer = connection.connect_redis(shared_store.deployment(0), shared_store.addresses[0])
    peer.ping()
    timer = threading.Timer(0.5, lambda: peer.psetex(groups.BEAT + 'somebody', 1000, 'alive'))
    begun = clock.uptime()
    timer.start()
    addresses = {row['addr'] for row in peer.client_list()}
    assert groups.listen(client, {'peer': addresses}, seconds=20) == {'peer': 'somebody'}
    timer.join()
    assert clock.uptime() - begun < 15


def test_an_agent_that_does_not_beat_is_nobody(client):
    own = processes.Process(os.getpid(), processes.started(os.getpid()))
    assert groups.identify(client, {'silent': [own]}, seconds=2) == {}


def test_another_clients_question_about_a_beat_is_not_taken_for_the_beat(client, shared_store):
    peer = connection.connect_redis(shared_store.deployment(0), shared_store.addresses[0])
    peer.ping()
    addresses = {row['addr'] for row in peer.client_list()}
    timer = threading.Timer(0.5, lambda: peer.exists(groups.BEAT + 'somebody'))
    timer.start()
    assert groups.listen(client, {'peer': addresses}, seconds=2) == {}
    timer.join()


def test_what_one_guard_publishes_the_others_read(client):
    member = groups.Member(processes.Process(1, 1), 'm', {GROUP: b'\xc4\x00'})
    groups.publish(client, 'node-1', member)
    assert groups.published(client, 'node-1') == {'m': [GROUP]}
    groups.unpublish(client, 'node-1', 'm')
    assert groups.published(client, 'node-1') == {}

# SPDX-License-Identifier: Apache-2.0
"""The guard at a real zookeeper, memcached or redis that was there before, beside real members."""

import pytest

import era
from ceilometer_redis.guard import access, groups, loop, tooz_members
from guarding import GROUP, SERVICE, said
from services import deployment
from waiting import wait


@pytest.fixture(autouse=True)
def sooner(monkeypatch, guarded):
    """The patience of a test."""
    monkeypatch.setattr(tooz_members, 'RETURN', 2)
    monkeypatch.setattr(access, 'JOIN_TIMEOUT', 5)


@pytest.fixture
def agent(member, service):
    """Start a member; by its command it beats as an agent of this host, or (join) it is another host's."""
    def start(name, command='beat', query='?timeout=10'):
        started = member(era.python_of('newest'), command, service.url + query, name)
        started.hear()
        return started
    return start


@pytest.fixture
def guard_of(service, tmp_path):
    """Begin the guard of a controller."""
    begun = []

    def begin(number):
        run = tmp_path / ('run-%s' % number)
        run.mkdir(exist_ok=True)
        begun.append(loop.guard_of(deployment(service.url, 'node-%s.example.com' % number), str(run)))
        return begun[-1]
    yield begin
    for each in begun:
        if each.access.coordinator:
            each.access.coordinator.close()


def settle(guard, verdict, seconds=20):
    """Look until it says this verdict; what it says then."""
    wait(lambda: said(guard)[0] == verdict, seconds)
    return guard.verdicts[SERVICE]


def started(guard_of, agent, number=1):
    """(guard, agent): the agent of a controller, started in its turn and known."""
    first = guard_of(number)
    first.turn.take()
    assert first.turn.taken
    begun = agent('agent-%s' % number)
    assert settle(first, 'ok') == ('ok', 'is a member')
    assert first.members.known[SERVICE].id == 'agent-%s' % number
    return first, begun


def test_who_joins_in_a_controllers_turn_is_its_agent_and_the_next_controller_waits_for_it(service, guard_of, agent):
    agent('other', 'join')
    first, second = guard_of(1), guard_of(2)
    first.turn.take()
    second.turn.take()
    assert (first.turn.taken, second.turn.taken) == (True, False)
    agent('mine')
    assert settle(first, 'ok') == ('ok', 'is a member')
    assert (first.members.known[SERVICE].id, sorted(first.members.known[SERVICE].groups)) == ('mine', [GROUP])
    second.turn.take()
    assert second.turn.taken


def test_of_two_who_join_in_a_controllers_turn_none_is_taken_for_its_agent(guard_of, agent):
    first = guard_of(1)
    first.turn.take()
    agent('mine')
    agent('other', 'join')
    first.look()
    assert first.members.known == {}
    assert settle(first, 'restart') == ('restart', 'runs, but which member it is nobody knows')


def test_an_agent_that_is_nobodys_member_is_restarted(service, guard_of, agent):
    agent('out-of-turn')
    assert settle(guard_of(1), 'restart') == ('restart', 'runs, but which member it is nobody knows')


def test_an_agent_whose_group_is_gone_is_restarted(service, guard_of, agent):
    first, begun = started(guard_of, agent)
    if service.kind == 'memcached':
        service.kill()
        service.start()  # it has lost all
    else:
        # What is left of a session that has expired, to which the agent connects again as another.
        first.access.coordinator.ask('members', '')
        begun.process.send_signal(19)
        wait(lambda: first.access.coordinator.ask('members', GROUP) == {GROUP: []}, 40)
        begun.process.send_signal(18)
    assert settle(first, 'restart', 40) == ('restart', 'runs, but is missing from %s' % GROUP)


def test_while_the_service_hangs_nobody_is_restarted_and_afterwards_all_is_well(service, guard_of, agent):
    first, _ = started(guard_of, agent)
    first.access.coordinator.patience = 1
    service.freeze()
    assert said(first) == ('wait', 'the store accepts no writes')
    service.thaw()
    assert said(first) == ('wait', 'the service is just back')
    assert settle(first, 'ok') == ('ok', 'is a member')


def test_an_agent_that_ended_is_forgotten_and_its_successor_restarted_in_its_turn(service, guard_of, agent):
    first, begun = started(guard_of, agent)
    begun.end()
    assert said(first) == ('ok', 'does not run here')
    agent('respawned')
    assert settle(first, 'restart')[1] == 'runs, but which member it is nobody knows'


def test_a_redis_server_is_guarded_as_the_store_here(redis_service, member, tmp_path):
    begun = member(era.python_of('newest'), 'beat', redis_service.url, 'mine')
    begun.hear()
    first = loop.guard_of(deployment(redis_service.url), str(tmp_path))
    assert said(first) == ('ok', 'is a member')
    assert first.members.known[SERVICE].id == 'mine'
    first.access.client().hdel(groups.GROUP + GROUP, 'mine')
    assert said(first)[0] == 'rejoin'
    assert begun.peers() == ['mine']
    redis_service.freeze()
    assert said(first) == ('wait', 'the store accepts no writes')
    redis_service.thaw()

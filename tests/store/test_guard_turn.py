# SPDX-License-Identifier: Apache-2.0
"""The turn in which the agents of a controller start, guarded."""

import pytest

from ceilometer_redis import clock
from ceilometer_redis.guard import access, turn
from ceilometer_redis.store import lock
from guarding import SERVICE, guard_of, said
from waiting import wait

pytestmark = pytest.mark.usefixtures('guarded')


def test_controllers_take_turns_to_start_their_agents(shared_store, agent, pacemaker, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.turn.take()
    second.turn.take()
    assert (first.turn.taken, second.turn.taken, pacemaker.turns) == (True, False, 1)
    agent(shared_store, 'started')
    assert said(first) == ('ok', 'is a member')
    second.turn.take()
    assert (second.turn.taken, pacemaker.turns) == (True, 2)


def test_a_pacemaker_that_was_restarted_is_given_the_turn_again_at_the_next_look(shared_store, agent, pacemaker,
                                                                                 tmp_path):
    first = guard_of(shared_store, 0, tmp_path)
    first.turn.take()
    agent(shared_store, 'started')
    assert (said(first), pacemaker.turns) == (('ok', 'is a member'), 1)
    pacemaker.forgetful = True
    assert (said(first), pacemaker.turns, pacemaker.forgetful) == (('ok', 'is a member'), 2, False)


def test_a_controller_that_is_gone_in_its_turn_holds_up_the_others_until_the_lock_expires(shared_store, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.turn.take()
    begun = clock.uptime()
    wait(lambda: second.turn.take() or second.turn.taken)
    assert 1 < clock.uptime() - begun < 3


def test_a_controller_keeps_its_turn_until_all_its_agents_are_members_and_have_read_the_ring(shared_store, agent,
                                                                                           monkeypatch, tmp_path):
    monkeypatch.setattr(access, 'LOCK_EXPIRY', 30000)
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.services = [SERVICE, 'aodh-evaluator']
    first.turn.take()
    agent(shared_store, 'started')
    assert said(first) == ('ok', 'is a member')
    second.turn.take()
    assert (first.turn.since is None, second.turn.taken) == (False, False)
    first.services = [SERVICE]
    monkeypatch.setattr(turn, 'READ_RING', 0.5)
    begun = clock.uptime()
    first.look()
    assert clock.uptime() - begun >= 0.5
    first.turn.take()  # it has had its turn
    second.turn.take()
    assert (first.turn.since, second.turn.taken) == (None, True)


@pytest.mark.parametrize('reason', ['another has its turn', 'the store refuses writes'])
def test_a_controller_that_gets_no_turn_starts_its_agents_all_the_same_after_a_while(shared_store, monkeypatch,
                                                                                   tmp_path, reason):
    monkeypatch.setattr(turn, 'START_PATIENCE', 1)
    first, master = guard_of(shared_store, 0, tmp_path), shared_store.redis(0)
    if reason == 'another has its turn':
        lock.take(master, access.LOCK, 'another', access.LOCK_EXPIRY)
    else:
        master.config_set('min-slaves-to-write', 3)
    try:
        first.turn.take()
        assert not first.turn.taken
        wait(lambda: first.turn.take() or first.turn.taken, 5)
    finally:
        master.config_set('min-slaves-to-write', 1)
    assert clock.uptime() - first.turn.begun > 1

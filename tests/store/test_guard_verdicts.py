# SPDX-License-Identifier: Apache-2.0
"""What a guard says of the agents here, beside real members in a real store."""

import signal

import pytest

import era
from ceilometer_redis import clock
from ceilometer_redis.guard import decision, groups, notes
from guarding import GROUP, SERVICE, guard_of, is_settled, said
from waiting import wait

pytestmark = pytest.mark.usefixtures('guarded')


@pytest.mark.parametrize('tooz, follows', [('0.13', False), ('1.34', True)])
def test_an_agent_is_restarted_after_a_failover_if_its_tooz_stays_with_the_former_master(store, agent, tmp_path, tooz,
                                                                                         follows):
    first, living = guard_of(store, 0, tmp_path), agent(store, 'living', tooz=tooz)
    assert said(first) == ('ok', 'is a member')
    store.kill(0)
    wait(lambda: store.master() in (1, 2))
    store.start_redis(0)  # as a replica: what beats there is refused
    if follows:
        wait(lambda: is_settled(first))
        assert first.verdicts[SERVICE] == ('ok', 'is a member')
        return
    wait(first.look)
    assert first.verdicts[SERVICE] == ('restart', 'runs, but nothing of it beats')
    living.end()
    successor, first = agent(store, 'successor', tooz=tooz), guard_of(store, 0, tmp_path)
    assert said(first) == ('ok', 'is a member')
    assert successor.peers() == ['successor']


def test_an_agent_that_fails_on_an_unknown_node_in_every_cycle_is_restarted(shared_store, agent, tmp_path):
    first, log = guard_of(shared_store, 0, tmp_path), tmp_path / 'agent.log'
    polling = agent(shared_store, 'polling', 'poll %s' % log)  # has read the group, does not watch it yet
    overlooked = agent(shared_store, 'overlooked', 'join')
    assert polling.peers() == 'next'
    assert said(first) == ('ok', 'is a member')
    overlooked.end()
    groups.end_membership(first.access.client(), 'overlooked', [GROUP])
    assert polling.peers() == 'next'
    assert said(first) == ('ok', 'is a member')
    assert polling.peers() == 'next'
    assert said(first) == ('restart', 'says "Unknown node" every cycle, so it polls nothing'), log.read_text()


def test_an_emptied_store_does_not_restart_an_agent_whose_next_beat_is_to_come(shared_store, agent, tmp_path):
    first, living = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'living')
    wait(lambda: is_settled(first))
    living.process.send_signal(signal.SIGSTOP)
    shared_store.redis(0).flushall()
    assert said(first) == ('wait', 'has not beaten yet')
    living.process.send_signal(signal.SIGCONT)
    wait(lambda: said(first)[0] == 'rejoin')
    assert said(first) == ('ok', 'is a member')
    assert living.peers() == ['living']


def test_an_agent_whose_membership_is_shorter_than_ours_is_left_alone(shared_store, member, tmp_path):
    url = shared_store.deployment(0)['coordination']['backend_url']
    impatient = url.replace('membership_timeout=60', 'membership_timeout=12')
    assert impatient != url
    member(era.python_of('newest'), 'beat', impatient, 'impatient').hear()
    first = guard_of(shared_store, 0, tmp_path)
    wait(lambda: is_settled(first))
    assert first.verdicts[SERVICE] == ('ok', 'is a member')


def test_an_agent_is_found_beside_a_process_that_hangs_and_outlived_its_restart(shared_store, agent, tmp_path):
    first, hung = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'hung')
    assert said(first) == ('ok', 'is a member')
    hung.process.send_signal(signal.SIGSTOP)
    wait(first.look)
    successor, first = agent(shared_store, 'successor'), guard_of(shared_store, 0, tmp_path)
    wait(lambda: is_settled(first))
    assert said(first) == ('ok', 'is a member')
    assert successor.peers() == ['successor']
    hung.process.send_signal(signal.SIGCONT)


def test_an_agent_whose_worker_has_just_ended_is_restarted_only_when_it_stays_silent(shared_store, agent, monkeypatch,
                                                                                      tmp_path):
    parent = agent(shared_store, 'parent')
    parent.process.send_signal(signal.SIGSTOP)
    first, worker = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'worker')
    wait(lambda: is_settled(first))
    assert (said(first), first.members.known[SERVICE].id) == (('ok', 'is a member'), 'worker')
    worker.end()
    monkeypatch.setattr(decision, 'GRACE', groups.LISTEN + 10)  # longer than one look, as it is
    assert said(first) == ('wait', 'has not beaten yet')
    wait(first.look)
    assert first.verdicts[SERVICE] == ('restart', 'runs, but nothing of it beats')
    parent.process.send_signal(signal.SIGCONT)


def test_what_a_guard_sees_is_said_to_others(shared_store, agent, tmp_path):
    agent(shared_store, 'living')
    first = guard_of(shared_store, 0, tmp_path)
    first.look()
    state = notes.state(first.run)
    assert state['agents'] == {SERVICE: {'verdict': 'ok', 'reason': 'is a member', 'member': 'living'}}
    assert 0 <= clock.uptime() - state['uptime'] < 5


def test_an_agent_that_is_taken_out_again_at_once_is_restarted(shared_store, agent, tmp_path):
    agent(shared_store, 'living')
    first, verdicts = guard_of(shared_store, 0, tmp_path), []
    for _ in range(3):
        verdicts.append(said(first)[0])
        first.access.client().hdel(groups.GROUP + GROUP, 'living')
    assert verdicts == ['ok', 'rejoin', 'restart']


def test_while_the_store_refuses_writes_nobody_is_restarted_and_afterwards_silence_counts_anew(
        shared_store, agent, monkeypatch, tmp_path):
    monkeypatch.setattr(decision, 'GRACE', 2)
    first, hung, master = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'hung'), shared_store.redis(0)
    assert said(first) == ('ok', 'is a member')
    hung.process.send_signal(signal.SIGSTOP)
    overdue = clock.uptime() + decision.GRACE + 1
    master.config_set('min-slaves-to-write', 3)
    try:
        wait(lambda: said(first) == ('wait', 'the store accepts no writes') and clock.uptime() > overdue)
    finally:
        master.config_set('min-slaves-to-write', 1)
    assert said(first) == ('wait', 'has not beaten yet')
    wait(first.look)
    assert first.verdicts[SERVICE] == ('restart', 'runs, but nothing of it beats')

# SPDX-License-Identifier: Apache-2.0
"""What the guard is for: faults after which real agents would poll nothing, or twice, for long.

Played without it (--guard off), they show what it changes; then most end with "not seen". --rounds N plays each of them
N times, -m '' the long ones too.
"""

import contextlib
import time

import pytest

from lab import cluster, hosts, telemetry, waiting
from polling import (
    AGENT,
    EVALUATOR,
    GROUP,
    GUARD,
    WRITTEN,
    all_polled_once,
    cycles,
    judged,
    master,
    members,
    pass_time,
    pids,
    polled,
    recovery,
    redis,
    writable,
)

STORE, AGENTS, GUARDS = 'clone_p_redis-server', 'clone_p_ceilometer-agent-central', 'clone_p_ceilometer-redis-guard'
LOCK = 'ceilometer-redis:starting'
CEILOMETER = '/etc/ceilometer/ceilometer.conf'

# Seconds that a scenario is watched beyond what is allowed: what is late is measured all the same.
WATCHED = 90


def pytest_generate_tests(metafunc):
    if metafunc.config.option.rounds > 1:
        metafunc.fixturenames.append('round')
        metafunc.parametrize('round', range(1, metafunc.config.option.rounds + 1))


@pytest.fixture(autouse=True)
def rest(settled, guarded):
    """The lab at rest, old failures forgotten; afterwards without the idle agents that an unguarded scenario leaves."""
    settled.controllers[0].run('crm_resource --cleanup')
    yield settled
    if not guarded:
        settled.controllers[0].run(f'crm_resource --restart --resource {AGENTS}', timeout=120)


@pytest.fixture
def guard(guarded):
    """There is a guard."""
    if not guarded:
        pytest.skip('about the guard itself')


@pytest.fixture
def right_again(lab, measured):
    """Call it with what happened, when, and the seconds after which every cycle that starts has to be right."""
    def check(what, since, allowed, count=3):
        seconds = recovery(lab, since, allowed + telemetry.INTERVAL * (count + 1) + WATCHED, count)
        measured(f'{what}: right again from', seconds)
        # The first cycle that starts after so long starts within another interval.
        assert seconds < allowed + telemetry.INTERVAL
        running = [host for host in lab.controllers if host.pid()]
        waiting.until(lambda: len(group(lab)) == len(running), 5, 'every agent is a member')
    return check


def group(lab):
    """The members of the group, none while there is no redis master."""
    store = master(lab)
    return members(store) if store else []


@contextlib.contextmanager
def store_stopped(lab):
    """No redis server runs anywhere; afterwards Pacemaker starts them again."""
    first = lab.controllers[0]
    with cluster.told(first, STORE, 'target-role', 'Stopped'):
        waiting.until(lambda: not cluster.running_on(first, STORE), 90, 'the end of the store')
        yield


def store_returned(lab):
    """When the store took writes again."""
    waiting.until(lambda: writable(lab), 60, 'a store that takes writes')
    return time.time()


def agents(lab):
    return pids(lab, AGENT, EVALUATOR)


@pytest.mark.long
@pytest.mark.parametrize('seconds', [90, 300])
def test_all_agents_survive_an_outage_of_the_store_and_poll_again(lab, measured, right_again, seconds):
    before = agents(lab)
    with store_stopped(lab):
        pass_time(time.time() + seconds)
        assert cluster.failures(lab.controllers[0]) == []
        assert agents(lab) == before
        asked = time.time()
    returned = store_returned(lab)
    measured(f'store away for {seconds} s: takes writes after', returned - asked)
    right_again(f'store away for {seconds} s', returned, 30)
    assert agents(lab) == before
    assert cluster.failures(lab.controllers[0]) == []


def test_all_agents_poll_again_when_the_store_comes_back_empty(lab, right_again):
    with store_stopped(lab):
        for host in lab.controllers:
            host.run('find /var/lib/ceilometer-redis -mindepth 1 -delete')
    right_again('store emptied', store_returned(lab), 30)


@pytest.fixture(params=['in backend_url', "tooz's own"])
def timeouts(lab, request):
    """The timeouts that the agents have: those the plugin writes, or those of a backend_url without any.

    With what each allows: a socket's 30 s of tooz's own is waited for more than once.
    """
    if request.param == 'in backend_url':
        yield request.param, 30
        return
    without = f"sed -i.lab -E '/^backend_url/s/&[a-z_]*timeout=[0-9]+//g' {CEILOMETER}"
    for host in lab.controllers:
        host.run(f'{without} && ! grep -q timeout= {CEILOMETER}')
    restart_agents(lab)
    yield request.param, 60
    for host in lab.controllers:
        host.run(f'mv {CEILOMETER}.lab {CEILOMETER}')
    restart_agents(lab)


def restart_agents(lab):
    lab.controllers[0].run(f'crm_resource --restart --resource {AGENTS}', timeout=120)
    waiting.until(lambda: all_polled_once(lab), 120, 'each image polled once per cycle')


@pytest.mark.long
def test_a_hung_master_is_replaced_and_the_agents_go_on(lab, timeouts, measured, right_again):
    whose, allowed = timeouts
    what, victim = f'master hung, timeouts {whose}', master(lab)
    with cluster.told(victim, STORE, 'is-managed', 'false'):
        pid = victim.run('cat /run/ceilometer-redis/redis-server.pid').stdout.strip()
        hung = time.time()
        victim.run(f'kill -STOP {pid}')
        try:
            waiting.until(lambda: master(lab) not in (None, victim), 60, 'another master')
            replaced = store_returned(lab)
            measured(f'{what}: another one takes writes after', replaced - hung)
            right_again(what, replaced, allowed)
        finally:
            victim.run(f'kill -CONT {pid}')
    thawed = time.time()
    right_again(f'{what}, the hung one goes on', thawed, 30)


def test_agents_that_start_together_do_not_poll_twice(lab, measured):
    first = lab.controllers[0]
    with cluster.told(first, AGENTS, 'target-role', 'Stopped'):
        waiting.until(lambda: not cluster.running_on(first, AGENTS), 60, 'the end of the agents')
        started = time.time()
    report, _ = first_cycles(lab, started, measured, 'agents started together')
    assert len(report) > 2 and wrong(report[2:]) == []


@pytest.mark.long
def test_a_cold_start_of_all_controllers_does_not_poll_twice(lab, measured):
    before = set(group(lab))
    for host in lab.controllers:
        host.power_off()
    started = time.time()
    hosts.boot(lab.controllers)
    # What was a member before the loss of power is one to the store until it is ended.
    waiting.until(lambda: len(set(group(lab)) - before) == len(lab.controllers), 240, 'three new members')
    report, joined = first_cycles(lab, started, measured, 'cold start')
    # Controllers boot at their own pace: cycles count from the last one's agent on.
    later = [cycle for cycle in report if cycle['start'] > joined][1:]
    assert later and wrong(later) == []


def first_cycles(lab, started, measured, what):
    """The cycles from the first poll on, and the start of the first that begins when all are members."""
    joined = waiting.until(lambda: len(group(lab)) == len(lab.controllers) and time.time(), 240, 'three members')
    measured(f'{what}: all are members after', joined - started)

    def polls():
        return [sample for sample in polled(lab) if sample.time > started]
    # Agents of Ocata wait for two intervals before they poll.
    first = waiting.until(polls, 60, 'the first poll')[0].time
    pass_time(max(joined, first) + 4 * telemetry.INTERVAL)
    samples = polls()
    # An interval earlier, so that the first polls are in a whole cycle.
    since = min(sample.time for sample in samples) - telemetry.INTERVAL
    report = judged(samples, since, time.time() - WRITTEN)['cycles']
    for number, cycle in enumerate(report, 1):
        measured(f'{what}: cycle {number}: {doubled(cycle)} doubled, {missing(cycle)} missing, from',
                 cycle['start'] - started)
    return report, joined


def wrong(cycles):
    return [(cycle['start'], doubled(cycle), missing(cycle)) for cycle in cycles if doubled(cycle) or missing(cycle)]


def doubled(cycle):
    return sum(map(len, cycle['doubled'].values()))


def missing(cycle):
    return sum(map(len, cycle['missing'].values()))


@pytest.mark.parametrize('what', ['a member', pytest.param('the whole group', marks=pytest.mark.long)])
def test_members_taken_out_of_their_group_are_back_without_a_restart(lab, right_again, what):
    before, store = agents(lab), master(lab)
    pruned = time.time()
    if what == 'a member':
        redis(store, f'HDEL _tooz_group:{GROUP} {members(store)[0]}')
    else:
        redis(store, f'DEL _tooz_group:{GROUP}')
    right_again(f'{what} pruned', pruned, 2 * telemetry.INTERVAL)
    assert agents(lab) == before


def test_the_share_of_an_agent_that_was_killed_is_free_at_once(lab, measured, right_again):
    victim = lab.controllers[1]
    with cluster.unattended(lab.controllers[0]):
        died = time.time()
        victim.kill(AGENT)
        waiting.until(lambda: len(group(lab)) == 2, 90, 'the end of the membership')
        measured('agent killed: membership ended after', time.time() - died)
        report = cycles(lab, 3, since=died + 15)
        assert report['exactly_once'], report
        assert victim.fqdn not in polling_hosts(report)


def test_the_share_of_a_controller_that_lost_power_is_free_once_pacemaker_knows(lab, measured, right_again):
    victim = next(host for host in reversed(lab.controllers) if host is not master(lab))
    witness = next(host for host in lab.controllers if host is not victim)
    lost = time.time()
    victim.power_off()
    waiting.until(lambda: victim.fqdn not in cluster.online(witness), 60, 'Pacemaker knows')
    known = time.time()
    measured('controller lost: Pacemaker knows after', known - lost)
    right_again('controller lost, counted from Pacemaker knowing', known, 15)


def polling_hosts(report):
    return {host for cycle in report['cycles'] for host in cycle['by']}


def test_a_killed_guard_restarts_with_the_agents_of_its_controller_alone(lab, guard, measured, right_again):
    victim, before = lab.controllers[1], agents(lab)
    killed = time.time()
    victim.kill(GUARD)
    waiting.until(lambda: renewed(before[victim.name], agents(lab)[victim.name]), 120, 'other agents here')
    measured('guard killed: its agents are restarted after', time.time() - killed)
    right_again('guard killed', killed, 60)
    assert {**agents(lab), victim.name: None} == {**before, victim.name: None}


def renewed(before, after):
    """Whether every process runs, and none of those that ran before."""
    return all(new and not set(old) & set(new) for old, new in zip(before, after, strict=True))


@pytest.mark.long
def test_a_controller_that_loses_power_in_its_turn_to_start_holds_up_the_others_for_30_s(lab, guard, measured,
                                                                                        right_again):
    victim = next(host for host in reversed(lab.controllers) if host is not master(lab))
    others = [host for host in lab.controllers if host is not victim]
    victim.kill(GUARD)
    holder = waiting.until(lambda: redis(master(lab), f'GET {LOCK}'), 60, 'the turn of the one', interval=0.1)
    assert holder == [victim.fqdn]
    victim.power_off()
    lost = time.time()
    for host in others:
        host.kill(GUARD)
    waiting.until(lambda: redis(master(lab), f'GET {LOCK}') not in ([], holder), 60, "another one's turn")
    measured('lock holder lost: another controller has its turn after', time.time() - lost)
    assert time.time() - lost < 30 + 2
    right_again('lock holder lost', lost, 90)

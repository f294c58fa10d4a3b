# SPDX-License-Identifier: Apache-2.0
"""What is wrong, by a snapshot."""

import pytest
from snapshots import (
    CENTRAL,
    EVALUATOR,
    FIRST,
    GUARD,
    NOW,
    REDIS,
    SECOND,
    SENTINEL,
    THIRD,
    away,
    cluster,
    dead,
    everywhere,
    existing,
    guard,
    joined,
    left,
    node,
    nothing,
    redis,
    says,
    sees,
    snapshot,
)

from ceilometer_redis.health import findings, judgement, problems

JUST = NOW - 10
FAILED = {'operation': 'monitor', 'reason': 'not running', 'at': NOW - 300}


def shares(**found):
    """The members of the central agents' group have these shares."""
    return lambda seen: seen['shares'].update({'ceilometer-agent-central': found})


def names(*changes):
    return [finding.name for finding in judgement.judge(snapshot(*changes))]


def sentences(*changes):
    return [finding.what for finding in judgement.judge(snapshot(*changes))]


def test_nothing_is_wrong_with_a_healthy_snapshot():
    assert names() == []


@pytest.mark.parametrize('changes, found', [
    # The cluster.
    ([cluster(quorum=False), node(FIRST, 'offline'), node(THIRD, 'offline'), away], ['no-quorum']),
    ([cluster(quorum=False, stops=False), node(FIRST, 'offline')], ['electing-a-master', 'controller-offline']),
    ([cluster(maintenance='maintenance-mode is true')], ['maintenance']),
    ([cluster(maintenance='maintenance-mode is true'), everywhere(CENTRAL, unmanaged='maintenance-mode is true')],
     ['maintenance']),
    ([nothing('cluster')], ['pacemaker-away']),
    ([node(THIRD, 'offline')], ['controller-offline']),
    ([node(THIRD, 'unknown')], ['controller-offline']),
    ([node(THIRD, 'joining')], ['controller-joining']),
    ([node(THIRD, 'standby')], ['controller-standby']),
    ([node(THIRD, 'withdrawn')], ['controller-withdrawn']),
    ([lambda found: found['cluster']['nodes'][THIRD].update(state='maintenance')], ['controller-in-maintenance']),
    ([lambda found: found['cluster']['nodes'][THIRD].update(leaving=True)], ['controller-leaving']),
    ([everywhere(REDIS, unmanaged='is-managed is false')], ['unmanaged']),
    # Who is master.
    ([dead(FIRST), away], ['electing-a-master', 'redis-down', 'sentinel-down']),
    ([redis(1, role='master', link=None), away], ['two-redis-masters']),
    ([redis(0, role='slave', link='down', slave_priority=100), away], ['electing-a-master']),
    ([redis(0, role='slave', link='down', slave_priority=100), sees(0, can_fail_over=False),
      sees(1, can_fail_over=False), away], ['no-redis-master', 'no-failover', 'no-failover']),
    ([redis(number, refusal='no answer', role=None) for number in range(3)] + [away],
     ['no-redis-master'] + 3 * ['redis-down']),
    ([dead(FIRST), redis(1, slave_priority=0), redis(2, slave_priority=0), away],
     ['no-redis-master', 'redis-down', 'sentinel-down']),
    ([redis(1, slave_priority=0), redis(2, slave_priority=0)], ['no-candidate']),
    ([redis(1, slave_priority=0)], []),
    # The redis servers.
    ([redis(2, refusal='no answer', role=None)], ['redis-down']),
    ([redis(2, link='down')], ['replica-not-linked']),
    ([redis(0, good_replicas=0)], ['no-writes']),
    ([redis(0, good_replicas=None)], []),
    ([redis(0, good_replicas=0, least_replicas=0)], []),
    ([redis(0, aof_last_write_status='err')], ['no-writes']),
    ([redis(1, aof_last_write_status='err')], ['data-not-saved']),
    ([redis(0, aof_last_bgrewrite_status='err')], ['data-not-saved']),
    ([redis(0, rdb_last_bgsave_status='err')], ['data-not-saved']),
    ([redis(0, rdb_last_bgsave_status='err', snapshots_matter=True)], ['no-writes']),
    ([redis(0, max_memory=1)], ['no-writes']),
    ([redis(0, max_memory=1, evicts=True)], ['memory-nearly-full']),
    ([redis(0, max_memory=1100000)], ['memory-nearly-full']),
    ([redis(1, max_memory=1)], ['memory-nearly-full']),
    ([redis(0, max_memory=2000000)], []),
    ([redis(0, connected_clients=9000)], ['clients-near-limit']),
    ([redis(0, connected_clients=8999)], []),
    ([redis(0, lags={'192.168.0.4': 11, '192.168.0.3': 10})], ['replica-behind']),
    # The sentinels.
    ([sees(1, master='127.0.0.9:7777', is_deployed=False, sentinels=1, replicas=0)], ['foreign-master']),
    ([sees(1, master='192.168.0.4')], ['sentinel-disagrees']),
    ([sees(1, down=['192.168.0.5'])], ['sentinel-blind']),
    ([sees(1, down=['192.168.0.9'])], []),
    ([sees(1, sentinels=4, strangers=['192.168.0.9:26379'])], ['phantom-sentinel']),
    ([sees(1, sentinels=2)], ['sentinel-miscounts']),
    ([sees(1, replicas=3)], ['sentinel-miscounts']),
    ([sees(1, quorum=1, differing=['quorum'])], ['sentinel-settings']),
    ([sees(1, differing=['down-after-milliseconds'])], ['sentinel-settings']),
    ([sees(1, can_fail_over=False)], ['no-failover']),
    ([sees(1, tilt=True)], ['sentinel-paused']),
    # The agents.
    ([everywhere(CENTRAL, state='stopped', since=None, stopped_by='target-role is Stopped')], ['nothing-is-polled']),
    ([left('central-global', 'a1', 'a2', 'a3')], ['nothing-is-polled']),
    ([left('central-global', 'a1', 'a2', 'a3'), nothing('cluster')], ['nothing-is-polled', 'pacemaker-away']),
    ([left('central-global', 'a1', 'a2', 'a3'), everywhere(CENTRAL, changed=JUST)], []),
    ([left('central-global', 'a1', 'a2', 'a3'), says(SECOND, CENTRAL, changed=JUST)], ['agent-idle', 'agent-idle']),
    ([left('central-global', 'a1', 'a2', 'a3'), says(SECOND, CENTRAL, changed=JUST, failure=dict(FAILED, at=JUST))],
     ['nothing-is-polled']),
    ([lambda found: found['store'].update(left={})], ['nothing-is-polled', 'no-alarms']),
    ([left('alarm_evaluator', 'e1', 'e2', 'e3')], ['no-alarms']),
    ([says(FIRST, CENTRAL, state='failed', failure=FAILED, unmanaged='is-managed is false'),
      left('central-global', 'a1')], ['unmanaged', 'agent-down']),
    ([says(FIRST, EVALUATOR, state='stopped', since=None)], ['agent-down']),
    ([left('central-global', 'a1')], ['agent-idle']),
    ([left('central-global', 'a1'), says(FIRST, CENTRAL, changed=JUST)], []),
    ([joined('central-global', 'x')], ['stranger-member']),
    ([joined('central-global', 'x'), left('central-global', 'a1')], []),
    ([joined('central-global', 'x'), lambda found: found['store']['left'].pop('x')], []),
    ([shares(a1=0.7, a2=0.2, a3=0.1)], ['uneven-share']),
    ([shares(a1=0.66, a2=0.34, a3=0.0)], []),
    ([shares(a1=0.7, a2=0.2, a3=0.1), says(FIRST, CENTRAL, changed=JUST)], []),
    ([shares(a1=1.0)], []),
    # A deployment restarts a guard, whose agent waits for its turn.
    ([says(FIRST, CENTRAL, state='stopped', since=None, changed=JUST), left('central-global', 'a1')], []),
    ([says(FIRST, CENTRAL, state='stopped', since=None), says(FIRST, GUARD, changed=JUST),
      left('central-global', 'a1')], []),
    ([says(FIRST, GUARD, state='stopped', since=None, changed=JUST)], []),
    ([everywhere(CENTRAL, state='stopped', since=None, changed=JUST)], []),
    ([says(FIRST, CENTRAL, state='stopped', since=None), left('central-global', 'a1'),
      says(FIRST, GUARD, changed=JUST, failure=dict(FAILED, at=JUST))], ['agent-down']),
    ([everywhere(CENTRAL, state='stopped', since=None, changed=JUST, stopped_by='target-role is Stopped')],
     ['nothing-is-polled']),
    # The guards.
    ([guard(16)], ['guard-silent']),
    ([nothing('guard')], ['guard-silent']),
    ([nothing('guard'), says(SECOND, GUARD, changed=JUST)], []),
    ([says(THIRD, GUARD, state='failed', failure=FAILED)], ['guard-down']),
    ([lambda found: found['store']['looked'].pop(THIRD)], ['guard-silent']),
    ([lambda found: found['store']['looked'].update({THIRD: 59})], []),
    ([guard(2, central=('restart', 'runs, but nothing of it beats'))], ['guard-acts']),
    ([guard(2, central=('wait', 'has not joined yet'))], ['guard-acts']),
    ([guard(2, central=('wait', 'has not joined yet')), says(FIRST, CENTRAL, changed=JUST)], []),
    ([guard(20, central=('restart', 'runs, but nothing of it beats'))], ['guard-silent']),
    ([lambda found: found['deployment'].update(guard=False), nothing('guard'),
      lambda found: found['store'].update(published={}, looked={})], []),
    # Daemons that Pacemaker knows to be down say why.
    ([redis(2, refusal='no answer', role=None), says(THIRD, REDIS, state='stopped', failure=FAILED),
      says(THIRD, SENTINEL, state='stopped')], ['redis-down']),
])
def test_of_a_snapshot_is_found(changes, found):
    assert names(*changes) == found


@pytest.mark.parametrize('changes, said', [
    ([cluster(quorum=False)], 'no quorum: Pacemaker has stopped everything'),
    ([node(THIRD, 'offline')], 'node-3 is offline, work goes on'),
    ([node(FIRST, 'offline'), away], 'node-1 is offline'),
    ([everywhere(CENTRAL, state='stopped', since=None, stopped_by='target-role is Stopped')],
     'nothing is polled: ceilometer-agent-central runs nowhere (target-role is Stopped)'),
    ([says(FIRST, CENTRAL, state='failed', failure=FAILED, unmanaged='is-managed is false')],
     'ceilometer-agent-central down on node-1 (unmanaged, its monitor failed: not running)'),
    ([redis(0, good_replicas=0)], 'the redis master on node-1 refuses writes: 0 of 1 replicas follow it'),
    ([guard(32)], 'the guard here has not looked for 32 s'),
    ([redis(2, refusal='BUSY Redis is busy running a script', role=None)],
     'redis on node-3: BUSY Redis is busy running a script'),
    ([sees(1, sentinels=4, strangers=['192.168.0.9:26379'])],
     "sentinel on node-2 counts 192.168.0.9:26379, which is no controller's"),
    ([sees(1, sentinels=2)], 'sentinel on node-2 knows 2 of 3 sentinels and 2 of 2 replicas'),
    ([shares(a1=0.7, a2=0.2, a3=0.1)], 'ceilometer-agent-central on node-1 has 70 % of the work of 3'),
    ([shares(x=0.7, a2=0.2, a3=0.1)], 'ceilometer-agent-central x has 70 % of the work of 3'),
    ([joined('central-global', 'x')], "1 of 4 members of ceilometer-agent-central are no controller's"),
])
def test_a_finding_says_what_was_seen(changes, said):
    assert said in sentences(*changes)


def test_the_worst_is_found_first():
    found = judgement.judge(snapshot(node(THIRD, 'offline'), redis(0, max_memory=1)))
    assert [(finding.name, findings.severity(finding)) for finding in found] == [
        ('no-writes', problems.CRITICAL), ('controller-offline', problems.WARNING)]


def test_with_an_existing_service_it_is_what_can_be_away():
    assert names(existing()) == []
    assert names(existing(), lambda found: found.update(service='no answer')) == ['service-away']
    assert names(existing(), everywhere(CENTRAL, state='stopped')) == ['nothing-is-polled']

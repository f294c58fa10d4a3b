# SPDX-License-Identifier: Apache-2.0
"""One screen, compared as a whole."""

import json
import re

import pytest
from snapshots import (
    CENTRAL,
    FIRST,
    NOW,
    REDIS,
    THIRD,
    away,
    cluster,
    dead,
    everywhere,
    existing,
    guard,
    joined,
    node,
    nothing,
    redis,
    says,
    sees,
    snapshot,
)

from ceilometer_redis.health import judgement, screen, summary

HEALTHY = """\
healthy

controller  pacemaker  redis             sentinel                guard
node-1      online     master            names node-1, 2 others  looked 3 s ago
node-2      online     replica, lag 0 s  names node-1, 2 others  looked 2 s ago
node-3      online     replica, lag 1 s  names node-1, 2 others  looked 3 s ago

  alarm_evaluator  member  running since         share  last beat
  node-1           e1      2017-07-14 01:40:00Z  -      2 s ago
  node-2           e2      2017-07-14 01:40:00Z  -      2 s ago
  node-3           e3      2017-07-14 01:40:00Z  -      2 s ago

  central-global  member  running since         share  last beat
  node-1          a1      2017-07-14 01:40:00Z  25 %   2 s ago
  node-2          a2      2017-07-14 01:40:00Z  40 %   2 s ago
  node-3          a3      2017-07-14 01:40:00Z  35 %   2 s ago

guard here: aodh-evaluator: ok (is a member)
guard here: ceilometer-agent-central: ok (is a member)

last failover: to node-1, 2017-07-14 00:40:00Z, configuration epoch 3
"""

NO_QUORUM = """\
critical: no quorum: Pacemaker has stopped everything; bring one back, or mend the network between them [no-quorum]

controller  pacemaker  redis                sentinel                guard
node-1      offline    no answer            no answer               -
node-2      online     replica, not linked  names node-1, 2 others  looked 50 s ago
node-3      offline    no answer            no answer               -

the guard here last looked 50 s ago

last failover: to node-1, nobody knows when, configuration epoch 3
"""

TROUBLE = """\
degraded: node-3 is on standby; end it when the work is done: 'crm node online node-3.example.com' \
[controller-standby]
  also: p_ceilometer-agent-central: is-managed is false; end it when the work is done: 'crm resource manage \
p_ceilometer-agent-central' [unmanaged]
  also: ceilometer-agent-central down on node-1 (unmanaged, its monitor failed: not running); read in 'crm_mon -1' \
why, mend that, then: 'crm_resource --cleanup --resource p_ceilometer-agent-central' (or that of the evaluator) \
[agent-down]
  also: 1 of 4 members of ceilometer-agent-central are no controller's; wait a minute, as the beat of a dead one \
expires; if it lasts, look for an agent elsewhere that uses this store, and end it [stranger-member]

controller  pacemaker                                 redis             sentinel                guard
node-1      online, down: p_ceilometer-agent-central  master            names node-1, 2 others  looked 3 s ago
node-2      online                                    replica, lag 0 s  names node-1, 2 others  looked 2 s ago
node-3      standby                                   no answer         no answer               looked 3 s ago

  alarm_evaluator  member  running since         share  last beat
  node-1           e1      2017-07-14 01:40:00Z  -      2 s ago
  node-2           e2      2017-07-14 01:40:00Z  -      2 s ago
  node-3           e3      -                     -      2 s ago

  central-global  member  running since         share  last beat
  node-1          a1      2017-07-14 01:40:00Z  25 %   2 s ago
  node-2          a2      2017-07-14 01:40:00Z  40 %   2 s ago
  node-3          a3      -                     35 %   2 s ago
  nobody          x\\x1b   -                     -      10 s ago

guard here: aodh-evaluator: ok (is a member)
guard here: ceilometer-agent-central: ok (is a member)

last failover: to node-1, 2017-07-14 00:40:00Z, configuration epoch 3
failed action: monitor of p_ceilometer-agent-central on node-1, 2017-07-14 02:35:00Z: not running
under way: stop of p_redis-server on node-2.example.com, since 2017-07-14 02:38:35Z
"""
FAILED = {'operation': 'monitor', 'reason': 'not running', 'at': NOW - 300}


@pytest.mark.parametrize('changes, shown', [
    ([], HEALTHY),
    ([cluster(quorum=False), node(FIRST, 'offline'), node(THIRD, 'offline'), away, guard(50)], NO_QUORUM),
    ([node(THIRD, 'standby'), joined('central-global', 'x\x1b'),
      everywhere(CENTRAL, unmanaged='is-managed is false'),
      says(FIRST, CENTRAL, state='failed', failure=FAILED),
      cluster(under_way=[(REDIS, 'node-2.example.com', 'stop', NOW - 85)])], TROUBLE),
], ids=['a healthy store', 'no quorum', 'trouble'])
def test_one_screen_shows_the_whole(changes, shown):
    assert screen.render(of(*changes)) + '\n' == shown


def of(*changes):
    found = snapshot(*changes)
    return summary.summarize(found, judgement.judge(found))


ODD = u'\xf6\x1b[2J\u2028' + 'x' * 2000


@pytest.mark.parametrize('colours', [False, True])
def test_a_screen_is_printable_and_bounded_whatever_anything_is_called(colours):
    def called(found):
        for controller in found['controllers']:
            controller['name'] = controller['fqdn'] = ODD
        found['deployment']['controllers'] = [dict(each, name=ODD, fqdn=ODD)
                                              for each in found['deployment']['controllers']]
        found['deployment']['node'].update(name=ODD, fqdn=ODD)
        found['cluster']['nodes'] = {ODD: found['cluster']['nodes'][FIRST]}
        found['cluster']['nodes'][ODD]['resources'][CENTRAL]['failure'] = dict(FAILED, operation=ODD, reason=ODD)
        found['cluster'].update(maintenance=ODD, under_way=[(ODD, ODD, ODD, NOW)])
        found['store']['groups']['alarm_evaluator' + ODD] = [ODD]
    text = screen.render(of(called), colours)
    if colours:
        assert text.startswith('\033[33m')
        text = text.replace('\033[33m', '', 1).replace('\033[0m', '', 1)
    assert [line for line in text.split('\n') if not re.match('[ -~]{0,1000}$', line)] == []
    assert screen.verdict_lines(of(called)) and len(text) < 50000


def test_colours_are_on_the_verdict_alone():
    assert screen.render(of(), colours=True).startswith('\033[32mhealthy\033[0m\n')
    assert screen.render(of(redis(0, max_memory=1)), colours=True).startswith('\033[31mcritical: ')


def test_an_existing_service_has_no_redis_and_no_sentinel_of_ours():
    assert screen.render(of(existing('no answer within 8 s'), nothing('guard'))).splitlines()[:8] == [
        'critical: the service cannot be joined: no answer within 8 s; mend that service; the agents go on by '
        'themselves [service-away]',
        '  also: the guard here has never looked; wait two minutes, as Pacemaker restarts one that hangs; if it lasts, '
        "there: 'grep ceilometer-redis-guard /var/log/syslog' [guard-silent]",
        '', 'service: zookeeper://10.0.0.9:2181', '',
        'controller  pacemaker  guard', 'node-1      online     -', 'node-2      online     -']


@pytest.mark.parametrize('changes', [[], [nothing('cluster'), dead(FIRST), away], [cluster(quorum=False), dead(THIRD)]])
def test_a_summary_is_json(changes):
    assert json.loads(json.dumps(of(*changes)))['verdict'] in ('healthy', 'critical')


@pytest.mark.parametrize('seconds, words', [
    (0.9, '0 s'), (119, '119 s'), (120, '2 min'), (7200, '2 h'), (172800, '2 d')])
def test_an_age_has_one_unit(seconds, words):
    assert screen.age(seconds) == words


@pytest.mark.parametrize('url, seconds', [
    ('redis://h:1?timeout=10&membership_timeout=60&x=1', 60), ('redis://h:1?timeout=10', 10), ('redis://h:1', 30)])
def test_a_beat_counts_for_as_long_as_the_url_says(url, seconds):
    assert summary.membership(url) == seconds


@pytest.mark.parametrize('changes, failover', [
    ([], {'epoch': 3, 'at': NOW - 7200, 'to': 'node-1'}),
    ([sees(2, switched=7209)], {'epoch': 3, 'at': NOW - 7209, 'to': 'node-1'}),
    # One was told its master anew since, two were started.
    ([sees(2, switched=60)], {'epoch': 3, 'at': None, 'to': 'node-1'}),
    ([sees(1, switched=None), sees(2, switched=None)], {'epoch': 3, 'at': None, 'to': 'node-1'}),
    ([sees(2, epoch=2, master='192.168.0.3')], {'epoch': 3, 'at': NOW - 7200, 'to': 'node-1'}),
    ([sees(0, epoch=0), sees(1, epoch=0), sees(2, epoch=0)], {'epoch': 0, 'at': None, 'to': None}),
    ([lambda found: [each.update(sentinel=None) for each in found['controllers']]], None),
])
def test_of_the_last_failover_is_said_what_the_sentinels_agree_on(changes, failover):
    assert of(*changes)['failover'] == (failover and dict({'from': None, 'why': None}, **failover))


@pytest.mark.parametrize('changes, noted, known', [
    ([], {'time': NOW - 7203}, True),
    ([], {'time': NOW - 9000}, False),  # an earlier one, as this sentinel was down at the last
    ([], {'time': NOW - 7203, 'to': '192.168.0.4'}, False),
    ([sees(number, switched=None) for number in range(3)], {'time': NOW - 9000}, True),
    ([sees(number, epoch=0) for number in range(3)], {'time': NOW - 9000}, False),
])
def test_the_log_of_the_sentinel_here_tells_from_where_and_why(changes, noted, known):
    seen = snapshot(*changes)
    noted = dict({'from': '192.168.0.4', 'to': '192.168.0.5', 'why': 'it did not answer'}, **noted)
    found = summary.summarize(seen, [], noted)
    assert (found['failover']['from'], found['failover']['why']) == (
        ('node-2', 'it did not answer') if known else (None, None))
    if known:
        assert found['failover']['at'] == noted['time']
        assert screen.failover_lines(found)[1].startswith('last failover: from node-2 to node-1, 2017-07-1')
        assert screen.failover_lines(found)[1].endswith(', configuration epoch 3 (it did not answer)')

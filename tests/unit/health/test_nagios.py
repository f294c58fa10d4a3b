# SPDX-License-Identifier: Apache-2.0
"""The check's line, exit code and performance data."""

import re

import pytest
from snapshots import FIRST, THIRD, away, dead, existing, node, nothing, redis, sees, snapshot

from ceilometer_redis.health import judgement, nagios, ranges

DATA = ("'lag'=1s;;;0 'controllers'=3;;;0;3 'aodh-evaluator'=3;;;0 'ceilometer-agent-central'=3;;;0 "
        "'clients'=12;;;0;10000 'memory'=1000000B;;;0")

#: An item of performance data by the guidelines: 'label'=value[UOM];[warn];[crit];[min];[max].
ITEM = re.compile(r"'[^'=|]+'=(U|-?[0-9.]+(s|us|ms|%|B|KB|MB|TB|c)?)(;[0-9.:@~-]*){0,2}(;-?[0-9.]*){0,2}\Z")


def checked(*changes, **texts):
    """(exit code, line) of a snapshot; warning, critical: texts of ranges."""
    seen = snapshot(*changes)
    limits = [ranges.parse_range(texts[name]) if name in texts else None for name in ('warning', 'critical')]
    findings, code = nagios.with_ranges(seen, judgement.judge(seen), *limits)
    return code, nagios.line(seen, findings, code, *limits)


@pytest.mark.parametrize('changes, code, line', [
    ([], 0, 'CEILOMETER-REDIS OK - 3 controllers, redis master is node-1 | ' + DATA),
    ([node(THIRD, 'offline')], 1,
     'CEILOMETER-REDIS WARNING - controller-offline: node-3 is offline, work goes on | '
     + DATA.replace("'controllers'=3", "'controllers'=2")),
    ([redis(0, max_memory=500)], 2,
     'CEILOMETER-REDIS CRITICAL - no-writes: the redis master on node-1 refuses writes: its memory is full | '
     + DATA + ';500'),
    ([dead(FIRST), away, nothing('cluster')], 2,
     "CEILOMETER-REDIS CRITICAL - electing-a-master: electing a new redis master (and 3 more) | 'lag'=U;;;0 "
     "'controllers'=U;;;0;3 'aodh-evaluator'=U;;;0 'ceilometer-agent-central'=U;;;0"),
])
def test_a_check_is_one_line_and_its_code(changes, code, line):
    assert checked(*changes) == (code, line)
    assert all(ITEM.match(item) for item in line.partition(' | ')[2].split(' '))


def test_a_line_is_short_and_has_one_bar_whatever_a_daemon_says():
    _, line = checked(redis(2, refusal='x|\n\x1b' * 100), sees(1, master='|' * 1000, is_deployed=False))
    assert line.count('|') == 1 and len(line.splitlines()) == 1
    assert len(line.partition(' | ')[0]) < 250


@pytest.mark.parametrize('texts, code', [
    ({'warning': '1'}, 0), ({'warning': '0'}, 1), ({'critical': '0'}, 2), ({'warning': '0', 'critical': '0'}, 2),
    ({'warning': '2:'}, 1), ({'warning': '@1:2'}, 1), ({'warning': '@2:3'}, 0), ({'warning': '~:1'}, 0),
    ({'warning': '0', 'critical': '5'}, 1)])
def test_ranges_are_of_the_replication_lag(texts, code):
    found, line = checked(**texts)
    assert found == code
    limits = '%s;%s' % (texts.get('warning', ''), texts.get('critical', ''))
    assert "'lag'=1s;%s;0" % limits in line


def test_an_existing_service_has_no_replication():
    assert checked(existing(), warning='5') == (0, 'CEILOMETER-REDIS OK - 3 controllers, the service answers | '
                                              "'controllers'=3;;;0;3 'aodh-evaluator'=U;;;0 "
                                              "'ceilometer-agent-central'=U;;;0")


def test_a_range_takes_the_place_of_what_is_usual():
    behind = redis(0, lags={'192.168.0.4': 12})
    assert checked(behind)[0] == 1
    assert checked(behind, warning='60')[0] == 0


@pytest.mark.parametrize('text, outside, within', [
    ('10', [-1, 11], [0, 10]), ('10:', [9], [10, 99999]), ('~:10', [11], [-99, 10]), ('10:20', [9, 21], [10, 20]),
    ('@10:20', [10, 20], [9, 21]), ('@10', [0, 10], [11]), ('0.5', [0.6], [0.5]), ('-5:5', [-6], [-5])])
def test_a_range_is_what_nagios_takes_for_one(text, outside, within):
    limit = ranges.parse_range(text)
    assert [ranges.alerts(limit, value) for value in outside] == [True] * len(outside)
    assert [ranges.alerts(limit, value) for value in within] == [False] * len(within)


@pytest.mark.parametrize('text', ['', 'x', '10:5', ':', '@', '~', '~5', '1e9', '10:x', ':10', 'nan', '10 ', u'\u0661'])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValueError):
        ranges.parse_range(text)

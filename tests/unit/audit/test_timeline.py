# SPDX-License-Identifier: Apache-2.0
"""One resource, cycle by cycle, with what happened meanwhile."""

import pytest
from polls import START, steady, without
from test_cycles import polls

from ceilometer_redis.audit import cycles, picture, timeline
from ceilometer_redis.audit.table import story
from ceilometer_redis.errors import BadInput

FAILOVER = (START + 24.5, u'redis master: node-1 -> node-2')


def found(missing=('node-1', 20, 30)):
    return cycles.cut(polls(without(steady(), *missing)))[0]


def test_a_cycle_tells_who_polled_and_what_happened_in_it():
    meter, = timeline.of(found(), 'image-0', [(START + 99, 'later'), FAILOVER, (0, 'long ago')])
    assert (meter['meter'], meter['interval']) == ('image.size', 10)
    before, missed = meter['cycles'][:2]
    assert before['polls'] == [(START + 11, 'node-1')] and before['events'] == []
    assert (missed['polls'], missed['before'], missed['busy'], missed['polled']) == ([], 'node-1', 0, 3)
    assert missed['events'] == [FAILOVER]


def test_what_happened_stands_beside_the_cycle():
    lines = story({'meters': timeline.of(found(), 'image-0', [FAILOVER, (START + 62, u'\x1b[2Jrepaired')])})
    assert lines == [
        'image.size, every 10 s',
        '2017-07-14T02:40:08Z  02:40:11 by node-1',
        '2017-07-14T02:40:18Z  MISSED: node-1, which had polled it, polled 0 other resources, all agents together 3',
        '                      02:40:24 redis master: node-1 -> node-2',
        '2017-07-14T02:40:28Z  02:40:31 by node-1',
        '2017-07-14T02:40:38Z  02:40:41 by node-1',
        '2017-07-14T02:40:48Z  02:40:51 by node-1',
        '2017-07-14T02:40:58Z  02:41:01 by node-1',
        '                      02:41:02 \\x1b[2Jrepaired',
    ]


def test_where_nobody_polled_anything_that_is_said():
    only = [poll for poll in steady() if not 20 <= poll[0] - START < 30]
    lines = story({'meters': timeline.of(cycles.cut(polls(only))[0], 'image-5')})
    assert lines[2] == '2017-07-14T02:40:18Z  MISSED: nobody polled anything'


def test_a_resource_that_nobody_knows_is_refused():
    with pytest.raises(BadInput) as refused:
        timeline.of(found(), 'no-such')
    assert refused.value.field == '--resource'


def test_the_picture_has_a_row_for_each_resource_and_a_column_for_each_cycle():
    twice = [(START + 36, 'image.size', 'image-5', 'node-1')]
    one, = cycles.cut(polls(without(steady(cycles=5), 'node-2', 20, 30) + twice))[0]
    keys, cells, missed, doubled = picture.matrix(one, ['node-1', 'node-2', 'node-3'])
    assert keys == [('image.size', 'image-%d' % number) for number in range(6)]
    assert cells == [[1, 1, 1], [1, 1, 1], [1, 1, 1], [2, 0, 2], [2, 0, 2], [3, 3, 1]]
    assert (missed, doubled) == ([(1, 3), (1, 4)], [(2, 5)])

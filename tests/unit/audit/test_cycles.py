# SPDX-License-Identifier: Apache-2.0
"""Time cut into cycles, with the interval that the samples tell."""

import pytest
from polls import IMAGES, START, steady

from ceilometer_redis.audit import cycles, intervals
from ceilometer_redis.audit.polls import Polls
from ceilometer_redis.audit.samples import Poll, Sample
from ceilometer_redis.errors import BadInput


def polls(found):
    return Polls(Sample(number, time, Poll(meter, resource, host))
                 for number, (time, meter, resource, host) in enumerate(found))


def at(times, resource='image-0', host='node-1', meter='image.size'):
    return [(START + time, meter, resource, host) for time in times]


@pytest.mark.parametrize('found, interval', [
    (steady(), 10), (steady(drift=0.02), 10), (at(range(0, 6000, 600)), 600),
    (at([0, 601.2, 1200.1, 1799.8, 2400]), 600), (at([0, 605, 1210, 1815]), 605), (at([0, 63, 126, 189]), 63),
    # Missed now and then, and by another agent.
    (at([0, 10, 20, 40, 50, 60, 80, 90, 100]), 10), (at([0, 10, 20]) + at([33, 43, 53], host='node-2'), 10),
    # Polled twice in every interval, by agents that are known, and by nobody knows whom.
    (at(range(0, 100, 10)) + at(range(3, 100, 10), host='node-2'), 10),
    (at(range(0, 100, 10)) + at(range(3, 100, 10)), 10),
    (at(range(0, 100, 10)) + at(range(2, 100, 10)) + at(range(5, 100, 10)), 10),
    # Delivered twice.
    (at([0, 0, 10, 10, 20, 20]), 10),
    # Far below a second: none that anybody has.
    (at([0, 0.01, 0.02, 0.03]), 1),
    (at([0]) + at([5], 'image-1'), None), ([], None),
])
def test_the_interval_of_a_meter_is_found(found, interval):
    of_all = polls(found)
    assert intervals.find(of_all, range(len(of_all.times))) == interval


def test_each_meter_has_its_own_interval():
    found, far = cycles.cut(polls(steady(cycles=30) + at(range(0, 300, 60), meter='cpu')))
    assert [(one.interval, one.meters) for one in found] == [(10, ['image.size']), (60, ['cpu'])]
    assert far == 0


def test_a_meter_that_was_polled_once_is_taken_to_have_the_interval_of_most():
    found, _ = cycles.cut(polls(steady() + at([3.5], meter='cpu')))
    assert [(one.interval, one.meters) for one in found] == [(10, ['cpu', 'image.size'])]


def test_a_meter_that_stops_is_judged_to_the_end_of_the_others():
    found, _ = cycles.cut(polls(steady(cycles=30) + at(range(0, 120, 20), meter='cpu')))
    assert [len(one.starts) for one in found] == [28, 14]
    assert [len(rows) for rows in found[1].rows] == [1] * 5 + [0] * 9


def test_the_interval_that_is_given_is_that_of_all():
    found, _ = cycles.cut(polls(steady() + at(range(0, 80, 20), meter='cpu')), 10)
    assert [one.meters for one in found] == [['cpu', 'image.size']]


@pytest.mark.parametrize('odd', [-START, 10 ** 10, 2 * 10 ** 9])
def test_a_few_samples_of_another_time_are_left_out(odd):
    found, far = cycles.cut(polls(steady(cycles=40) + at([odd])))
    assert far == 1
    assert len(found[0].starts) == 38 and found[0].known == set(('image.size', name) for name in IMAGES)


def test_samples_of_two_times_are_refused():
    with pytest.raises(BadInput) as refused:
        cycles.cut(polls(steady() + [(time + 10 ** 8,) + poll for time, poll in
                                     ((poll[0], poll[1:]) for poll in steady())]))
    assert 'must cover no more than 100000 cycles of 10 s' in str(refused.value)


def test_a_meter_of_too_many_cycles_is_told_from_the_others(monkeypatch):
    monkeypatch.setattr(cycles, 'MOST_CYCLES', 50)
    with pytest.raises(BadInput) as refused:
        cycles.cut(polls(steady(cycles=60) + at(range(0, 600, 60), meter='cpu')))
    assert str(refused.value).endswith(' not 595.0 s: choose by --meter, not all have this interval')


def test_more_resources_times_cycles_than_can_be_named_are_refused(monkeypatch):
    monkeypatch.setattr(cycles, 'MOST_CELLS', 6 * 6 - 1)
    with pytest.raises(BadInput) as refused:
        cycles.cut(polls(steady()))
    assert str(refused.value) == ('samples must be of fewer resources or of a shorter time, not 6 in 6 cycles: '
                                  'choose by --meter, --since and --until')


def test_times_can_be_cut_where_nothing_was_polled():
    found, _ = cycles.cut(polls([]), None, START, START + 6000)
    assert (found[0].interval, len(found[0].starts)) == (600, 9)


@pytest.mark.parametrize('drift', [0.005, -0.005, 0.03])
def test_timers_that_are_late_for_days_do_not_close_the_gap(drift):
    one, = cycles.cut(polls(steady(cycles=3000, drift=drift)))[0]
    assert one.interval == 10 and one.period == pytest.approx(10 + drift, abs=1e-4)
    assert set(map(len, one.rows)) == set([6]) and len(one.rows) >= 2998


def test_the_interval_that_is_given_is_not_measured():
    one, = cycles.cut(polls(steady(cycles=3000, drift=0.005)), 10)[0]
    assert one.period == 10


def test_a_sample_delivered_twice_is_counted():
    poll = Poll('image.size', 'image-0', 'node-1')
    found = Polls([Sample('a', 1, poll), Sample('a', 1, poll), Sample('b', 2, poll), Sample(None, 2, poll),
                   Sample(None, 2, poll), Sample('c', 9, poll)], until=5)
    assert (len(found.times), found.redelivered, found.outside, found.kinds) == (4, 1, 1, [poll])

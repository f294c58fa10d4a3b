# SPDX-License-Identifier: Apache-2.0
"""Polled exactly once per cycle, by whom: the judgement that every acceptance test uses."""

import pytest
from polls import IMAGES, INTERVAL, START, batch, steady, without

from ceilometer_redis.audit import cycles
from ceilometer_redis.audit import judge as judging
from ceilometer_redis.audit.samples import Poll, Sample
from ceilometer_redis.errors import BadInput


def judge(polls, interval=INTERVAL, **limits):
    samples = [Sample(number, time, Poll(meter, resource, host))
               for number, (time, meter, resource, host) in enumerate(polls)]
    return judging.judge(samples, interval, **limits)


def faults(report):
    """(number of the judged cycle, missing, doubled) of each bad cycle, of the meter image.size."""
    return [(number, cycle['missing'].get('image.size', []), sorted(cycle['doubled'].get('image.size', {})))
            for number, cycle in enumerate(report['cycles']) if cycle['missing'] or cycle['doubled']]


@pytest.mark.parametrize('polls, expected', [
    (steady(), []),
    # Agents' timers run late by some milliseconds each cycle.
    (steady(cycles=60, drift=0.02), []),
    # A batch that comes late, and one that comes early.
    (without(steady(), 'node-3', 30, 40) + batch(37.8, 'node-3'), []),
    (without(steady(), 'node-1', 40, 50) + batch(40.2, 'node-1'), []),
    # All at one time; one agent alone.
    (steady(phases={'node-1': 3.0, 'node-2': 3.0, 'node-3': 3.0}), []),
    (steady(phases={'node-2': 9.999}), []),
    # Agents left and right of the full interval.
    (steady(phases={'node-1': 9.9, 'node-2': 0.1, 'node-3': 0.2}), []),
    # A killed agent: its share is missing until the others take it over.
    (without(steady(), 'node-1', 40, 100), [(3, IMAGES[:3], []), (4, IMAGES[:3], []), (5, IMAGES[:3], [])]),
    (without(steady(), 'node-1', 40, 100)
     + [poll for time in (63, 73) for poll in batch(time, 'node-2', IMAGES[:3])],
     [(3, IMAGES[:3], []), (4, IMAGES[:3], [])]),
    # A restarted agent polls at once, in a rhythm of its own, its peers having its share already.
    (steady() + batch(46.0, 'node-1', IMAGES[3:4]), [(3, [], ['image-3'])]),
    # Nobody polls for two cycles.
    ([poll for poll in steady() if not 30 <= poll[0] - START < 50], [(2, IMAGES, []), (3, IMAGES, [])]),
    # The same agent polls twice in a cycle.
    (steady() + batch(36.0, 'node-3'), [(2, [], ['image-5'])]),
])
def test_each_cycle_tells_what_is_missing_and_what_is_doubled(polls, expected):
    report = judge(polls)
    assert faults(report) == expected
    assert report['exactly_once'] == (not expected)


def test_only_whole_cycles_are_judged():
    report = judge(steady(cycles=8))
    assert len(report['cycles']) == 6
    starts = [cycle['start'] for cycle in report['cycles']]
    assert [later - earlier for earlier, later in zip(starts, starts[1:])] == [INTERVAL] * 5
    assert starts[0] >= report['since'] and starts[-1] + INTERVAL <= report['until']


def test_the_order_of_samples_does_not_matter():
    polls = without(steady(), 'node-1', 40, 60)
    shuffled = polls[1::2] + polls[0::2][::-1]
    assert judge(shuffled) == judge(polls)


def test_since_and_until_leave_out_what_is_not_asked_about():
    polls = without(steady(cycles=12), 'node-1', 40, 60)
    assert faults(judge(polls)) == [(3, IMAGES[:3], []), (4, IMAGES[:3], [])]
    assert faults(judge(polls, since=START + 60)) == []
    assert faults(judge(polls, until=START + 41)) == []


def test_silence_after_the_last_sample_counts_when_until_says_so():
    report = judge(steady(cycles=4), until=START + 63)
    assert faults(report) == [(3, IMAGES, []), (4, IMAGES, [])]


def test_who_polled_is_counted():
    report = judge(steady() + batch(36.0, 'node-3', ['image-0']))
    assert report['cycles'][0]['by'] == {'node-1': 3, 'node-2': 2, 'node-3': 1}
    assert report['cycles'][2]['doubled'] == {'image.size': {'image-0': ['node-1', 'node-3']}}
    assert report['cycles'][2]['polled'] == 6


def test_each_meter_is_judged_on_its_own():
    both = steady() + without(steady(meter='image.serve'), 'node-2', 30, 40)
    report = judge(both)
    assert [cycle['missing'] for cycle in report['cycles']] == [
        {}, {}, {'image.serve': ['image-3', 'image-4']}, {}, {}, {}]
    assert report['resources'] == 6
    assert report['exactly_once'] is False
    assert judge(steady() + steady(meter='image.serve'), expect=6)['exactly_once'] is True


@pytest.mark.parametrize('expect, unseen, exactly_once', [(None, 0, True), (6, 0, True), (7, 1, False), (5, 0, False)])
def test_the_number_of_resources_can_be_demanded(expect, unseen, exactly_once):
    report = judge(steady(), expect=expect)
    assert (report['unseen'], report['exactly_once']) == (unseen, exactly_once)


def test_no_samples_at_all_are_missing_when_the_number_of_resources_is_known():
    report = judge([], since=START, until=START + 40, expect=20)
    assert report['unseen'] == 20
    assert report['exactly_once'] is False


@pytest.mark.parametrize('polls', [[], batch(0, 'node-1'), batch(0, 'node-1') + batch(9, 'node-1')])
def test_less_than_a_cycle_is_no_basis_for_a_judgement(polls):
    with pytest.raises(BadInput) as refused:
        judge(polls)
    assert refused.value.field == 'samples'


def test_a_sample_delivered_twice_is_one_poll():
    poll = Poll('image.size', 'image-0', 'node-1')
    samples = [Sample(number, START + INTERVAL * number, poll) for number in range(5)]
    assert judging.judge(samples + samples[1:4], INTERVAL)['exactly_once'] is True


def test_a_time_of_more_cycles_than_anybody_means_is_refused(monkeypatch):
    monkeypatch.setattr(cycles, 'MOST_CYCLES', 8)
    assert len(judge(steady(cycles=9), since=START, until=START + 8 * INTERVAL)['cycles']) in (7, 8)
    with pytest.raises(BadInput) as refused:
        judge(steady(cycles=9), since=START, until=START + 8 * INTERVAL + 0.1)
    assert str(refused.value) == ('samples must cover no more than 8 cycles of 10 s between --since and --until, not '
                                  '80.1 s')


def test_samples_outside_of_both_times_do_not_count():
    polls = steady() + batch(-100, 'node-1', ['before']) + batch(1000, 'node-1', ['after'])
    report = judge(polls, since=START, until=START + 80)
    assert report['resources'] == len(IMAGES) and report['exactly_once']

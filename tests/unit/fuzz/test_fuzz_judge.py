# SPDX-License-Identifier: Apache-2.0
"""The audit against what is known to have happened: polls made from a table of who polled what in which cycle."""

from hypothesis import given
from hypothesis import strategies as st
from polls import START

from ceilometer_redis.audit import judge
from ceilometer_redis.audit.samples import Poll, Sample

HOSTS = ('node-1', 'node-2', 'node-3')


@st.composite
def histories(draw):
    """(interval, [{resource: [host]}] by cycle, phases of the hosts, order of the samples); both ends are right."""
    resources = ['image-%d' % number for number in range(draw(st.integers(1, 8)))]
    share = dict((resource, draw(st.sampled_from(HOSTS))) for resource in resources)
    cycles = [dict((resource, [host]) for resource, host in share.items()) for _ in range(draw(st.integers(6, 20)))]
    for _ in range(draw(st.integers(0, 6))):
        cycle = cycles[draw(st.integers(1, len(cycles) - 2))]
        cycle[draw(st.sampled_from(resources))] = draw(st.lists(st.sampled_from(HOSTS), max_size=3))
    phases = dict((host, draw(st.floats(0, 0.4))) for host in HOSTS)
    return draw(st.sampled_from([10, 60, 600])), cycles, phases, draw(st.randoms(use_true_random=False))


@given(histories(), st.booleans())
def test_the_verdict_is_what_happened(history, told):
    interval, cycles, phases, order = history
    polls = [(START + interval * (number + phases[host]), resource, host)
             for number, cycle in enumerate(cycles) for resource, hosts in sorted(cycle.items()) for host in hosts]
    order.shuffle(polls)
    # Few samples of which many are wrong, as one resource that is missed in every other cycle, do not tell how often
    # it was to be polled.
    wrong = sum(len(hosts) != 1 for cycle in cycles for hosts in cycle.values())
    told = told or len(polls) < 50 or 10 * wrong > len(polls)
    report = judge.judge([Sample(number, time, Poll('image.size', resource, host))
                          for number, (time, resource, host) in enumerate(polls)], interval if told else None)
    assert report['meters'] == {'image.size': interval}
    found = dict((round((cycle['start'] + interval * 0.5 - START) / interval - 0.2), cycle)
                 for cycle in report['cycles'])
    for number, cycle in list(enumerate(cycles))[1:-1]:
        missing = sorted(resource for resource, hosts in cycle.items() if not hosts)
        doubled = dict((resource, sorted(hosts)) for resource, hosts in cycle.items() if len(hosts) > 1)
        assert found[number]['missing'].get('image.size', []) == missing
        assert found[number]['doubled'].get('image.size', {}) == doubled
    assert report['exactly_once'] == all(len(hosts) == 1 for cycle in cycles for hosts in cycle.values())

# SPDX-License-Identifier: Apache-2.0
"""Was every resource polled exactly once per polling cycle, and by whom?

The evidence are samples as ceilometer's file publisher writes them with ?json. A sample names no host, but its id is
a uuid1 made by the polling process and kept on its way: uuid.UUID(id).node is the MAC address of the polling host (seen
with ceilometer 19.0.0 on three hosts). All samples of one poll share one timestamp.

Agents keep their own rhythm: each polls once per interval, at a phase of its own. Time is therefore cut into cycles
where no agent polls: in the middle of the largest gap between the timestamps taken modulo the interval.
"""

from __future__ import division

import collections
import math

from ceilometer_redis.errors import BadInput

#: Cycles to judge at once, two years of the usual interval: more are a slip in a time or in the interval.
MOST_CYCLES = 100000

#: Seconds: the interval of the pipeline.yaml that Kilo to Ocata bring, the releases of Fuel 7.0 to 11.0.
INTERVAL = 600.0


def judge(samples, interval=INTERVAL, since=None, until=None, expect=None):
    """Judge the polling cycles that lie wholly between since and until.

    A resource that came or went meanwhile is missing in the other cycles: then choose since and until.

    Args:
        samples: Samples in any order.
        interval: Seconds.
        since: Seconds since the epoch, by default of the first sample.
        until: Seconds since the epoch, by default of the last sample.
        expect: How many resources there must be, by default as many as there are samples of.

    Returns:
        A dictionary: interval, since, until; resources (how many were seen), unseen (how many of those expected were
        never seen); cycles, oldest first, each with start, polled (resources of all meters), missing {meter:
        [resource]}, doubled {meter: {resource: [host, host]}} and by {host: polls}; exactly_once, the verdict.

    Raises:
        BadInput: There is not one whole cycle to judge, or there are more than MOST_CYCLES.
    """
    batches = _batches(samples, since, until)
    if not batches and (since is None or until is None or expect is None):
        raise BadInput('samples', 'include one between --since and --until at least')
    since = min(batches) if since is None else since
    until = max(batches) if until is None else until
    if until - since > MOST_CYCLES * interval:
        raise BadInput('samples', 'cover no more than %d cycles of %g s between --since and --until'
                       % (MOST_CYCLES, interval), '%.1f s' % (until - since))
    known = set(poll[:2] for polls in batches.values() for poll in polls)
    cycles = [_cycle(start, polls, known) for start, polls in _cells(batches, interval, since, until)]
    if not cycles:
        raise BadInput('samples', 'cover a whole cycle of %g s between --since and --until' % interval,
                       '%.1f s' % (until - since), 'twice the interval always does')
    resources = len(set(resource for _, resource in known))
    unseen = max(0, expect - resources) if expect is not None else 0
    return {
        'interval': interval,
        'since': since,
        'until': until,
        'resources': resources,
        'unseen': unseen,
        'cycles': cycles,
        'exactly_once': (not any(cycle['missing'] or cycle['doubled'] for cycle in cycles)
                         and resources == (resources if expect is None else expect)),
    }


def _batches(samples, since, until):
    """Return the polls by time. A sample that the message queue delivered twice is one poll still."""
    batches = {}
    ids = set()
    for sample in samples:
        inside = (since is None or since <= sample.time) and (until is None or sample.time <= until)
        if inside and sample.id not in ids:
            ids.add(sample.id)
            batches.setdefault(sample.time, []).append(sample.poll)
    return batches


def _cells(batches, interval, since, until):
    """Return (start, polls) of each whole cycle between since and until, oldest first."""
    cut = _cut(batches, interval)
    first = int(math.ceil((since - cut) / interval))
    end = int(math.floor((until - cut) / interval))
    cells = [(cut + number * interval, []) for number in range(first, end)]
    for time, polls in batches.items():
        number = int(math.floor((time - cut) / interval))
        if first <= number < end:
            cells[number - first][1].extend(polls)
    return cells


def _cut(times, interval):
    """Return where cycles begin, modulo the interval: the middle of the largest gap between the times' phases."""
    phases = sorted(set(time % interval for time in times)) or [0.0]
    following = phases[1:] + [phases[0] + interval]
    gap, phase = max((later - earlier, earlier) for earlier, later in zip(phases, following))
    return (phase + gap / 2) % interval


def _cycle(start, polls, known):
    by = collections.defaultdict(list)
    for poll in polls:
        by[poll[:2]].append(poll.host)
    missing, doubled = {}, {}
    for meter, resource in sorted(known - set(by)):
        missing.setdefault(meter, []).append(resource)
    for (meter, resource), found in by.items():
        if len(found) > 1:
            doubled.setdefault(meter, {})[resource] = sorted(found)
    return {
        'start': start,
        'polled': len(set(resource for _, resource in by)),
        'missing': missing,
        'doubled': doubled,
        'by': dict(collections.Counter(poll.host for poll in polls)),
    }

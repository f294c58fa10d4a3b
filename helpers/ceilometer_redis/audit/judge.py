# SPDX-License-Identifier: Apache-2.0
"""Was every resource polled exactly once per polling cycle, and by whom?"""

import collections

from ceilometer_redis.audit import cycles as cutting
from ceilometer_redis.audit.polls import Polls
from ceilometer_redis.errors import BadInput


def judge(samples, interval=None, since=None, until=None, expect=None):
    """Judge samples in any order; see cut() of the cycles and report()."""
    found, _ = cutting.cut(Polls(samples, since, until), interval, since, until)
    return report(found, expect)


def report(found, expect=None):
    """Return the verdict on polling cycles.

    A resource that came or went meanwhile is missing in the other cycles: then choose since and until.

    Args:
        found: The Cycles of each interval.
        expect: How many resources there must be, by default as many as there are samples of.

    Returns:
        A dictionary: since and until, in seconds since the epoch; meters {meter: seconds}, their intervals; resources
        (how many were seen), unseen (how many of those expected were never seen); cycles, oldest first, each with
        start, interval, polled (resources of all meters), missing {meter: [resource]}, doubled {meter: {resource:
        [host, host]}} and by {host: polls}; exactly_once, the verdict.

    Raises:
        BadInput: There is not one whole cycle to judge.
    """
    judged = sorted((cycle for one in found for cycle in _judged(one)), key=lambda cycle: cycle['start'])
    if not judged:
        raise BadInput('samples', 'cover a whole cycle of %g s between --since and --until' % found[0].interval,
                       '%.1f s' % max(0, found[0].until - found[0].since), 'twice the interval always does')
    resources = len(set(resource for one in found for _, resource in one.known))
    return {
        'since': min(one.since for one in found),
        'until': max(one.until for one in found),
        'meters': dict((meter, one.interval) for one in found for meter in one.meters),
        'resources': resources,
        'unseen': max(0, expect - resources) if expect is not None else 0,
        'cycles': judged,
        'exactly_once': (not any(cycle['missing'] or cycle['doubled'] for cycle in judged)
                         and resources == (resources if expect is None else expect)),
    }


def _judged(one):
    """Yield the verdict on each cycle of one interval."""
    kinds = one.polls.kinds
    keys = [kind[:2] for kind in kinds]
    known = sorted(one.known)
    # A time without any poll may have thousands of cycles: they share what is missing.
    everything = _by_meter(known)
    for start, rows in zip(one.starts, one.rows):
        polled = [one.polls.which[row] for row in rows]
        times = collections.Counter(keys[number] for number in polled)
        doubled = {}
        if len(times) < len(polled):
            hosts = collections.defaultdict(list)
            for number in polled:
                hosts[keys[number]].append(kinds[number].host)
            for (meter, resource), count in times.items():
                if count > 1:
                    doubled.setdefault(meter, {})[resource] = sorted(hosts[meter, resource])
        missing = {}
        if len(times) < len(known):
            missing = _by_meter(key for key in known if key not in times) if times else everything
        yield {
            'start': start,
            'interval': one.interval,
            'polled': len(set(resource for _, resource in times)),
            'missing': missing,
            'doubled': doubled,
            'by': dict(collections.Counter(kinds[number].host for number in polled)),
        }


def _by_meter(keys):
    """Return lists of resources by meter, in the order in which they come."""
    found = {}
    for meter, resource in keys:
        found.setdefault(meter, []).append(resource)
    return found

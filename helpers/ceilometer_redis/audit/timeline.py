# SPDX-License-Identifier: Apache-2.0
"""One resource cycle by cycle: who polled it, and what happened meanwhile where nobody did."""

from ceilometer_redis.errors import BadInput, quoted


def of(found, resource, events=()):
    """Return the polls of one resource.

    Args:
        found: The Cycles of each interval.
        resource: Its id.
        events: What happened in the cloud, each (seconds since the epoch, text), in any order: the failovers and
            repairs that the history knows.

    Returns:
        A list for each of its meters: meter, interval (seconds) and cycles, oldest first, each with start, polls
        [(seconds since the epoch, host)], before, the host that polled it last (None if none did), busy, how many
        resources that host polled of this meter in the cycle, polled, how many all did, and events [(seconds, text)].

    Raises:
        BadInput: No sample is of it.
    """
    meters = sorted((meter, one.interval, one) for one in found for meter, name in one.known if name == resource)
    if not meters:
        raise BadInput('--resource', 'be the id of a resource in the samples', quoted(resource))
    return [{'meter': meter, 'interval': interval, 'cycles': list(_cycles(one, meter, resource, sorted(events)))}
            for meter, interval, one in meters]


def is_exactly_once(meters):
    """Return whether each cycle of what of() returns has one poll; without a cycle there is none."""
    polls = [len(cycle['polls']) for meter in meters for cycle in meter['cycles']]
    return bool(polls) and set(polls) == set([1])


def _cycles(one, meter, resource, events):
    before = None
    for start, rows in zip(one.starts, one.rows):
        polls = [(one.polls.times[row], one.polls.kinds[one.polls.which[row]]) for row in rows]
        polls = sorted(poll for poll in polls if poll[1].meter == meter)
        own = [(time, kind.host) for time, kind in polls if kind.resource == resource]
        yield {
            'start': start,
            'polls': own,
            'before': before,
            'busy': len(set(kind.resource for _, kind in polls if kind.host == before)),
            'polled': len(set(kind.resource for _, kind in polls)),
            'events': [event for event in events if start <= event[0] < start + one.period],
        }
        before = own[-1][1] if own else before

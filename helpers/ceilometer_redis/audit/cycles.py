# SPDX-License-Identifier: Apache-2.0
"""Time cut into polling cycles.

Agents keep their own rhythm: each polls once per interval, at a phase of its own. Time is therefore cut where no agent
polls: in the middle of the largest gap between the times of all polls taken modulo the interval. Timers that are late
by milliseconds close that gap in the course of weeks; then the interval is measured.
"""

from __future__ import division

import array
import bisect
import collections
import math

from ceilometer_redis.audit import intervals
from ceilometer_redis.errors import BadInput

#: Cycles to judge at once, two years of the usual interval: more are a slip in a time or in the interval.
MOST_CYCLES = 100000

#: Resources times cycles to judge at once: each may be missing, and then is named.
MOST_CELLS = 20000000

#: Seconds: the interval of the pipeline.yaml that Kilo to Ocata bring, the releases of Fuel 7.0 to 11.0.
INTERVAL = 600.0

#: The share of polls that may be so far from the others that they are a slip.
FAR = 0.01


class Cycles(object):
    """The whole polling cycles between two moments, of the meters that have one interval.

    Attributes:
        interval: Seconds.
        period: What the interval is by the agents' clocks, from the start of a cycle to that of the next.
        since: When what is judged begins, in seconds since the epoch.
        until: When it ends.
        meters: The names of the meters.
        known: Each (meter, resource) that was polled at all.
        starts: When each cycle begins, oldest first, in seconds since the epoch.
        rows: The numbers of the polls in each.
    """

    def __init__(self, polls, rows, interval, since, until, drifting=False):
        self.polls = polls
        self.interval = interval
        self.since = since
        self.until = until
        self.known = set(polls.kinds[number][:2] for number in set(polls.which[row] for row in rows))
        self.meters = sorted(set(meter for meter, _ in self.known))
        times = [polls.times[row] for row in rows]
        self.period = interval
        gap, cut = _gap(times, interval)
        if drifting and gap < interval / 2:
            measured = intervals.measure(polls, rows, interval)
            wider, at = _gap(times, measured)
            if wider > gap:
                self.period, cut = measured, at
        first = int(math.ceil((since - cut) / self.period))
        end = max(first, int(math.floor((until - cut) / self.period)))
        if end - first > MOST_CYCLES or (end - first) * len(self.known) > MOST_CELLS:
            raise BadInput('samples', 'be of fewer resources or of a shorter time', '%d in %d cycles'
                           % (len(self.known), end - first), 'choose by --meter, --since and --until')
        self.starts = [cut + number * self.period for number in range(first, end)]
        self.rows = [array.array('L') for _ in self.starts]
        for row in rows:
            number = int(math.floor((polls.times[row] - cut) / self.period)) - first
            if 0 <= number < len(self.rows):
                self.rows[number].append(row)


def cut(polls, interval=None, since=None, until=None):
    """Return the Cycles of each interval, shortest first, and how many polls were left out as too far from the others.

    A meter that stops while others go on is judged to their end; one that comes later, from its first poll on.

    Args:
        polls: Polls.
        interval: Seconds, of all meters; None: each meter's is found from its polls.
        since: Seconds since the epoch, by default of the first poll.
        until: Likewise, of the last.

    Raises:
        BadInput: There are more cycles than anybody means.
    """
    if not polls.times and (since is None or until is None):
        raise BadInput('samples', 'include one between --since and --until at least')
    by_interval = _by_interval(polls, interval)
    shortest = min(by_interval)
    first, last = _near(polls, shortest) if polls.times else (since, until)
    far = sum(1 for time in polls.times if not first <= time <= last)
    begin = first if since is None else since
    until = last if until is None else until
    if until - begin > MOST_CYCLES * shortest:
        raise BadInput('samples', 'cover no more than %d cycles of %g s between --since and --until'
                       % (MOST_CYCLES, shortest), '%.1f s' % (until - begin),
                       'choose by --meter, not all have this interval' if len(by_interval) > 1 else None)
    result = []
    for seconds, rows in sorted(by_interval.items()):
        if far:
            rows = array.array('L', (row for row in rows if first <= polls.times[row] <= last))
        begin = since if since is not None else min(polls.times[row] for row in rows) if rows else until
        result.append(Cycles(polls, rows, seconds, begin, until, drifting=interval is None))
    return result, far


def _by_interval(polls, interval):
    """Return the numbers of the polls by the interval of their meters.

    The interval of a meter that was polled too seldom to tell is the one that most others have.
    """
    rows = polls.rows_by_meter()
    found = dict((meter, interval or intervals.find(polls, rows[meter])) for meter in rows)
    told = collections.Counter(seconds for seconds in found.values() if seconds)
    usual = max(told, key=lambda seconds: (told[seconds], seconds)) if told else interval or INTERVAL
    result = collections.defaultdict(lambda: array.array('L'))
    for meter in sorted(rows):
        result[found[meter] or usual].extend(rows[meter])
    return dict(result) or {usual: array.array('L')}


def _near(polls, interval):
    """Return the first and the last time of the polls that are not too far from the others to be of their cycles."""
    first, last = min(polls.times), max(polls.times)
    if last - first > MOST_CYCLES * interval:
        times = sorted(polls.times)
        middle, reach = times[len(times) // 2], MOST_CYCLES * interval / 2
        begin, end = bisect.bisect_left(times, middle - reach), bisect.bisect_right(times, middle + reach)
        if begin + len(times) - end <= max(1, FAR * len(times)):
            first, last = times[begin], times[end - 1]
    return first, last


def _gap(times, interval):
    """Return the largest gap between the times' phases, and where in an interval its middle is: there cycles begin."""
    phases = sorted(set(time % interval for time in times)) or [0.0]
    following = phases[1:] + [phases[0] + interval]
    gap, phase = max((later - earlier, earlier) for earlier, later in zip(phases, following))
    return gap, (phase + gap / 2) % interval

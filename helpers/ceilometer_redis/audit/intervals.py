# SPDX-License-Identifier: Apache-2.0
"""How often a meter is polled, found from its samples.

pipeline.yaml and polling.yaml give each meter an interval of whole seconds. An agent polls a resource once per interval
for as long as it has it; so what is between two of its polls of one resource is the interval, mostly. Where the samples
name no agent, or several share a name, each resource's polls are taken together, and where those alternate between
short and long (each is polled twice per interval), every second, every third: the closest together that are regular.
"""

import bisect

#: Differences within this share of the usual one are regular, if most are.
NEAR = 0.1
MOST = 0.6

#: So many polls of a resource in one interval are still seen through.
DEEPEST = 4

#: Resources of a meter to look at; one would do, were all polled all the time.
RESOURCES = 200

#: Seconds in which intervals are given, roundest first, and the share by which timers may miss them.
ROUND = (3600, 600, 300, 60, 30, 10, 5, 1)
LATE = 0.005


def find(polls, rows):
    """Return the interval in which the polls of one meter come, in seconds; None where too few tell.

    Args:
        polls: Polls.
        rows: The numbers of those of the meter.
    """
    by_agent = _series(polls, rows, lambda kind: kind)
    usual, regular = _usual(by_agent, 1)
    if not regular:
        by_resource = _series(polls, rows, lambda kind: kind.resource)
        for step in range(1, DEEPEST + 1):
            found, regular = _usual(by_resource, step)
            if regular:
                usual = found
                break
    return None if usual is None else _rounded(usual)


def measure(polls, rows, interval):
    """Return what the interval is by the clocks of the agents, whose timers may be some milliseconds late each time.

    Args:
        polls: Polls.
        rows: The numbers of those of the meters that have this interval.
        interval: Seconds.
    """
    near = [later - earlier for times in _series(polls, rows, lambda kind: kind)
            for earlier, later in zip(times, times[1:]) if abs(later - earlier - interval) <= NEAR * interval]
    return sum(near) / len(near) if near else interval


def _series(polls, rows, key):
    """Return lists of the times of polls with the same key, sorted; of RESOURCES at most."""
    found = {}
    keys = [key(kind) for kind in polls.kinds]
    for row in rows:
        this = keys[polls.which[row]]
        if this in found:
            found[this].append(polls.times[row])
        elif len(found) < RESOURCES:
            found[this] = [polls.times[row]]
    return [sorted(times) for times in found.values()]


def _usual(series, step):
    """Return the median difference between each time and the one so many steps later, and if most are near it."""
    differences = sorted(later - earlier for times in series for earlier, later in zip(times, times[step:])
                         if later > earlier)
    if not differences:
        return None, False
    usual = differences[len(differences) // 2]
    near = (bisect.bisect_right(differences, usual * (1 + NEAR)) - bisect.bisect_left(differences, usual * (1 - NEAR)))
    return usual, near >= MOST * len(differences)


def _rounded(seconds):
    for unit in ROUND:
        whole = round(seconds / unit) * unit
        if whole and abs(seconds - whole) <= LATE * seconds:
            return float(whole)
    return max(1.0, float(round(seconds)))

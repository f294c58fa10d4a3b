# SPDX-License-Identifier: Apache-2.0
"""What the guard decides about one agent: a view in, a verdict out."""

import collections

#: Seconds between two looks, and between two while the local agents join.
PERIOD, JOINING_PERIOD = 5, 1

#: Seconds an agent that runs, and a store that accepts writes, get before missing beats count against the agent.
GRACE = 30

#: Seconds until an agent may be restarted again, doubled each time and forgotten after an hour.
PAUSE, LONGEST_PAUSE, FORGOTTEN = 30, 960, 3600

#: What store and host show of one agent. running, store_up, rejoined: seconds, or None if it does not run, the store
#: accepts no writes, the guard has not put it back; member: its id or None; beating; silent: seconds since a member's
#: last beat, which an emptied store no longer has, or since one was known; missing: groups it was taken out of; joined:
#: whether it has been in any; unknown, ended: how often its log has said so.
View = collections.namedtuple('View', 'running store_up member beating silent missing joined rejoined unknown ended')


def decide(view):
    """Return (verdict, reason) about an agent, from its View; a verdict is ok, wait, rejoin or restart."""
    if view.running is None:
        return 'ok', 'does not run here'
    if view.store_up is None:
        return 'wait', 'the store accepts no writes'
    if view.unknown > 1:
        return 'restart', 'says "Unknown node" every cycle, so it polls nothing'
    if view.ended:
        return 'restart', 'says that an error has ended one of its loops'
    settled = min(view.running, view.store_up) >= GRACE
    if not view.beating:
        overdue = settled and view.silent >= GRACE
        return ('restart', 'runs, but nothing of it beats') if overdue else ('wait', 'has not beaten yet')
    if view.missing:
        if view.rejoined is not None and view.rejoined < 2 * PERIOD:
            return 'restart', 'was put back into %s and is missing again' % ', '.join(view.missing)
        return 'rejoin', 'beats, but is missing from %s' % ', '.join(view.missing)
    if not view.joined:
        return ('restart', 'beats, but is in no group') if settled else ('wait', 'has not joined yet')
    return 'ok', 'is a member'


def decide_by_groups(view):
    """Return (verdict, reason), of those of decide() but rejoin, about an agent whose members tooz shows."""
    if view.running is None or view.store_up is None or view.unknown > 1 or view.ended:
        return decide(view)
    settled = min(view.running, view.store_up) >= GRACE
    if view.member is None:
        overdue = settled and view.silent >= GRACE
        return ('restart', 'runs, but which member it is nobody knows') if overdue else ('wait', 'has not joined yet')
    if view.missing:
        return 'restart' if settled else 'wait', 'runs, but is missing from %s' % ', '.join(view.missing)
    return 'ok', 'is a member'


def pause_after(count):
    """Return for how many seconds an agent that has been restarted so many times is left alone."""
    return min(PAUSE * 2 ** (count - 1), LONGEST_PAUSE) if count else 0

# SPDX-License-Identifier: Apache-2.0
"""What was found wrong, and what of a snapshot all who look for it ask."""

import collections

from ceilometer_redis.health import problems
from ceilometer_redis.pacemaker import view

#: A problem's name, where it is (a controller, a group; '' is the whole), and a sentence with what was seen.
Finding = collections.namedtuple('Finding', 'name where what')

#: Seconds that an agent gets from its start to its membership, and its guard to give it its turn.
START = 60


def severity(finding):
    """Return the severity of a Finding."""
    return problems.PROBLEMS[finding.name].severity


def is_broken(found):
    """Return whether one of some Findings is that the promise is broken."""
    return any(severity(finding) == problems.CRITICAL for finding in found)


def state_of(snapshot, controller):
    """Return what Pacemaker says of a controller, one of view's states; None while it says nothing."""
    cluster = snapshot['cluster']
    return None if cluster is None else cluster['nodes'][controller['fqdn']]['state']


def working(snapshot):
    """Return the controllers on which something is to run, as far as is known."""
    return [controller for controller in snapshot['controllers']
            if state_of(snapshot, controller) in (None, view.ONLINE, view.MAINTENANCE)]


def resource(snapshot, controller, primitive):
    """Return view.resource() of a primitive on a controller; None while Pacemaker says nothing."""
    cluster = snapshot['cluster']
    return None if cluster is None else cluster['nodes'][controller['fqdn']]['resources'].get(primitive)


def settles(snapshot, seen):
    """Return whether a resource, as view.resource() has it, was started or stopped just now, and all goes well.

    As a deployment does: a failure just before, or what keeps it stopped, is another matter.
    """
    if seen is None or seen['state'] == view.FAILED or seen['stopped_by'] or seen['changed'] is None:
        return False
    # The clock of another controller may be ahead of this one's.
    failed = seen['failure'] and abs(snapshot['now'] - seen['failure']['at']) < 2 * START
    return not failed and abs(snapshot['now'] - seen['changed']) < START


def owner(controllers, store, member):
    """Return the one of these controllers whose guard has published a member; None where none has.

    Args:
        controllers: Those of a snapshot.
        store: What the store says, members.read().
        member: Its id.
    """
    return next((controller for controller in controllers
                 if member in store['published'].get(controller['fqdn'], ())), None)


def names(controllers):
    """Return the names of controllers, as a part of a sentence."""
    return ', '.join(controller['name'] for controller in controllers)


def why(seen):
    """Return why a resource is down, as the end of a sentence; seen: its view.resource(), or None."""
    if seen is None:
        return ''
    reasons = [seen['stopped_by'], 'unmanaged' if seen['unmanaged'] else None]
    if seen['failure'] and seen['state'] != view.STARTED:
        reasons.append('its %(operation)s failed: %(reason)s' % seen['failure'])
    found = [reason for reason in reasons if reason]
    return ' (%s)' % ', '.join(found) if found else ''

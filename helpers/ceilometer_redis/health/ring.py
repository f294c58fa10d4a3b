# SPDX-License-Identifier: Apache-2.0
"""The shares of a group's members, as the agents of this controller compute them: the arcs of a hash ring.

Ceilometer up to Ocata (its utils.py) and every aodh (its coordination.py) put each member at 100 points of a ring of
32 bits; ceilometer since Pike leaves it to tooz (its hashring.py), which has 32 points and a ring of 128 bits. Which
one it is, is seen by which of these files is installed; where none is, nothing is said.
"""

import hashlib
import os
import sys

#: What shows an agent's code, below one of Python's folders.
OLD_CEILOMETER, AODH = os.path.join('ceilometer', 'coordination.py'), os.path.join('aodh', 'coordination.py')
NEW_CEILOMETER, PARTITIONER = os.path.join('ceilometer', 'polling'), os.path.join('tooz', 'partitioner.py')


def shares(service, members, folders=None):
    """Return {member: its share of what there is to poll or evaluate, from 0 to 1}; {} where the ring is not known.

    Args:
        service: Of the agents.
        members: Their ids.
        folders: Where Python's packages are; by default those of this Python.
    """
    points, bits = {}, 0
    for member in members:
        if service == 'aodh-evaluator' and _has(AODH, folders):
            # Its members are bytes, which under Python 3 show themselves as such.
            name, bits = str(member.encode('utf-8')), 32
            points.update(classic_points(name, member))
        elif service != 'aodh-evaluator' and _has(OLD_CEILOMETER, folders):
            bits = 32
            points.update(classic_points(member, member))
        elif service == 'ceilometer-agent-central' and _has(NEW_CEILOMETER, folders) and _has(PARTITIONER, folders):
            bits = 128
            points.update(tooz_points(member))
    return arcs(points, 2 ** bits)


def arcs(points, size):
    """Return {member: its part of a ring of this size}; points: {point: member}, whose arc ends there."""
    found, before = {}, max(points) - size if points else 0
    for point in sorted(points):
        found[points[point]] = found.get(points[point], 0) + (point - before) / float(size)
        before = point
    return found


def classic_points(name, member):
    """Yield a member's (point, member) of a ring of 32 bits, by the name that is hashed for it."""
    for replica in range(100):
        digest = hashlib.md5(('%s-%s' % (name, replica)).encode('utf-8')).hexdigest()
        yield int(digest[:8], 16), member


def tooz_points(member):
    """Yield a member's (point, member) of a ring of 128 bits."""
    key = member.encode('utf-8')
    point = hashlib.md5(key)
    for _ in range(32):
        point.update(key)
        yield int(point.hexdigest(), 16), member


def _has(path, folders):
    return any(os.path.exists(os.path.join(folder, path)) for folder in (sys.path if folders is None else folders))

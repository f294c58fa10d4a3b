# SPDX-License-Identifier: Apache-2.0
"""Constraints of the CIB: where a resource has a place, and what it waits for."""

from ceilometer_redis.pacemaker.cib import ensure

#: Score of a resource on a controller; Fuel's own constraints have the same.
SCORE = '100'

#: Attributes by which constraints speak of a resource.
REFERENCES = ('rsc', 'with-rsc', 'first', 'then')


def find_location(cib, resource, node):
    """Return the constraint that places a resource on a node, or None.

    Fuel's ids and ours differ: the meaning counts.
    """
    for constraint in cib.findall('configuration/constraints/rsc_location'):
        if constraint.get('rsc') == resource and constraint.get('node') == node and constraint.get('score') == SCORE:
            return constraint
    return None


def add_location(cib, resource, node):
    """Have a resource on a node (Fuel's clusters are opt-in); return sentences of what was changed."""
    if find_location(cib, resource, node) is not None:
        return []
    ensure(cib.find('configuration/constraints'), 'rsc_location',
           {'id': '%s-on-%s' % (resource, node), 'rsc': resource, 'node': node, 'score': SCORE})
    return ['%s has a place on %s' % (resource, node)]


def remove_location(cib, resource, node):
    """Have no place for a resource on a node, which stops it there; return sentences of what was changed."""
    found = find_location(cib, resource, node)
    if found is None:
        return []
    cib.find('configuration/constraints').remove(found)
    return ['%s stops on %s' % (resource, node)]


def remove_locations_outside(cib, resource, controllers):
    """Have no constraint of a resource on a node that is no controller; return sentences of what was changed."""
    constraints, names, done = cib.find('configuration/constraints'), [found['fqdn'] for found in controllers], []
    for constraint in constraints.findall('rsc_location'):
        node = constraint.get('node')
        if constraint.get('rsc') == resource and node and node not in names:
            constraints.remove(constraint)
            done.append('%s has no place on %s any more' % (resource, node))
    return done


def remove_constraints(cib, unwanted):
    """Have no constraint for which unwanted(its id, the set of resources that it speaks of) is true."""
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        if unwanted(constraint.get('id', ''), set(constraint.get(name) for name in REFERENCES)):
            constraints.remove(constraint)


def transfer_constraints(cib, resource, successor, node=None):
    """Let the constraints of a resource speak of its successor.

    Args:
        cib: the CIB's root element.
        resource: the id of the primitive or clone that they speak of.
        successor: the id of the one that takes its place.
        node: the only node on which the place is kept, None for none; bans are kept on each.
    """
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        ban = constraint.get('score', '-').startswith('-')
        place = constraint.tag == 'rsc_location' and constraint.get('node') and not ban
        if place and constraint.get('rsc') == resource and constraint.get('node') != node:
            constraints.remove(constraint)
        for name in REFERENCES:
            if constraint.get(name) == resource:
                constraint.set(name, successor)
        for reference in constraint.iter('resource_ref'):
            if reference.get('id') == resource:
                reference.set('id', successor)

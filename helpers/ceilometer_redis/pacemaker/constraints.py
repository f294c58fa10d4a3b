"""Constraints of the CIB: where a resource has a place, and what it waits for."""

from ceilometer_redis.pacemaker.cib import ensure

#: Score of a clone on a controller; Fuel's own constraints have the same.
SCORE = '100'

#: Attributes by which constraints speak of a resource.
REFERENCES = ('rsc', 'with-rsc', 'first', 'then')


def location(cib, clone, node):
    """Return the constraint that places a clone on a node, or None. Fuel's ids and ours differ: the meaning counts."""
    for constraint in cib.findall('configuration/constraints/rsc_location'):
        if constraint.get('rsc') == clone and constraint.get('node') == node and constraint.get('score') == SCORE:
            return constraint
    return None


def add_location(cib, clone, node):
    """Have the clone on a node (Fuel's clusters are opt-in); return whether anything was changed."""
    if location(cib, clone, node) is not None:
        return False
    return ensure(cib.find('configuration/constraints'), 'rsc_location',
                  {'id': '%s-on-%s' % (clone, node), 'rsc': clone, 'node': node, 'score': SCORE})[1]


def remove_location(cib, clone, node):
    found = location(cib, clone, node)
    if found is not None:
        cib.find('configuration/constraints').remove(found)
    return found is not None


def set_location(cib, clone, node, taken=False):
    """Have a clone on a node, or (taken) stop it there; return sentences of what was changed."""
    if taken:
        return ['%s stops on %s' % (clone, node)] if remove_location(cib, clone, node) else []
    return ['%s has a place on %s' % (clone, node)] if add_location(cib, clone, node) else []


def remove_former_locations(cib, clone, controllers):
    """Have no constraint of a clone on a node that is no controller; return sentences of what was changed."""
    constraints, names, done = cib.find('configuration/constraints'), [found['fqdn'] for found in controllers], []
    for constraint in constraints.findall('rsc_location'):
        node = constraint.get('node')
        if constraint.get('rsc') == clone and node and node not in names:
            constraints.remove(constraint)
            done.append('%s has no place on %s any more' % (clone, node))
    return done


def remove_constraints(cib, unwanted):
    """Have no constraint for which unwanted(its id, the set of resources that it speaks of) is true."""
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        if unwanted(constraint.get('id', ''), set(constraint.get(name) for name in REFERENCES)):
            constraints.remove(constraint)


def retarget_constraints(cib, primitive, clone, node):
    """Let the constraints of a primitive speak of its clone; places on other nodes (not: bans) are dropped."""
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        place = constraint.tag == 'rsc_location' and constraint.get('node') and constraint.get('score', '-')[0] != '-'
        if place and constraint.get('rsc') == primitive and constraint.get('node') != node:
            constraints.remove(constraint)
        for name in REFERENCES:
            if constraint.get(name) == primitive:
                constraint.set(name, clone)
        for reference in constraint.iter('resource_ref'):
            if reference.get('id') == primitive:
                reference.set('id', clone)

"""Clones and the primitives in them."""

import xml.etree.ElementTree as ElementTree

from ceilometer_redis.pacemaker.cib import ensure, ensure_pair, find, parent_of
from ceilometer_redis.pacemaker.constraints import remove_constraints, retarget_constraints, set_location

#: Operations of the daemons' primitives: a monitor that is failed by a hung daemon, a start with room for the guard's
#: turn, a stop with room for a handover.
OPERATIONS = (('monitor', '10s', '20s'), ('start', '0', '180s'), ('stop', '0', '60s'))

#: What an operator may have set on a clone and means its primitive as well.
OPERATOR_METAS = ('is-managed', 'maintenance', 'target-role')


def clone_id(primitive):
    return 'clone_' + primitive


def add_clone(cib, primitive, **metas):
    """Have the clone of a primitive (in place: its definition stays as it is); return whether anything was changed."""
    clone, changed = find(cib, clone_id(primitive)), False
    if clone is None:
        element = find(cib, primitive)
        parent, clone = parent_of(cib, element), ElementTree.Element('clone', {'id': clone_id(primitive)})
        parent.insert(list(parent).index(element), clone)
        parent.remove(element)
        clone.append(element)
        changed = True
    attributes = clone.find('meta_attributes')
    if attributes is None:
        attributes = ElementTree.Element('meta_attributes', {'id': clone.get('id') + '-meta_attributes'})
        # The schema has a clone's attributes before its primitive.
        clone.insert(0, attributes)
    for name, value in sorted(metas.items()):
        changed = ensure_pair(attributes, name, value) or changed
    return changed


def define_daemon(cib, primitive, agent, parameters):
    """Have one daemon's primitive in its clone; return sentences of what was changed.

    What an operator added (target-role, is-managed) stays.
    """
    definition = {'id': primitive, 'class': 'ocf', 'provider': 'ceilometer-redis', 'type': agent}
    changes = []
    if find(cib, primitive) is None:
        ensure(cib.find('configuration/resources'), 'primitive', definition)
        changes.append(True)
    changes.append(add_clone(cib, primitive, interleave='true'))
    element, changed = ensure(find(cib, clone_id(primitive)), 'primitive', definition)
    changes.append(changed)
    for name, value in sorted(parameters.items()):
        attributes, _ = ensure(element, 'instance_attributes', {'id': primitive + '-instance_attributes'})
        changes.append(ensure_pair(attributes, name, value))
    metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
    # A failure that is over leaves Pacemaker's list by itself.
    changes.append(ensure_pair(metas, 'failure-timeout', '60s'))
    operations = element.find('operations')
    if operations is None:
        operations = ElementTree.SubElement(element, 'operations')
    for name, interval, timeout in OPERATIONS:
        changes.append(ensure(operations, 'op', {'id': '%s-%s' % (primitive, name), 'name': name, 'interval': interval,
                                                 'timeout': timeout})[1])
    return ['%s is defined' % clone_id(primitive)] if any(changes) else []


def make_primitive(cib, primitive, places, without):
    """Have a simple primitive instead of a clone, in place, with places and without some; return sentences."""
    clone, done = find(cib, clone_id(primitive)), []
    if clone is not None:
        element, parent = clone.find('primitive'), parent_of(cib, clone)
        parent.insert(list(parent).index(clone), element)
        parent.remove(clone)
        for pair in clone.findall('meta_attributes/nvpair'):
            if pair.get('name') in OPERATOR_METAS:
                metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
                ensure_pair(metas, pair.get('name'), pair.get('value'))
        retarget_constraints(cib, clone.get('id'), primitive, None)
        done.append('%s is a simple primitive' % primitive)
    for node in places + without:
        done += set_location(cib, primitive, node, taken=node in without)
    return done


def remove_clone(cib, primitive):
    """Have neither the clone of a primitive nor a constraint on it; return sentences of what was changed."""
    clone = find(cib, clone_id(primitive))
    if clone is None:
        return []
    remove_constraints(cib, lambda _, resources: resources & set([clone_id(primitive), primitive]))
    parent_of(cib, clone).remove(clone)
    return ['%s is removed' % clone_id(primitive)]

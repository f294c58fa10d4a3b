# SPDX-License-Identifier: Apache-2.0
"""Clones and the primitives in them."""

import xml.etree.ElementTree as ElementTree

from ceilometer_redis.errors import BadInput
from ceilometer_redis.pacemaker.cib import ensure, ensure_nvpair, find_resource, parent_of
from ceilometer_redis.pacemaker.constraints import (
    remove_constraints,
    transfer_constraints,
)

#: Operations of the daemons' primitives by their OCF agent: name, interval, timeout. Pacemaker waits with everything
#: else for an action under way, so none may take longer than it needs: a redis server's start loads its data and may
#: wait for a successor, its stop has room for a handover; the rest takes moments, and gets those of a loaded host.
OPERATIONS = {
    'redis-server': (('monitor', '10s', '20s'), ('start', '0', '180s'), ('stop', '0', '60s')),
    'redis-sentinel': (('monitor', '10s', '20s'), ('start', '0', '60s'), ('stop', '0', '30s')),
    'guard': (('monitor', '10s', '20s'), ('start', '0', '60s'), ('stop', '0', '30s')),
}

#: What an operator may have set on a clone and means its primitive as well.
OPERATOR_METAS = ('is-managed', 'maintenance', 'target-role')


def clone_id(primitive):
    """Return the id of a primitive's clone."""
    return 'clone_' + primitive


def make_clone(cib, primitive, **metas):
    """Have a clone instead of a simple primitive, in place; return whether anything was changed.

    Args:
        cib: the CIB's root element.
        primitive: its id; its definition stays as it is.
        metas: the clone's meta attributes.

    Raises:
        BadInput: the primitive is in another clone, or in a group.
    """
    refuse_other_parents(cib, primitive)
    clone, changed = find_resource(cib, clone_id(primitive)), False
    if clone is None:
        element = find_resource(cib, primitive)
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
        changed = ensure_nvpair(attributes, name, value) or changed
    return changed


def refuse_other_parents(cib, primitive):
    """Raise BadInput if a primitive is part of something else than its own clone: an operator's clone or group."""
    element = find_resource(cib, primitive)
    parent = None if element is None else parent_of(cib, element)
    if parent is not None and parent.tag != 'resources' and parent.get('id') != clone_id(primitive):
        raise BadInput('%s in Pacemaker' % primitive, 'be by itself or in %s' % clone_id(primitive),
                       'in the %s %s' % (parent.tag, parent.get('id')), 'take it out of it, then deploy again')


def define_clone(cib, primitive, agent, parameters):
    """Have the clone of a daemon that an OCF agent of the plugin runs; return sentences of what was changed.

    What an operator added (target-role, is-managed) stays.

    Args:
        cib: the CIB's root element.
        primitive: the id of the primitive in the clone.
        agent: the name of the OCF agent.
        parameters: the OCF agent's, by name.

    Raises:
        BadInput: there is such a primitive in another clone, or in a group.
    """
    definition = {'id': primitive, 'class': 'ocf', 'provider': 'ceilometer-redis', 'type': agent}
    changes = []
    if find_resource(cib, primitive) is None:
        ensure(cib.find('configuration/resources'), 'primitive', definition)
        changes.append(True)
    changes.append(make_clone(cib, primitive, interleave='true'))
    element, changed = ensure(find_resource(cib, clone_id(primitive)), 'primitive', definition)
    changes.append(changed)
    for name, value in sorted(parameters.items()):
        attributes, _ = ensure(element, 'instance_attributes', {'id': primitive + '-instance_attributes'})
        changes.append(ensure_nvpair(attributes, name, value))
    metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
    # A failure that is over leaves Pacemaker's list by itself.
    changes.append(ensure_nvpair(metas, 'failure-timeout', '60s'))
    operations = element.find('operations')
    if operations is None:
        operations = ElementTree.SubElement(element, 'operations')
    for name, interval, timeout in OPERATIONS[agent]:
        changes.append(ensure(operations, 'op', {'id': '%s-%s' % (primitive, name), 'name': name, 'interval': interval,
                                                 'timeout': timeout})[1])
    return ['%s is defined' % clone_id(primitive)] if any(changes) else []


def make_primitive(cib, primitive):
    """Have a simple primitive instead of its clone, in place; return sentences of what was changed.

    Its definition stays as it is, but for what an operator said of the clone; the clone's places are gone.

    Raises:
        BadInput: the primitive is in another clone, or in a group.
    """
    refuse_other_parents(cib, primitive)
    clone, done = find_resource(cib, clone_id(primitive)), []
    if clone is not None:
        element, parent = clone.find('primitive'), parent_of(cib, clone)
        parent.insert(list(parent).index(clone), element)
        parent.remove(clone)
        for pair in clone.findall('meta_attributes/nvpair'):
            if pair.get('name') in OPERATOR_METAS:
                metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
                ensure_nvpair(metas, pair.get('name'), pair.get('value'))
        transfer_constraints(cib, clone.get('id'), primitive)
        done.append('%s is a simple primitive' % primitive)
    return done


def remove_clone(cib, primitive):
    """Have neither the clone of a primitive nor a constraint on it; return sentences of what was changed."""
    clone = find_resource(cib, clone_id(primitive))
    if clone is None:
        return []
    remove_constraints(cib, lambda _, resources: resources & set([clone_id(primitive), primitive]))
    parent_of(cib, clone).remove(clone)
    return ['%s is removed' % clone_id(primitive)]

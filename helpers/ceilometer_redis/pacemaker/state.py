# SPDX-License-Identifier: Apache-2.0
"""What the CIB says of the cluster's state: which nodes are off, what runs where, what Pacemaker leaves alone."""

import re

from ceilometer_redis.errors import NotDone

#: Words that Pacemaker takes for yes and for no (crm_str_to_boolean).
YES, NO = ('true', 'on', 'yes', 'y', '1'), ('false', 'off', 'no', 'n', '0')


def offline(cib):
    """Return the names of the nodes that are off, if this partition has quorum; else nobody is known to be."""
    if cib.get('have-quorum') != '1':
        return []
    # in_ccm is 'true' or 'false', since Pacemaker 2.1.7 the time of joining or 0.
    return [state.get('uname') for state in cib.findall('status/node_state') if state.get('in_ccm') in ('false', '0')]


def operations(cib, primitive, node):
    """Return the operations (lrm_rsc_op) that started, stopped or found the primitive on a node."""
    return [operation for state in cib.findall('status/node_state') if state.get('uname') == node
            for resource in state.findall('lrm/lrm_resources/lrm_resource')
            if resource.get('id', '').split(':')[0] == primitive
            for operation in resource.findall('lrm_rsc_op') if operation.get('interval', '0') == '0']


def last_operation(cib, primitive, node):
    """Return the last of the operations, or None."""
    found = operations(cib, primitive, node)
    return max(found, key=lambda operation: number(operation.get('call-id'))) if found else None


def has_pending_operation(cib, primitive, node):
    """Return whether an operation on the primitive has begun on a node and not ended.

    Pacemaker of today has it in the place of the one before (2.1.5); an older one keeps that until the new one ends.
    """
    return any(operation.get('op-status') == '-1' for operation in operations(cib, primitive, node))


def started_at(cib, primitive, node):
    """Return when the primitive was started on a node, in seconds since the epoch, or None if it does not run there.

    A recurring monitor is not asked: Pacemaker keeps only its last change, which is later than the start.
    """
    operation = last_operation(cib, primitive, node)
    if operation is None or operation.get('rc-code') != '0' or operation.get('operation') not in ('start', 'monitor'):
        return None
    return number(operation.get('last-rc-change'))


def running(cib, instances):
    """Return those (primitive, node) of which an instance runs; what is on a node that is off does not."""
    off = offline(cib)
    return [(primitive, node) for primitive, node in instances if node not in off and started_at(cib, primitive, node)]


def refuse_unmanaged(cib, instances):
    """Raise NotDone if Pacemaker leaves one of these (primitive, node) alone, so that nobody waits for it in vain."""
    for primitive, node in instances:
        reason = why_unmanaged(cib, primitive, node)
        if reason:
            raise NotDone('%s: Pacemaker leaves %s on %s alone. Change that, then try again'
                          % (reason, primitive, node))


def why_unmanaged(cib, primitive, node):
    """Return what makes Pacemaker leave a primitive on a node alone, as `name is value`; None if it manages it."""
    nodes = [element for path in ('configuration/nodes/node', 'status/node_state') for element in cib.findall(path)
             if element.get('uname') == node]
    resources = [element for element in cib.find('configuration/resources').iter()
                 if any(inner.get('id') == primitive for inner in element.iter('primitive'))]
    found = [('maintenance-mode', YES, cib.findall('configuration/crm_config//nvpair')),
             ('is-managed-default', NO, cib.findall('configuration/crm_config//nvpair')),
             ('is-managed', NO, cib.findall('configuration/rsc_defaults//nvpair')),
             ('maintenance', YES, [pair for element in nodes for pair in element.iter('nvpair')])]
    metas = [pair for element in resources for pair in element.findall('meta_attributes/nvpair')]
    found += [('maintenance', YES, metas), ('is-managed', NO, metas)]
    for name, words, pairs in found:
        for pair in pairs:
            if pair.get('name') == name and (pair.get('value') or '').lower() in words:
                return '%s is %s' % (name, pair.get('value'))
    return None


def number(text):
    """Return the whole number of an attribute; 0 where Pacemaker says none."""
    return int(text) if re.match(r'[0-9]{1,18}\Z', text or '') else 0

# SPDX-License-Identifier: Apache-2.0
"""Attributes of nodes: permanent ones, and what is said of transient ones."""

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker.cib import ensure, ensure_nvpair

#: The node attribute of a controller whose agents have stopped for the plugin's withdrawal.
LEAVING = 'ceilometer-redis-leaving'

#: The node attribute that says which existing service the agents of a controller share; none: the store deployed here.
SERVICE = 'ceilometer-redis-service'


def _pairs(cib, node, name):
    """Return [(instance_attributes, nvpair)] of a permanent attribute of a node: one or none."""
    return [(attributes, pair) for element in cib.findall('configuration/nodes/node') if element.get('uname') == node
            for attributes in element.findall('instance_attributes') for pair in attributes.findall('nvpair')
            if pair.get('name') == name]


def get(cib, node, name):
    """Return the value of a permanent attribute of a node, None if it has none."""
    for _, pair in _pairs(cib, node, name):
        return pair.get('value')
    return None


def get_transient(cib, node, name):
    """Return the value of a transient attribute of a node, None if it has none."""
    for state in cib.findall('status/node_state'):
        for pair in state.findall('transient_attributes/instance_attributes/nvpair'):
            if (state.get('uname'), pair.get('name')) == (node, name):
                return pair.get('value')
    return None


def put(cib, node, name, value):
    """Have a permanent attribute of a node; return whether anything was changed.

    Raises:
        NotDone: Pacemaker knows no such node.
    """
    if get(cib, node, name) == value:
        return False
    remove(cib, node, name)
    nodes = [element for element in cib.findall('configuration/nodes/node') if element.get('uname') == node]
    if not nodes:
        raise NotDone('Pacemaker knows no node %s' % node)
    element = nodes[0]
    attributes, _ = ensure(element, 'instance_attributes', {'id': 'nodes-' + element.get('id')})
    return ensure_nvpair(attributes, name, value)


def remove(cib, node, name):
    """Have no such attribute of a node; return whether anything was changed."""
    found = _pairs(cib, node, name)
    for attributes, pair in found:
        attributes.remove(pair)
    return bool(found)


def is_leaving(cib, node):
    """Return whether a controller has the mark that it leaves."""
    return get(cib, node, LEAVING) is not None


def mark_leaving(cib, node):
    """Have the mark that a controller leaves; return whether anything was changed."""
    return put(cib, node, LEAVING, '1')


def unmark_leaving(cib, node):
    """Have no mark that a controller leaves; return whether anything was changed."""
    return remove(cib, node, LEAVING)

# SPDX-License-Identifier: Apache-2.0
"""The nodes of the environment as Fuel's data describe them: who is a controller, who a compute node, at which address.

A node described is {'name', 'fqdn', 'primary'}, a controller has its 'address' as well. All functions raise BadInput
about data of another shape, naming their key.
"""

import re

from ceilometer_redis.errors import BadInput, as_text, quoted
from ceilometer_redis.fuel import networks
from ceilometer_redis.fuel.astute import Part

#: Roles by Fuel's names for them.
CONTROLLER = frozenset(['primary-controller', 'controller'])
COMPUTE = 'compute'

#: Names of nodes; they go into files, commands and messages.
HOST = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,254}\Z')

#: Networks by the names of Fuel's network roles, in the order in which a node's address is looked for.
NETWORKS = ('ceilometer/api', 'management')


def controllers(astute):
    """Return all controllers, described, in the order of their numbers.

    Raises:
        BadInput: Not one of them is primary, or two share what each has of its own.
    """
    given = _by_number(node for node in _nodes(astute) if CONTROLLER & set(_roles(node)))
    found = [dict(_described(node), address=_address(node)) for node in given]
    primaries = [controller['name'] for controller in found if controller['primary']]
    if len(primaries) != 1:
        raise BadInput('network_metadata.nodes', 'have exactly one primary-controller',
                       '%d%s' % (len(primaries), ' (%s)' % ', '.join(primaries) if primaries else ''))
    names = [controller['name'] for controller in found]
    _refuse_twins('uid', [int(node.text('uid')) for node in given], names)
    _refuse_twins('name', names, names)
    # Names of hosts that differ in their capitals alone are one.
    _refuse_twins('fqdn', [controller['fqdn'].lower() for controller in found], names)
    _refuse_twins('address', [controller['address'] for controller in found], names)
    return found


def this_controller(astute, controllers):
    """Return which of the controllers this node is.

    Raises:
        BadInput: It is none.
    """
    names = [node.text('fqdn') for node in _own(astute)] or [Part(astute).text('fqdn')]
    for controller in controllers:
        if controller['fqdn'] in names:
            return dict(controller)
    raise BadInput('uid', 'be the number of a controller or a compute node',
                   '%s (%s)' % (quoted(astute.get('uid')), names[0]))


def is_compute(astute):
    """Return whether this node is a compute node and no controller, which coordinates anyhow."""
    return any(_is_compute_only(node) for node in _own(astute))


def this_compute(astute):
    """Return this compute node, described."""
    return _described(_own(astute)[0])


def client_address(astute, controllers):
    """Return the address from which this compute node connects to the controllers.

    Raises:
        BadInput: It has none on their network.
    """
    return _client_address(astute, _own(astute)[0], controllers)


def client_addresses(astute, controllers):
    """Return the addresses from which the compute nodes connect to the controllers, in the order of their numbers.

    Raises:
        BadInput: One has none on their network.
    """
    return [_client_address(astute, node, controllers)
            for node in _by_number(node for node in _nodes(astute) if _is_compute_only(node))]


def _client_address(astute, node, controllers):
    """Return a node's address on the network of the controllers, or of its rack for it: it connects from there.

    A network template may have that network on controllers alone, or give the node its `ceilometer/api` elsewhere.
    """
    theirs = [controller['address'] for controller in controllers]
    reaching = networks.reaching(astute, theirs)
    if reaching is None:
        return _address(node)
    roles = node.part('network_roles')
    for role in list(NETWORKS) + sorted(set(roles.values) - set(NETWORKS), key=lambda key: as_text(key) or ''):
        own = networks.parse_address(roles.values.get(role))
        if own and any(networks.contains(network, own) for network in reaching):
            return own
    raise BadInput('coordinate_compute', 'be off',
                   advice="%s has no address on the network of the controllers' ceilometer/api (%s)"
                   % (node.text('name'), ', '.join(theirs)))


def _address(node):
    roles = node.part('network_roles')
    role = next((role for role in NETWORKS if role in roles.values), NETWORKS[-1])
    found = networks.parse_address(roles.values.get(role))
    if not found:
        raise roles.refusal(role, 'be an IP address', quoted(roles.values.get(role)))
    if networks.is_own(found):
        raise roles.refusal(role, 'be an address by which others reach the node', quoted(found))
    return found


def _nodes(astute):
    return Part(astute).part('network_metadata').part('nodes').parts()


def _own(astute):
    """Return Fuel's data of this node, in a list; an empty one if they have no such number."""
    uid = Part(astute).text('uid')
    return [node for node in _nodes(astute) if uid and node.text('uid') == uid]


def _roles(node):
    return node.texts('node_roles')


def _is_compute_only(node):
    return COMPUTE in _roles(node) and not CONTROLLER & set(_roles(node))


def _by_number(nodes):
    found = list(nodes)
    for node in found:
        if not re.match(r'[0-9]{1,9}\Z', node.text('uid')):
            raise node.refusal('uid', 'be a number', quoted(node.text('uid')))
    return sorted(found, key=lambda node: (int(node.text('uid')), node.text('name')))


def _described(node):
    for key in ('name', 'fqdn'):
        if not HOST.match(node.text(key)):
            raise node.refusal(key, 'be the name of a host', quoted(node.text(key)))
    return {
        'name': node.text('name'),
        'fqdn': node.text('fqdn'),
        'primary': 'primary-controller' in _roles(node),
    }


def _refuse_twins(key, values, names):
    """Raise BadInput if two controllers, by their names, have one value."""
    seen = {}
    for value, name in zip(values, names):
        if value in seen:
            raise BadInput('network_metadata.nodes', 'have another %s for each controller' % key,
                           advice='%s and %s share %s' % (seen[value], name, value))
        seen[value] = name

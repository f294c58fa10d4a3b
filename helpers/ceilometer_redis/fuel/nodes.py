"""The nodes of the environment as Fuel's data describe them: who is a controller, who a compute node, at which address.

A node described is {'name', 'fqdn', 'primary'}, a controller has its 'address' as well. All functions raise BadInput
naming the key of Fuel's data.
"""

import re

from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import networks
from ceilometer_redis.fuel.astute import Part

# Roles by Fuel's names for them.
CONTROLLER = frozenset(['primary-controller', 'controller'])
COMPUTE = 'compute'

# Networks by the names of Fuel's network roles, in the order in which a node's address is looked for.
NETWORKS = ('ceilometer/api', 'management')


def controllers(astute):
    """All controllers, described, by their numbers."""
    given = _by_number(node for node in _nodes(astute) if CONTROLLER & set(_roles(node)))
    found = [dict(_described(node), address=_address(node)) for node in given]
    primaries = [controller['name'] for controller in found if controller['primary']]
    if len(primaries) != 1:
        raise BadInput('network_metadata.nodes', 'must have exactly one primary-controller, not %d%s'
                       % (len(primaries), ' (%s)' % ', '.join(primaries) if primaries else ''))
    names = [controller['name'] for controller in found]
    _refuse_twins('uid', [int(node.text('uid')) for node in given], names)
    _refuse_twins('name', names, names)
    # Names of hosts that differ in their capitals alone are one.
    _refuse_twins('fqdn', [controller['fqdn'].lower() for controller in found], names)
    _refuse_twins('address', [controller['address'] for controller in found], names)
    return found


def this_controller(astute, controllers):
    """Which of the controllers this node is."""
    names = [node.text('fqdn') for node in _own(astute)] or [Part(astute).text('fqdn')]
    for controller in controllers:
        if controller['fqdn'] in names:
            return dict(controller)
    raise BadInput('uid', "must be the number of a controller or a compute node, not '%s' (%s)"
                   % (astute.get('uid'), names[0]))


def is_compute(astute):
    """Whether this node is a compute node and no controller, which coordinates anyhow."""
    return any(_is_compute_only(node) for node in _own(astute))


def this_compute(astute):
    """This compute node, described."""
    return _described(_own(astute)[0])


def client(astute, controllers):
    """The address from which this compute node connects to the controllers."""
    return _client(astute, _own(astute)[0], controllers)


def clients(astute, controllers):
    """The addresses from which the compute nodes connect to the controllers, by the nodes' numbers."""
    return [_client(astute, node, controllers)
            for node in _by_number(node for node in _nodes(astute) if _is_compute_only(node))]


def _client(astute, node, controllers):
    """A node's address on the network of the controllers, or of its rack for it: it connects from there.

    A network template may have that network on controllers alone, or give the node its `ceilometer/api` elsewhere.
    """
    theirs = [controller['address'] for controller in controllers]
    reaching = networks.reaching(astute, theirs)
    if reaching is None:
        return _address(node)
    roles = node.part('network_roles')
    for role in list(NETWORKS) + sorted(set(roles.values) - set(NETWORKS), key=str):
        own = networks.address(roles.values.get(role))
        if own and any(networks.holds(network, own) for network in reaching):
            return own
    raise BadInput('coordinate_compute', "must be off: %s has no address on the network of the controllers' "
                   'ceilometer/api (%s)' % (node.text('name'), ', '.join(theirs)))


def _address(node):
    roles = node.part('network_roles')
    role = next((role for role in NETWORKS if role in roles.values), NETWORKS[-1])
    found = networks.address(roles.values.get(role))
    if not found:
        raise roles.refusal(role, "must be an IP address, not '%s'" % roles.values.get(role))
    if networks.is_own(found):
        raise roles.refusal(role, 'must be an address by which others reach the node, not %s' % found)
    return found


def _nodes(astute):
    return Part(astute).part('network_metadata').part('nodes').parts()


def _own(astute):
    """Fuel's data of this node, in a list; an empty one if they have no such number."""
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
            raise node.refusal('uid', "must be a number, not '%s'" % node.text('uid'))
    return sorted(found, key=lambda node: (int(node.text('uid')), node.text('name')))


def _described(node):
    for key in ('name', 'fqdn'):
        if not node.text(key):
            raise node.refusal(key, 'must be a name, none is given')
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
            raise BadInput('network_metadata.nodes', 'must have one %s for each controller, %s and %s share %s'
                           % (key, seen[value], name, value))
        seen[value] = name

# SPDX-License-Identifier: Apache-2.0
"""The address from which a compute node connects to the controllers, by the data that controllers and the node have."""

import pytest
import recorded

from ceilometer_redis.deployment import build as building
from ceilometer_redis.errors import BadInput

# A controller and the compute node of an environment, and the addresses that controllers have there on the storage
# network.
HERE = {
    '7.0': ('7.0/node-1.', '7.0/node-7.compute', '192.168.0.1', '192.168.1.1'),
    '9.2': ('9.2/node-2.', '9.2/node-6.', '192.168.0.2', '192.168.1.2'),
    '11.0': ('11.0/node-47.', '11.0/node-50.', '192.168.0.56', '192.168.1.36'),
}


def nodes(data):
    return data['network_metadata']['nodes'].values()


def computes(data):
    return [node for node in nodes(data) if 'compute' in node['node_roles']]


def controllers(data):
    return [node for node in nodes(data) if set(node['node_roles']) & set(['controller', 'primary-controller'])]


def as_recorded(data):
    pass


def without_role(data):
    """`ceilometer/api` is a network of controllers alone: the management network still."""
    for node in computes(data):
        del node['network_roles']['ceilometer/api']
        node['network_roles']['management'] = '192.168.0.9'
    rename(data, '9')


def with_role_elsewhere(data):
    """The compute node has all that controllers have on one network on another."""
    for node in computes(data):
        node['network_roles'] = {'ceilometer/api': '10.77.0.9', 'management': '10.77.0.9', 'storage': '192.168.1.9'}
    bridge = data['network_scheme']['endpoints']['br-mgmt']
    bridge['routes'] = [{'net': '0.0.0.0/0', 'via': '192.168.0.1'}]
    if any(node['uid'] == data['uid'] for node in computes(data)):
        bridge['IP'] = ['10.77.0.9/24']


def on_storage(data):
    """`ceilometer/api` of the controllers is on the storage network, which compute nodes have for storage alone."""
    for node in controllers(data):
        node['network_roles']['ceilometer/api'] = node['network_roles']['storage']
    for node in computes(data):
        del node['network_roles']['ceilometer/api']


def on_storage_of_controllers(data):
    on_storage(data)
    for node in computes(data):
        node['network_roles']['ceilometer/api'] = node['network_roles']['management']


def on_network_of_their_own(data):
    """`ceilometer/api` of the controllers is on a network where no other node is."""
    for node in controllers(data):
        last = node['network_roles']['management'].rpartition('.')[2]
        node['network_roles']['ceilometer/api'] = '10.5.0.' + last
    scheme = data['network_scheme']
    if any(node['uid'] == data['uid'] for node in controllers(data)):
        scheme['roles']['ceilometer/api'] = 'br-meter'
        scheme['endpoints']['br-meter'] = {'IP': ['10.5.0.250/24']}
    for node in computes(data):
        del node['network_roles']['ceilometer/api']


def rename(data, last):
    """Let the compute node have another management address in its own scheme, too."""
    if any(node['uid'] == data['uid'] for node in computes(data)):
        data['network_scheme']['endpoints']['br-mgmt']['IP'] = ['192.168.0.%s/24' % last]


def in_another_rack(data):
    """The compute node's management network is another one; Fuel makes routes between the two."""
    for node in computes(data):
        node['network_roles'].update({'ceilometer/api': '192.168.40.9', 'management': '192.168.40.9'})
    bridge = data['network_scheme']['endpoints']['br-mgmt']
    if any(node['uid'] == data['uid'] for node in computes(data)):
        bridge.update({'IP': ['192.168.40.9/24'], 'routes': [{'net': '192.168.0.0/24', 'via': '192.168.40.1'}]})
    else:
        bridge['routes'] = [{'net': '192.168.40.0/24', 'via': '192.168.0.1'}, 'of another shape', {'net': None}]


def without_scheme(data):
    del data['network_scheme']


def without_scheme_and_role(data):
    without_scheme(data)
    for node in computes(data):
        del node['network_roles']['ceilometer/api']


def ipv6(data):
    for number, node in enumerate(sorted(nodes(data), key=lambda node: int(node['uid']))):
        node['network_roles']['ceilometer/api'] = 'FD00:0::%d' % number
        if 'compute' in node['node_roles']:
            node['network_roles'] = {'management': '192.168.0.9', 'other': 'fd00::99'}
    data['network_scheme']['endpoints'] = {
        'br-mgmt': {'IP': ['192.168.0.250/24', 'fd00::250/64', 'fd00::/129', 'x/64', 6], 'routes': 'none'}}


def built(name, change, **settings):
    data = recorded.data(name, coordinate_compute=True, **settings)
    change(data)
    return building.build(data, (9, 1, 0))


@pytest.mark.parametrize('version', sorted(HERE))
@pytest.mark.parametrize('change, expected', [
    (as_recorded, 'management'),
    (without_role, '192.168.0.9'),
    (on_storage, 'storage'),
    (on_storage_of_controllers, 'storage'),
    (in_another_rack, '192.168.40.9'),
    (without_scheme, 'management'),
    (without_scheme_and_role, 'management'),
    (ipv6, 'fd00::99'),
])
def test_a_compute_node_connects_from_its_address_on_the_controllers_network(version, change, expected):
    controller, compute, management, storage = HERE[version]
    address = {'management': management, 'storage': storage}.get(expected, expected)
    assert built(controller, change)['clients'] == [address]
    assert built(compute, change)['node']['address'] == address


@pytest.mark.parametrize('version', sorted(HERE))
@pytest.mark.parametrize('change', [on_network_of_their_own, with_role_elsewhere])
def test_without_such_an_address_compute_agents_cannot_coordinate_and_the_setting_is_named(version, change):
    for name in HERE[version][:2]:
        with pytest.raises(BadInput) as refused:
            built(name, change)
        assert refused.value.field == 'coordinate_compute'
        assert str(refused.value).startswith('coordinate_compute must be off: node-')
        assert "has no address on the network of the controllers' ceilometer/api (" in str(refused.value)


@pytest.mark.parametrize('version', sorted(HERE))
@pytest.mark.parametrize('change', [on_network_of_their_own, with_role_elsewhere])
def test_nobody_needs_that_address_while_they_do_not_or_use_an_existing_service(version, change):
    for settings in ({'coordinate_compute': False}, {'store': 'existing', 'backend_url': 'memcached://10.0.0.9'}):
        controller, compute, _, _ = HERE[version]
        data = recorded.data(controller, **settings)
        change(data)
        assert building.build(data)['clients'] == []
        data = recorded.data(compute, **settings)
        change(data)
        for node in computes(data):
            node['network_roles'] = None
        assert 'address' not in building.build(data)['node']


@pytest.mark.parametrize('keys, value, must', [
    (('network_scheme',), [], 'must be a mapping, not a list'),
    (('network_scheme', 'endpoints'), ['br-mgmt'], 'must be a mapping, not a list'),
    (('network_scheme', 'endpoints', 'br-mgmt'), 'none', 'must be a mapping, not a text'),
    (('network_metadata', 'nodes', 'node-6', 'network_roles'), [], 'must be a mapping, not a list'),
])
def test_networks_of_another_shape_are_refused_by_the_key(keys, value, must):
    data = recorded.data('9.2/node-1.', coordinate_compute=True)
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(BadInput) as refused:
        building.build(data)
    assert str(refused.value) == '%s %s' % ('.'.join(keys), must)


def test_an_address_of_a_compute_node_that_is_none_is_refused_when_its_networks_are_not_known():
    data = recorded.data('9.2/node-1.', coordinate_compute=True)
    without_scheme_and_role(data)
    data['network_metadata']['nodes']['node-6']['network_roles']['management'] = None
    with pytest.raises(BadInput) as refused:
        building.build(data)
    assert refused.value.field == 'network_metadata.nodes.node-6.network_roles.management'

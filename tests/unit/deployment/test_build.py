# SPDX-License-Identifier: Apache-2.0
"""From what real Nailguns serialise (tests/data/astute) to the deployment."""

import copy

import pytest
import recorded
from deployments import ZOOKEEPER, keep
from recorded import PASSWORD
from recorded import data as astute

from ceilometer_redis.deployment import build, document, parts
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import astute as fuels_data


def controller(number, address, primary=False):
    return {'name': 'node-%d' % number, 'fqdn': 'node-%d.example.com' % number, 'address': '192.168.0.%d' % address,
            'primary': primary}


NODES = {1: controller(1, 5, True), 2: controller(2, 4), 3: controller(3, 3)}
URL = 'redis://:S3cretS3cret@%s:26379?sentinel=ceilometer-redis&sentinel_fallback=%s:26379&sentinel_fallback=%s:26379' \
      '&db=0&timeout=10&membership_timeout=60&socket_timeout=5'

ALARM_EVALUATOR = {
    'p_ceilometer-alarm-evaluator': {'service': 'ceilometer-alarm-evaluator', 'config': 'ceilometer'}}
AODH_EVALUATOR = {'p_aodh-evaluator': {'service': 'aodh-evaluator', 'config': 'aodh'}}


@pytest.mark.parametrize('version, fuel, openstack, evaluator, first, addresses', [
    ('7.0', '7.0', '2015.1.0-7.0', ALARM_EVALUATOR, 1, (5, 4, 3)),
    ('8.0', '8.0', 'liberty-8.0', ALARM_EVALUATOR, 1, (5, 4, 3)),
    ('9.2', '9.1', 'mitaka-9.0', AODH_EVALUATOR, 1, (5, 4, 3)),
    ('10.0', '10.0', 'newton-10.0', AODH_EVALUATOR, 50, (53, 54, 55)),
    ('11.0', '11.0', 'ocata-11.0', AODH_EVALUATOR, 47, (53, 54, 55)),
])
@pytest.mark.parametrize('here', [0, 1, 2])
def test_each_controller_of_each_fuel_gets_its_deployment(tmpdir, version, fuel, openstack, evaluator, first, addresses,
                                                          here):
    node = recorded.Node(tmpdir)
    node.put(recorded.files('%s/node-%d.*controller' % (version, first + here)))
    data = fuels_data.read(*node.places)
    data['ceilometer-redis'].update(redis_password=PASSWORD)
    controllers = [controller(first + other, addresses[other], other == 0) for other in range(3)]
    own_first = sorted(controllers, key=lambda other: other['name'] != controllers[here]['name'])
    assert build.build(data) == {
        'environment': {'fuel_version': fuel, 'openstack_version': openstack},
        'node': controllers[here],
        'controllers': controllers,
        'addresses': [other['address'] for other in controllers],
        'clients': [],
        'redis': {'port': 6379, 'password': PASSWORD, 'min_slaves_to_write': 1, 'min_slaves_max_lag': 10},
        'sentinel': {'port': 26379, 'master_name': 'ceilometer-redis', 'quorum': 2, 'down_after': 5000,
                     'failover_timeout': 15000, 'parallel_syncs': 1},
        'coordination': {'backend_url': URL % tuple(other['address'] for other in own_first)},
        'agents': dict({'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'}},
                       **evaluator),
        'options': {},
        'services': [],
        'guard': True,
    }


PARTITIONED = {'notification/workload_partitioning': {'value': 'true'}}
QUEUES = {'notification/pipeline_processing_queues': {'value': '10'}}


@pytest.mark.parametrize('name, options', [
    ('7.0/node-1.', PARTITIONED),
    ('8.0/node-2.', dict(PARTITIONED, **QUEUES)),
    ('9.2/node-3.', dict(PARTITIONED, **QUEUES)),
    ('10.0/node-50.', dict(PARTITIONED, **QUEUES)),
    ('11.0/node-49.', dict(PARTITIONED, **QUEUES)),
])
def test_notification_agents_coordinate_when_ticked_with_the_options_their_release_has(name, options):
    built = build.build(astute(name, coordinate_notification=True))
    assert (built['options'], built['services']) == (options, ['ceilometer-agent-notification'])


PARTITIONED_INSTANCES = {'compute/workload_partitioning': {'value': 'true'}}
DISCOVERY = {'compute/instance_discovery_method': {'value': 'workload_partitioning'}}


@pytest.mark.parametrize('name, service, options, addresses', [
    ('7.0/node-7.compute', 'ceilometer-agent-compute', PARTITIONED_INSTANCES, (5, 4, 3)),
    ('8.0/node-7.compute', 'ceilometer-agent-compute', PARTITIONED_INSTANCES, (5, 4, 3)),
    ('8.0/node-7.cinder', 'ceilometer-agent-compute', PARTITIONED_INSTANCES, (5, 4, 3)),
    ('9.2/node-6.', 'ceilometer-polling', PARTITIONED_INSTANCES, (5, 4, 3)),
    ('10.0/node-53.', 'ceilometer-polling', PARTITIONED_INSTANCES, (53, 54, 55)),
    ('11.0/node-50.', 'ceilometer-polling', DISCOVERY, (53, 54, 55)),
])
def test_a_compute_node_gets_what_its_agent_needs_when_ticked_and_no_more(name, service, options, addresses):
    built = build.build(astute(name, coordinate_compute=True))
    url = {'value': URL % tuple('192.168.0.%d' % address for address in addresses), 'secret': True}
    assert sorted(built) == ['client', 'environment', 'node', 'options', 'services']
    assert built['options'] == dict(options, **{'coordination/backend_url': url})
    assert (built['services'], built['client']) == ([service], 'redis')


def test_a_compute_node_uses_the_existing_service_as_well():
    url = 'zookeeper://u:pa$s@10.0.0.9:2181'
    built = build.build(astute('9.2/node-6.', coordinate_compute=True, store='existing', backend_url=url))
    # oslo.config takes a single $ for the beginning of a variable.
    assert built['options']['coordination/backend_url']['value'] == url.replace('$', '$$')
    assert built['client'] == 'kazoo'
    # The controllers have nothing for it to connect to.
    on_controller = build.build(astute('9.2/node-1.', coordinate_compute=True, store='existing', backend_url=url))
    assert on_controller['clients'] == []


@pytest.mark.parametrize('name', ['7.0/node-7.compute', '8.0/node-7.compute', '9.2/node-6.', '11.0/node-50.'])
def test_a_compute_node_has_no_password_unless_ticked(name):
    built = build.build(astute(name))
    assert (built['options'], built['services']) == ({}, [])
    assert PASSWORD not in document.dump(built)


@pytest.mark.parametrize('name, clients', [
    ('7.0/node-1.', ['192.168.0.1']),
    ('8.0/node-2.', ['192.168.0.2']),
    ('9.2/node-3.', ['192.168.0.2']),
    ('10.0/node-50.', ['192.168.0.57']),
    ('11.0/node-48.', ['192.168.0.56']),
])
def test_controllers_know_the_addresses_of_the_compute_nodes_that_coordinate(name, clients):
    assert build.build(astute(name, coordinate_compute=True))['clients'] == clients


@pytest.mark.parametrize('ticked, address', [
    ({'coordinate_compute': True}, '192.168.0.2'), ({}, None),
    ({'coordinate_compute': True, 'store': 'existing', 'backend_url': 'kazoo://10.0.0.9'}, None),
])
def test_a_compute_node_that_connects_to_the_store_knows_the_address_it_is_let_in_by(ticked, address):
    assert build.build(astute('9.2/node-6.', **ticked))['node'].get('address') == address


def test_compute_nodes_are_in_the_order_of_their_numbers_and_a_controller_among_them_is_one():
    data = astute('9.2/node-1.', coordinate_compute=True)
    nodes = data['network_metadata']['nodes']
    nodes['node-10'] = dict(copy.deepcopy(nodes['node-6']), uid='10', name='node-10')
    nodes['node-10']['network_roles']['ceilometer/api'] = '192.168.0.9'
    nodes['node-2']['node_roles'].append('compute')
    assert build.build(data)['clients'] == ['192.168.0.2', '192.168.0.9']
    data['uid'] = '2'
    assert build.build(data)['node'] == NODES[2]


@pytest.mark.parametrize('name, ticked, own', [
    ('7.0/node-1.', {}, {}),
    ('9.2/node-1.', {'coordinate_notification': True}, dict(PARTITIONED, **QUEUES)),
    ('9.2/node-6.', {'coordinate_compute': True}, PARTITIONED_INSTANCES),
])
def test_the_prefix_is_for_all_polling_agents_that_coordinate(name, ticked, own):
    options = build.build(astute(name, partitioning_group_prefix='fuel', **ticked))['options']
    options.pop('coordination/backend_url', None)
    assert options == dict(own, **{'polling/partitioning_group_prefix': {'value': 'fuel'}})


def test_an_agent_that_does_not_coordinate_has_no_prefix():
    assert build.build(astute('9.2/node-6.', partitioning_group_prefix='fuel'))['options'] == {}


def test_five_controllers_are_in_the_order_of_their_numbers_and_need_three_to_agree():
    data = astute('9.2-five-controllers/node-3.')
    data['network_metadata']['nodes']['node-2'].update({'uid': '10', 'name': 'node-10'})
    built = build.build(data)
    assert [controller['name'] for controller in built['controllers']] == [
        'node-1', 'node-3', 'node-6', 'node-7', 'node-10']
    assert built['sentinel']['quorum'] == 3


@pytest.mark.parametrize('names, quorum, min_slaves, warnings', [
    (('node-1',), 1, 0, []),
    (('node-1', 'node-2'), 2, 0, [
        '2 controllers survive the loss of no more of them than 1 would: the sentinels need 2 of 2 to agree on a new '
        'master']),
    (('node-1', 'node-2', 'node-3'), 2, 1, []),
    (('node-1', 'node-2', 'node-3', 'node-6'), 3, 1, [
        '4 controllers survive the loss of no more of them than 3 would: the sentinels need 3 of 4 to agree on a new '
        'master']),
    (('node-1', 'node-2', 'node-3', 'node-6', 'node-7'), 3, 1, []),
])
def test_a_majority_decides_whatever_the_number_of_controllers(names, quorum, min_slaves, warnings):
    built = build.build(keep(astute('9.2-five-controllers/node-1.'), *names))
    assert built['sentinel']['quorum'] == quorum
    assert built['redis']['min_slaves_to_write'] == min_slaves
    assert build.warnings(built) == warnings


@pytest.mark.parametrize('tooz, warnings', [
    (None, []),
    ((0, 13, 1), ['tooz 0.13.1 does not follow the master to another controller (0.13.2 and newer do): agents need a '
                  'restart after a failover']),
    ((0, 13, 2), []),
    ((9, 1, 0), []),
])
def test_a_tooz_that_does_not_follow_a_failover_is_warned_about(tooz, warnings):
    built = build.build(astute('7.0/node-1.'), tooz)
    assert build.warnings(built, tooz) == warnings


def test_settings_arrive_where_they_belong():
    built = build.build(astute('9.2/node-1.', redis_port='6390', sentinel_port='26390', down_after='3',
                                    coordinate_alarms=False, guard=False))
    assert built['redis']['port'] == 6390
    assert (built['sentinel']['port'], built['sentinel']['down_after']) == (26390, 3000)
    assert '@192.168.0.5:26390?' in built['coordination']['backend_url']
    assert sorted(built['agents']) == ['p_ceilometer-agent-central']
    assert built['guard'] is False


@pytest.mark.parametrize('name, url, service, client', [
    ('7.0/node-1.', 'kazoo://10.0.0.9:2181', 'zookeeper://10.0.0.9:2181', 'kazoo'),
    ('8.0/node-2.', 'memcached://10.0.0.9', 'memcached://10.0.0.9', 'pymemcache'),
    ('9.2/node-1.', ZOOKEEPER, 'zookeeper://10.0.0.9:2181', 'kazoo'),
    ('9.2/node-3.', 'redis://:S3cret@10.0.0.9:6379?db=1', 'redis://10.0.0.9:6379?db=1', 'redis'),
])
def test_an_environment_with_an_existing_service_has_no_store_of_its_own(name, url, service, client):
    built = build.build(astute(name, store='existing', backend_url=url))
    own = build.build(astute(name))
    assert built['coordination'] == {'backend_url': url, 'service': service, 'client': client}
    assert set(own) - set(built) == set(['redis', 'sentinel'])
    assert [built[part] for part in built if part != 'coordination'] == [
        own[part] for part in built if part != 'coordination']
    assert (parts.has_store(own), parts.has_store(built)) == (True, False)
    assert build.warnings(built) == []


@pytest.mark.parametrize('name, tooz', [('7.0/node-1.', None), ('9.2/node-1.', (0, 15))])
def test_a_tooz_that_knows_zookeeper_as_kazoo_only_is_told_about(name, tooz):
    with pytest.raises(BadInput) as refused:
        build.build(astute(name, store='existing', backend_url=ZOOKEEPER), tooz)
    assert str(refused.value) == ("backend_url must begin with kazoo://, not 'zookeeper://': tooz before 0.16 knows "
                                  'zookeeper by that name alone')


def test_the_first_tooz_that_knows_zookeeper_gets_it():
    built = build.build(astute('9.2/node-1.', store='existing', backend_url=ZOOKEEPER), (0, 16))
    assert built['coordination']['backend_url'] == ZOOKEEPER


def test_the_url_of_an_existing_service_is_proven_before_anything_is_made_of_it():
    with pytest.raises(BadInput) as refused:
        build.build(astute('9.2/node-1.', store='existing', backend_url='redis://localhost'))
    assert refused.value.field == 'backend_url'


def test_the_management_address_stands_in_where_ceilometer_has_no_network_role():
    data = astute('9.2/node-1.')
    roles = data['network_metadata']['nodes']['node-2']['network_roles']
    del roles['ceilometer/api']
    roles['management'] = '10.9.8.7'
    assert build.build(data)['addresses'] == ['192.168.0.5', '10.9.8.7', '192.168.0.3']


@pytest.mark.parametrize('name, seconds, allowed', [
    ('7.0/node-1.', '2', False),
    ('8.0/node-1.', '1', False),
    ('9.2/node-1.', '2', False),
    ('9.2/node-1.', '3', True),
    ('10.0/node-50.', '1', True),
    ('11.0/node-47.', '1', True),
])
def test_a_down_after_is_one_that_the_redis_of_that_fuel_bears(name, seconds, allowed):
    data = astute(name, down_after=seconds)
    if allowed:
        assert build.build(data)['sentinel']['down_after'] == int(seconds) * 1000
        return
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert str(refused.value) == (
        "down_after must be seconds from 3 to 15 on this Fuel, not '%s': its Redis bears no less" % seconds)


def test_ipv6_addresses_of_several_controllers_need_a_tooz_that_reads_them():
    data = astute('9.2/node-1.')
    for name, node in data['network_metadata']['nodes'].items():
        node['network_roles']['ceilometer/api'] = 'FD00:0::%s' % name[-1]
    assert build.build(data, (6, 0, 0))['addresses'] == ['fd00::1', 'fd00::2', 'fd00::3']
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert 'IPv4' in str(refused.value)


@pytest.mark.parametrize('name, last, allowed', [
    ('7.0/node-1.', '11', True),
    ('7.0/node-1.', '111', False),
    ('9.2/node-1.', '11', True),
    ('9.2/node-1.', '111', False),
    ('10.0/node-50.', '111', True),
])
def test_an_address_is_one_that_the_sentinel_of_that_fuel_keeps(name, last, allowed):
    """A single controller's, of 31 or 32 characters: several have none of IPv6."""
    data, address = astute(name), 'fd00:fd00:fd00:fd00:fd00:1:1:' + last
    nodes = data['network_metadata']['nodes']
    primary, = [key for key in nodes if 'primary-controller' in nodes[key]['node_roles']]
    data['network_metadata']['nodes'] = {primary: nodes[primary]}
    nodes[primary]['network_roles']['ceilometer/api'] = address
    if allowed:
        assert build.build(data)['addresses'] == [address]
        return
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert str(refused.value) == (
        "addresses must have 31 characters at most on this Fuel, not '%s': its Sentinel keeps no more" % address)


def no_primary(data):
    data['network_metadata']['nodes']['node-1']['node_roles'] = ['controller']


def two_primaries(data):
    data['network_metadata']['nodes']['node-2']['node_roles'] = ['primary-controller']


def address(value):
    def change(data):
        data['network_metadata']['nodes']['node-2']['network_roles']['ceilometer/api'] = value
    return change


def value(key, changed):
    def change(data):
        data[key] = changed
    return change


def switched_off(data):
    data['ceilometer-redis']['metadata']['enabled'] = False


def twin(data):
    data['network_metadata']['nodes']['node-2']['fqdn'] = 'node-3.example.com'


def same_node_twice(data):
    nodes = data['network_metadata']['nodes']
    nodes['another'] = copy.deepcopy(nodes['node-2'])


def same(key):
    def change(data):
        same_node_twice(data)
        added = data['network_metadata']['nodes']['another']
        own = {'uid': '9', 'name': 'node-9', 'fqdn': 'node-9.example.com'}
        added.update((other, own[other]) for other in own if other != key)
        added['network_roles']['ceilometer/api'] = '192.168.0.9'
    return change


def in_capitals(data):
    same('fqdn')(data)
    data['network_metadata']['nodes']['another']['fqdn'] = 'NODE-2.example.com'


def no_number(data):
    data['network_metadata']['nodes']['node-2']['uid'] = 'two'


def no_name(data):
    del data['network_metadata']['nodes']['node-2']['fqdn']


def named(key, name):
    def change(data):
        data['network_metadata']['nodes']['node-2'][key] = name
    return change


@pytest.mark.parametrize('change, field, said', [
    (no_primary, 'network_metadata.nodes', 'must have exactly one primary-controller, not 0'),
    (two_primaries, 'network_metadata.nodes', 'not 2 (node-1, node-2)'),
    (address(None), 'network_metadata.nodes.node-2.network_roles.ceilometer/api', 'not missing'),
    (address('192.168.0'), 'network_metadata.nodes.node-2.network_roles.ceilometer/api', "not '192.168.0'"),
    (address('10.0.0.4/24'), 'network_metadata.nodes.node-2.network_roles.ceilometer/api', 'must be an IP address'),
    (address('192.168.0.3'), 'network_metadata.nodes', 'node-2 and node-3 share 192.168.0.3'),
    (twin, 'network_metadata.nodes', 'node-2 and node-3 share node-3.example.com'),
    (same_node_twice, 'network_metadata.nodes', 'node-2 and node-2 share 2'),
    (same('uid'), 'network_metadata.nodes', 'node-2 and node-9 share 2'),
    (same('name'), 'network_metadata.nodes', 'node-2 and node-2 share node-2'),
    (in_capitals, 'network_metadata.nodes', 'node-2 and node-9 share node-2.example.com'),
    (no_number, 'network_metadata.nodes.node-2.uid', 'must be a number'),
    (no_name, 'network_metadata.nodes.node-2.fqdn', 'must be the name of a host'),
    (named('name', u'node\x1b[2J'), 'network_metadata.nodes.node-2.name', 'must be the name of a host'),
    (named('fqdn', u'node-2\nnode-9'), 'network_metadata.nodes.node-2.fqdn', 'must be the name of a host'),
    (named('fqdn', u'-h'), 'network_metadata.nodes.node-2.fqdn', 'must be the name of a host'),
    (value('network_metadata', None), 'network_metadata.nodes', 'not 0'),
    (value('openstack_version', 'kilo-6.1'), 'openstack_version', 'mitaka-9.0'),
    (value('ceilometer', {'enabled': False}), 'ceilometer.enabled', 'must be true'),
    (value('ceilometer', None), 'ceilometer.enabled', 'must be true'),
    (value('ceilometer-redis', None), 'ceilometer-redis.metadata.enabled', 'switched off'),
    (switched_off, 'ceilometer-redis.metadata.enabled', 'switched off'),
])
def test_data_that_cannot_be_deployed_are_refused_by_name(change, field, said):
    data = astute('9.2/node-1.')
    change(data)
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert refused.value.field == field
    assert said in str(refused.value)


@pytest.mark.parametrize('own', ['0.0.0.0', '127.0.0.1', '169.254.0.9', '224.0.0.9', '255.255.255.255', '::', '::1',
                                 'fe80::9', 'ff02::9', '::ffff:127.0.0.1'])
def test_an_address_of_a_controller_is_one_by_which_others_reach_it(own):
    data = astute('9.2/node-1.')
    address(own)(data)
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert str(refused.value) == ('network_metadata.nodes.node-2.network_roles.ceilometer/api must be an address by '
                                  "which others reach the node, not '%s'" % own)


@pytest.mark.parametrize('node', ['7.0/node-6.', '8.0/node-6.', '9.2/node-7.', '10.0/node-54.', '11.0/node-51.'])
def test_a_node_that_is_neither_controller_nor_compute_gets_no_deployment(node):
    with pytest.raises(BadInput) as refused:
        build.build(astute(node))
    assert refused.value.field == 'uid'


def test_data_of_an_environment_set_up_with_an_older_plugin_lack_the_password():
    data = astute('8.0/node-1.')
    del data['ceilometer-redis']['redis_password']
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert refused.value.field == 'redis_password'


def test_build_leaves_fuels_data_as_they_were():
    data = astute('9.2/node-1.')
    before = copy.deepcopy(data)
    build.build(data)
    assert data == before

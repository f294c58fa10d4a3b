# SPDX-License-Identifier: Apache-2.0
"""What the lab does in Fuel's place: the tasks' order and conditions, the nodes' data, the packages' source."""

import pathlib

import pytest
import yaml

from ceilometer_redis.deployment import build
from ceilometer_redis.fuel import astute as fuels_data
from lab import astute
from lab.failure import Failure
from lab.lab import Lab

TASKS = yaml.safe_load((pathlib.Path(__file__).parents[3] / 'deployment_tasks.yaml').read_text())
NAMES = ('node-1', 'node-2', 'node-3')
CEILOMETER = {'additional_components': {'ceilometer': {'value': True}}}
DELIVERED = {'plugins': [], 'ceilometer-redis': {'redis_password': 'S3cretS3cret', 'metadata': {'enabled': True}}}


def order(tasks, roles):
    return [[(task['id'], node) for task, node in batch] for batch in astute.batches(tasks, roles)]


def test_the_order_of_fuels_own_tasks_is_kept_between_the_plugins():
    tasks = [{'id': 'late', 'groups': ['controller'], 'requires': ['ceilometer-controller']},
             {'id': 'early', 'groups': ['controller'], 'required_for': ['cluster']},
             {'id': 'elsewhere', 'groups': ['compute']}]
    assert order(tasks, {'node-2': ['controller']}) == [[('early', 'node-2')], [('late', 'node-2')]]


def test_a_cycle_of_tasks_is_refused():
    tasks = [{'id': 'a', 'groups': ['controller'], 'requires': ['deploy_end'], 'required_for': ['cluster']}]
    with pytest.raises(Failure, match='cycle'):
        order(tasks, {'node-2': ['controller']})


@pytest.mark.parametrize('condition, expected', (
    (None, True),
    ('settings:additional_components.ceilometer.value == true', True),
    ('settings:additional_components.ceilometer.value == false', False),
))
def test_a_condition_is_judged_by_the_settings(condition, expected):
    assert astute.holds(condition, CEILOMETER) is expected


@pytest.mark.parametrize('condition', (
    'settings:additional_components.ceilometer.value != true', "cluster:mode == 'ha_compact'", '',
))
def test_a_condition_of_another_form_is_refused(condition):
    with pytest.raises(Failure, match='only "settings:GROUP.NAME.value == true|false" is known'):
        astute.holds(condition, CEILOMETER)


def test_a_nodes_data_are_the_recorded_ones_at_the_labs_addresses():
    lab = Lab()
    data = astute.node_data(astute.recorded('node-2'), lab, DELIVERED, CEILOMETER)
    recorded = astute.recorded('node-2')
    assert set(data) == set(recorded)
    assert (data['fqdn'], data['uid'], data['master_ip']) == (recorded['fqdn'], recorded['uid'], lab.master.address)
    assert data['ceilometer-redis'] == DELIVERED['ceilometer-redis']
    built = build.build(data, None)
    assert built['addresses'] == [host.address for host in lab.controllers]
    assert [node['fqdn'] for node in built['controllers']] == [host.fqdn for host in lab.controllers]
    assert (built['node']['name'], built['node']['primary']) == ('node-2', False)


def test_a_compute_node_is_in_the_data_of_all_nodes_while_there_is_one():
    lab = Lab()
    assert deployment_of('node-2', lab)['clients'] == []
    lab.computes = [lab.hosts['node-4']]
    assert deployment_of('node-2', lab)['clients'] == [lab.hosts['node-4'].address]
    assert deployment_of('node-4', lab)['node'] == {
        'name': 'node-4', 'fqdn': 'node-4.example.com', 'address': lab.hosts['node-4'].address, 'primary': False}


def deployment_of(name, lab):
    """What the helper makes of a node's data where compute agents coordinate."""
    ticked = {**DELIVERED, 'ceilometer-redis': {**DELIVERED['ceilometer-redis'], 'coordinate_compute': True}}
    return build.build(astute.node_data(astute.recorded(name), lab, ticked, CEILOMETER), None)


@pytest.mark.parametrize('names', (
    ('node-1',), ('node-1', 'node-2', 'node-6'), ('node-1', 'node-2', 'node-3', 'node-6', 'node-7'),
    ('node-2', 'node-3', 'node-6'), ('node-2', 'node-3', 'node-1'),
))
def test_an_environment_of_other_controllers_has_them_alone_and_the_first_is_primary(names):
    for name in names:
        data = astute.recorded(name, names)
        roles = {node['name']: node['node_roles'][0] for node in data['network_metadata']['nodes'].values()
                 if node['node_roles'][0] != 'primary-mongo'}
        assert roles == {other: 'controller' if other != names[0] else 'primary-controller' for other in names}
        assert data['roles'][0] == roles[name]


def test_a_new_controller_joins_the_cluster_between_the_plugins_first_task_and_its_others():
    tasks = TASKS + [{'id': name, 'groups': groups} for name, (groups, _) in astute.JOINING.items()]
    joined = order(tasks, {'node-1': ['primary-controller'], 'node-6': ['controller']})
    assert joined[:2] == [
        [('ceilometer-redis-deployment', 'node-1'), ('ceilometer-redis-deployment', 'node-6')],
        [('cluster', 'node-6'), ('primary-cluster', 'node-1')]]
    assert [batch[0][0] for batch in joined[2:]] == [
        'ceilometer-redis-store', 'ceilometer-redis-store-controller', 'ceilometer-redis-agents',
        'ceilometer-redis-agents-controller', 'ceilometer-redis-check']


@pytest.mark.parametrize('edge, first', [
    ({}, 'primary-cluster'),
    ({'required_for': ['cluster']}, 'primary-cluster'),
    ({'cross-depended-by': [{'name': 'primary-cluster'}]}, 'early'),
])
def test_the_primary_controllers_way_into_the_cluster_is_ordered_by_what_names_it_alone(edge, first):
    tasks = [{'id': 'primary-cluster', 'groups': ['primary-controller']},
             {'id': 'early', 'groups': ['primary-controller'], 'requires': ['hosts'], **edge}]
    ordered = order(tasks, {'node-1': ['primary-controller']})
    assert ordered[0][-1][0] == first and (len(ordered) == 2) is (first == 'early')


def test_a_compute_node_has_its_tasks_alone_the_last_of_them_after_all_stores():
    ordered = [run for batch in order(TASKS, {'node-1': ['primary-controller'], 'node-2': ['controller'],
                                              'node-4': ['compute']}) for run in batch]
    own = [task for task, node in ordered if node == 'node-4']
    assert own == ['ceilometer-redis-compute-deployment', 'ceilometer-redis-compute']
    stores = [ordered.index(run) for run in (('ceilometer-redis-store', 'node-1'),
                                             ('ceilometer-redis-store-controller', 'node-2'))]
    assert ordered.index(('ceilometer-redis-compute', 'node-4')) > max(stores)


def test_a_node_learns_nothing_of_a_plugin_that_is_switched_off():
    data = astute.node_data(astute.recorded('node-2'), Lab(), {'plugins': []}, CEILOMETER)
    assert 'ceilometer-redis' not in data and data['plugins'] == []


@pytest.mark.parametrize('platform, paths', [
    ('bookworm', ['/etc/astute.yaml']),
    ('bullseye', ['/etc/astute.yaml', '/etc/hiera/cluster.yaml', '/etc/hiera/node.yaml']),
])
def test_a_node_gets_its_data_in_the_files_of_its_platforms_release(tmp_path, monkeypatch, platform, paths):
    monkeypatch.setattr('lab.hosts.PLATFORM', platform)
    data = astute.node_data(astute.recorded('node-2'), Lab(), DELIVERED, CEILOMETER)
    files = astute.files(data)
    assert list(files) == paths
    for path, text in files.items():
        (tmp_path / pathlib.Path(path).name).write_text(text)
    assert fuels_data.read(str(tmp_path / 'astute.yaml'), str(tmp_path)) == data
    if len(paths) > 1:
        assert data['openstack_version'] == 'ocata-11.0' and files[paths[0]].startswith('# This file is deprecated')
        assert 'fqdn' in yaml.safe_load(files[paths[2]]) and 'ceilometer-redis' in yaml.safe_load(files[paths[1]])


def test_a_plugins_repository_is_pinned_by_its_label_above_everything():
    repository = {'name': 'ceilometer-redis-2.0', 'uri': 'http://10.109.0.2:8080/plugins/ceilometer-redis-2.0/x',
                  'suite': '/', 'section': '', 'priority': 1100}
    assert astute.apt_files(repository, 'Label: ceilometer-redis\nVersion: 2.0\n') == {
        '/etc/apt/sources.list.d/ceilometer-redis-2.0.list':
            'deb http://10.109.0.2:8080/plugins/ceilometer-redis-2.0/x /\n',
        '/etc/apt/preferences.d/ceilometer-redis-2.0.pref':
            'Package: *\nPin: release l=ceilometer-redis\nPin-Priority: 1100\n',
    }

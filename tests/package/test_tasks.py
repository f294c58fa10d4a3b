# SPDX-License-Identifier: Apache-2.0
"""metadata.yaml and deployment_tasks.yaml against what every Fuel from 7.0 to 11.0 takes."""

import pytest

from ceilometer_redis import __version__
from lab import astute
from project import PROJECT, read

METADATA = read('metadata.yaml')
TASKS = {task['id']: task for task in read('deployment_tasks.yaml')}

# The ids of fuel-library's tasks that 7.0, 8.0, 9.0, 9.2, 10.0 and 11.0 all have, of those that concern controllers and
# the agents of compute nodes.
COMMON_IDS = {
    'fuel_pkgs', 'hiera', 'globals', 'netconfig', 'firewall', 'hosts', 'cluster', 'virtual_ips', 'rabbitmq',
    'openstack-haproxy', 'openstack-haproxy-ceilometer', 'ceilometer-keystone', 'ceilometer-controller',
    'openstack-controller', 'controller_remaining_tasks', 'enable_quorum', 'deploy_start', 'deploy_end',
    'ceilometer-compute', 'post_deployment_start', 'post_deployment_end'}

# What 7.0 lacks, and so may be named only where it does not look: 7.0 and 8.0 read neither cross-depends nor
# cross-depended-by.
NOT_IN_7 = {'primary-cluster'}


def before(name):
    """Ids of all tasks that have to be done before a task, on its own node or another."""
    direct = set(TASKS[name]['requires']) | crossed(TASKS[name], 'cross-depends')
    return direct.union(*(before(other) for other in direct & TASKS.keys()))


def crossed(task, key):
    """The ids of tasks, on whatever node, that a task names under a key."""
    return {item['name'] for item in task.get(key, [])}


def test_the_tasks_are_those_of_the_architecture():
    assert list(TASKS) == ['ceilometer-redis-deployment', 'ceilometer-redis-store', 'ceilometer-redis-store-controller',
                           'ceilometer-redis-agents', 'ceilometer-redis-agents-controller',
                           'ceilometer-redis-compute-deployment', 'ceilometer-redis-compute',
                           'ceilometer-redis-check']


@pytest.mark.parametrize('name', TASKS)
def test_a_task_is_what_every_release_takes(name):
    task = TASKS[name]
    assert (task['type'], task['version']) == ('puppet', '2.0.0')
    assert set(astute.of_roles(task)) <= {'primary-controller', 'controller'} or task['groups'] == ['compute']
    assert task['condition'] == 'settings:additional_components.ceilometer.value == true'


@pytest.mark.parametrize('name', TASKS)
def test_a_task_of_the_deployment_has_groups_and_one_after_it_a_role(name):
    task = TASKS[name]
    after = task['requires'] == ['post_deployment_start']
    assert ('groups' in task, 'role' in task) == (not after, after)
    assert after or task['reexecute_on'] == ['deploy_changes']


@pytest.mark.parametrize('name', TASKS)
def test_a_task_names_only_tasks_that_every_release_has(name):
    task = TASKS[name]
    assert {*task['requires'], *task['required_for']} - COMMON_IDS - TASKS.keys() == set()
    across = crossed(task, 'cross-depends') | crossed(task, 'cross-depended-by')
    assert across - COMMON_IDS - TASKS.keys() <= NOT_IN_7


@pytest.mark.parametrize('name', TASKS)
def test_a_task_has_its_manifest_and_keeps_fuels_modules(name):
    parameters = TASKS[name]['parameters']
    assert (PROJECT / 'deployment_scripts' / parameters['puppet_manifest']).is_file()
    assert parameters['puppet_modules'] == 'puppet/modules:/etc/puppet/modules'
    assert parameters['timeout'] >= 300


def test_the_deployment_file_comes_before_the_cluster_and_the_rest_before_the_end():
    assert [task['required_for'] for task in TASKS.values()] == [
        ['hosts', 'cluster'], *[['deploy_end']] * 6, ['post_deployment_end']]
    assert [task.get('cross-depended-by') for task in TASKS.values()] == [[{'name': 'primary-cluster'}], *[None] * 7]


def test_an_agent_of_a_compute_node_comes_after_fuel_has_made_it_and_the_store_is_whole():
    assert TASKS['ceilometer-redis-compute-deployment']['requires'] == ['ceilometer-compute']
    assert before('ceilometer-redis-compute') >= {'ceilometer-redis-compute-deployment', 'ceilometer-redis-store',
                                                  'ceilometer-redis-store-controller'}


def test_the_primary_controller_is_first_and_no_agent_coordinates_before_the_store_is_whole():
    assert before('ceilometer-redis-store') >= {'ceilometer-redis-deployment', 'ceilometer-controller'}
    assert before('ceilometer-redis-store-controller') >= {'ceilometer-redis-store', 'ceilometer-redis-deployment'}
    assert before('ceilometer-redis-agents') >= {'ceilometer-redis-store', 'ceilometer-redis-store-controller'}
    assert before('ceilometer-redis-agents-controller') >= {
        'ceilometer-redis-agents', 'ceilometer-redis-store-controller'}


def roles(recorded):
    """The roles of every node of a recorded environment, by their names."""
    directory = PROJECT / 'tests/data/astute' / recorded
    cluster = directory / 'cluster.yaml'
    path = cluster if cluster.exists() else directory / 'node-1.primary-controller.yaml'
    data = read(path.relative_to(PROJECT))
    return {name: node['node_roles'] for name, node in data['network_metadata']['nodes'].items()}


def order(nodes, tasks=TASKS):
    """The plugin's tasks on these nodes, those in one list at the same time."""
    return [[(task['id'], node) for task, node in batch] for batch in astute.batches(list(tasks.values()), nodes)]


@pytest.mark.parametrize('recorded', ['7.0', '8.0'])
def test_fuel_7_and_8_finish_the_primary_controller_before_the_others_and_leave_other_nodes_alone(recorded):
    # One group after another, as fuel-library's tasks of type group require each other; no cross-depends is read.
    done, deployment = [], {name: task for name, task in TASKS.items() if 'groups' in task}
    for group in ('primary-mongo', 'mongo', 'primary-controller', 'controller', 'compute', 'cinder'):
        done += order({name: [group] for name, found in roles(recorded).items() if group in found}, deployment)
    assert done == [
        [('ceilometer-redis-deployment', 'node-1')],
        [('ceilometer-redis-store', 'node-1')],
        [('ceilometer-redis-agents', 'node-1')],
        [('ceilometer-redis-deployment', 'node-2'), ('ceilometer-redis-deployment', 'node-3')],
        [('ceilometer-redis-store-controller', 'node-2'), ('ceilometer-redis-store-controller', 'node-3')],
        [('ceilometer-redis-agents-controller', 'node-2'), ('ceilometer-redis-agents-controller', 'node-3')],
        [('ceilometer-redis-compute-deployment', 'node-7')],
        [('ceilometer-redis-compute', 'node-7')],
    ]


@pytest.mark.parametrize('recorded, primary, others, compute', [
    ('9.2', 'node-1', ('node-2', 'node-3'), 'node-6'),
    ('10.0', 'node-50', ('node-51', 'node-52'), 'node-53'),
    ('11.0', 'node-47', ('node-48', 'node-49'), 'node-50'),
])
def test_fuel_9_to_11_make_the_whole_store_before_agents_and_leave_others_alone(recorded, primary, others, compute):
    assert order(roles(recorded)) == [
        [('ceilometer-redis-compute-deployment', compute), *(('ceilometer-redis-deployment', node)
                                                             for node in (primary, *others))],
        [('ceilometer-redis-store', primary)],
        [('ceilometer-redis-store-controller', node) for node in others],
        [('ceilometer-redis-agents', primary), ('ceilometer-redis-compute', compute)],
        [('ceilometer-redis-agents-controller', node) for node in others],
        [('ceilometer-redis-check', node) for node in (primary, *others)],
    ]


def test_the_first_task_comes_before_the_tasks_by_which_controllers_join_the_cluster():
    joining = [{'id': 'primary-cluster', 'groups': ['primary-controller']}, {'id': 'cluster', 'groups': ['controller']}]
    batches = astute.batches([*TASKS.values(), *joining], {'node-1': ['primary-controller'], 'node-2': ['controller']})
    ordered = [(task['id'], node) for batch in batches for task, node in batch]
    first = [ordered.index(('ceilometer-redis-deployment', node)) for node in ('node-1', 'node-2')]
    assert max(first) < min(ordered.index(('primary-cluster', 'node-1')), ordered.index(('cluster', 'node-2')))


def test_the_releases_are_those_of_fuel_with_the_repository_of_their_ubuntu():
    releases = {release['version']: release for release in METADATA['releases']}
    assert {version: release['repository_path'] for version, release in releases.items()} == {
        '2015.1.0-7.0': 'repositories/trusty', 'liberty-8.0': 'repositories/trusty',
        'mitaka-9.0': 'repositories/trusty', 'newton-10.0': 'repositories/xenial',
        'ocata-11.0': 'repositories/xenial'}
    assert {(release['os'], *release['mode']) for release in releases.values()} == {('ubuntu', 'ha')}


@pytest.mark.parametrize('field, limit', [('name', 100), ('title', 100), ('version', 32), ('description', 400)])
def test_the_metadata_fit_into_nailguns_database(field, limit):
    assert 0 < len(METADATA[field]) <= limit


def test_the_helper_says_the_version_of_the_plugin():
    assert __version__ == METADATA['version']


def test_the_package_version_is_the_one_that_7_and_11_both_load():
    assert (METADATA['package_version'], METADATA['fuel_version']) == ('3.0.0', ['7.0', '8.0', '9.0', '10.0', '11.0'])

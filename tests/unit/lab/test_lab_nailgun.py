# SPDX-License-Identifier: Apache-2.0
"""The stand-in for Nailgun takes the plugin as it is and refuses what a real Nailgun refuses."""

import json
import pathlib
import shutil
import threading
import urllib.error
import urllib.request

import pytest
import yaml

from lab import nailgun

ROOT = pathlib.Path(__file__).parents[3]
RECORDED = yaml.safe_load((ROOT / 'tests/data/astute/9.2/node-1.primary-controller.yaml').read_text())
NAME = 'ceilometer-redis'


@pytest.fixture
def tree(tmp_path):
    """What Fuel reads of this plugin, installed."""
    tree = tmp_path / 'plugins' / 'ceilometer-redis-2.0'
    (tree / 'deployment_scripts').mkdir(parents=True)
    for name in ('metadata.yaml', 'environment_config.yaml', 'deployment_tasks.yaml'):
        shutil.copy(ROOT / name, tree)
    for suite in ('trusty', 'xenial'):
        repository = tree / 'repositories' / suite
        repository.mkdir(parents=True)
        (repository / 'Packages.gz').touch()
        (repository / 'Release').write_text('Label: ceilometer-redis\nVersion: 2.0\n')
    return tree


@pytest.fixture
def fuel(tree, tmp_path):
    """A Nailgun that knows no plugin yet."""
    return nailgun.Nailgun(tree.parent, tmp_path / 'state' / 'state.json')


def metadata(tree):
    return yaml.safe_load((tree / 'metadata.yaml').read_text())


def enabled(fuel, tree, **values):
    """Register the plugin and switch it on, with these settings."""
    if not fuel.list():
        fuel.create(metadata(tree))
    group = fuel.attributes()['editable'][NAME]
    group['metadata']['enabled'] = True
    for name, value in values.items():
        group['metadata']['versions'][0].setdefault(name, {})['value'] = value
    return fuel.save_attributes({'editable': {NAME: group}})['editable'][NAME]


def rewritten(name, change):
    """A way to spoil a tree: ``change`` applied to the data of one of its files."""
    def spoil(tree):
        data = yaml.safe_load((tree / name).read_text())
        change(data)
        (tree / name).write_text(yaml.safe_dump(data))
    return spoil


def with_file(name, text):
    return lambda tree: (tree / name).write_text(text)


def without(name):
    return lambda tree: (tree / name).unlink()


def test_the_plugin_as_it_is_is_registered_and_listed(fuel, tree):
    assert fuel.create(metadata(tree)) == dict(metadata(tree), id=1)
    assert fuel.list() == [dict(metadata(tree), id=1)]


def test_a_second_registration_is_a_conflict_that_names_the_first(fuel, tree):
    fuel.create(metadata(tree))
    with pytest.raises(nailgun.Refused) as refused:
        fuel.create(metadata(tree))
    assert (refused.value.status, json.loads(str(refused.value))) == (409, {'id': 1})


REFUSALS = (
    (rewritten('metadata.yaml', lambda data: data.pop('fuel_version')), 'fuel_version: required'),
    (rewritten('metadata.yaml', lambda data: data.update(description='x' * 401)),
     'description: at most 400 characters'),
    (rewritten('metadata.yaml', lambda data: data.update(package_version='4.0.0')),
     'package_version: 2015.1.0-7.0 loads formats up to 3'),
    (rewritten('metadata.yaml', lambda data: data['releases'][0].update(version='2015.1.0-7')), 'releases: 2015.1.0-7'),
    (rewritten('metadata.yaml', lambda data: data.update(version='2.1.0')), 'ceilometer-redis-2.1/metadata.yaml'),
    (without('repositories/trusty/Packages.gz'), 'repositories/trusty: has to have Packages.gz'),
    (without('repositories/xenial/Release'), 'repositories/xenial: has to have Release'),
    (with_file('repositories/trusty/Release', 'Version: 2.0\n'), 'repositories/trusty/Release: has to have a Label'),
    (lambda tree: (tree / 'deployment_scripts').rmdir(),
     'deployment_scripts_path: deployment_scripts/ is no directory'),
    (with_file('environment_config.yaml', 'redis_port: {}\n'), 'has to have the key attributes'),
    (rewritten('metadata.yaml', lambda data: data.pop('is_hotpluggable')), 'is_hotpluggable: has to be true'),
    (rewritten('environment_config.yaml', lambda data: data['attributes']['metadata'].pop('always_editable')),
     'metadata.always_editable: has to be true'),
    (rewritten('environment_config.yaml', lambda data: data['attributes']['redis_port'].update(label='{port}')),
     'redis_port.label: no braces'),
    (with_file('tasks.yaml', '- role: [controller]\n'), 'tasks.yaml: has to be absent or empty'),
    (rewritten('deployment_tasks.yaml', lambda data: data[0].pop('version')),
     'ceilometer-redis-deployment.version: at least 2.0.0'),
    (rewritten('deployment_tasks.yaml', lambda data: data[0].update(required_for=['primary-cluster'])),
     'ceilometer-redis-deployment.required_for: primary-cluster is no task of every release'),
)


@pytest.mark.parametrize('spoil, line', REFUSALS, ids=[line for _, line in REFUSALS])
def test_a_plugin_that_some_release_would_not_take_is_refused_in_one_line(fuel, tree, spoil, line):
    spoil(tree)
    with pytest.raises(nailgun.Refused) as refused:
        fuel.create(metadata(tree))
    assert line in str(refused.value) and '\n' not in str(refused.value)
    assert fuel.list() == []


def test_an_update_reads_the_tree_anew(fuel, tree):
    fuel.create(metadata(tree))
    rewritten('environment_config.yaml', lambda data: data['attributes']['down_after'].update(value='7'))(tree)
    fuel.update(metadata(tree), 1)
    version, = fuel.attributes()['editable'][NAME]['metadata']['versions']
    assert version['down_after']['value'] == '7'


def test_a_generated_password_changes_until_it_is_saved_and_then_outlives_a_restart(fuel, tree):
    fuel.create(metadata(tree))

    def password(service):
        return service.attributes()['editable'][NAME]['metadata']['versions'][0]['redis_password']['value']
    first = password(fuel)
    assert first.isalnum() and len(first) == 24
    assert password(fuel) != first
    saved = enabled(fuel, tree)['metadata']['versions'][0]['redis_password']['value']
    fuel.save()
    assert password(fuel) == password(nailgun.Nailgun(fuel.plugins_path, fuel.state_file)) == saved
    assert fuel.state_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize('name, value, line', (
    ('redis_port', '80',
     'redis_port: A port number from 1024 to 65535 that OpenStack does not use on a controller.'),
    ('redis_port', True, 'redis_port: a text takes a string'),
    ('redis_password', 'pass word', 'redis_password: The password has to be 8 to 64 letters and digits.'),
    ('coordinate_alarms', 'yes', 'coordinate_alarms: a checkbox takes true or false'),
    ('quorum', '2', 'quorum: no setting of ceilometer-redis'),
))
def test_a_bad_setting_is_refused_and_not_saved(fuel, tree, name, value, line):
    before = enabled(fuel, tree)
    with pytest.raises(nailgun.Refused) as refused:
        enabled(fuel, tree, **{name: value})
    assert str(refused.value) == line
    assert fuel.attributes()['editable'][NAME] == before


def test_nodes_get_bare_values_and_the_metadata_a_real_nailgun_sends(fuel, tree):
    enabled(fuel, tree, redis_password='S3cretS3cret', coordinate_alarms=False)
    data = fuel.node_data('10.109.0.2')[NAME]
    # The recorded plugin said neither of these of its settings; this one does, and Nailgun hands it on.
    assert set(data.pop('metadata')) == set(RECORDED[NAME]['metadata']) | {'group', 'always_editable'}
    assert data == {'store': 'deploy', 'backend_url': '', 'redis_password': 'S3cretS3cret', 'down_after': '5',
                    'redis_port': '6379', 'sentinel_port': '26379', 'coordinate_alarms': False,
                    'coordinate_notification': False, 'coordinate_compute': False, 'partitioning_group_prefix': '',
                    'guard': True}


def test_nodes_are_told_where_to_fetch_scripts_and_packages_as_by_a_real_nailgun(fuel, tree):
    enabled(fuel, tree)
    expected = json.loads(json.dumps(RECORDED['plugins']).replace('redis-1.0', 'redis-2.0').replace('ubuntu', 'trusty'))
    assert fuel.node_data('127.0.0.1')['plugins'] == expected


def test_a_plugin_that_is_not_enabled_reaches_no_node(fuel, tree):
    fuel.create(metadata(tree))
    assert (fuel.node_data('127.0.0.1'), fuel.tasks()) == ({'plugins': []}, [])


def test_a_plugin_that_is_switched_off_reaches_no_node_and_keeps_its_settings(fuel, tree):
    before = enabled(fuel, tree)
    group = fuel.attributes()['editable'][NAME]
    group['metadata']['enabled'] = False
    fuel.save_attributes({'editable': {NAME: group}})
    assert (fuel.node_data('127.0.0.1'), fuel.tasks()) == ({'plugins': []}, [])
    assert enabled(fuel, tree) == before


def test_tasks_run_in_the_plugins_directory_on_the_node(fuel, tree):
    enabled(fuel, tree)
    assert {task['parameters']['cwd'] for task in fuel.tasks()} == {'/etc/fuel/plugins/ceilometer-redis-2.0/'}


def test_an_enabled_plugin_is_not_deleted(fuel, tree):
    enabled(fuel, tree)
    with pytest.raises(nailgun.Refused):
        fuel.delete(None, 1)
    group = fuel.attributes()['editable'][NAME]
    group['metadata']['enabled'] = False
    fuel.save_attributes({'editable': {NAME: group}})
    fuel.delete(None, 1)
    assert fuel.list() == []


def test_it_answers_over_http(fuel, tree):
    server = nailgun.server(fuel, ('127.0.0.1', 0))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def ask(path, body=None):
        request = urllib.request.Request('http://127.0.0.1:{}/api/v1/{}'.format(server.server_port, path),
                                         data=body and json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
    try:
        assert ask('version')[1]['auth_required'] is False
        assert ask('plugins/', metadata(tree)) == (201, dict(metadata(tree), id=1))
        assert ask('plugins/', metadata(tree))[0] == 409
        assert ask('plugins/sync/', {'ids': [1]}) == (201, None)
        assert ask('nodes')[0] == 404
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

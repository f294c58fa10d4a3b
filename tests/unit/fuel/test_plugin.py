# SPDX-License-Identifier: Apache-2.0
"""Whether the plugin is switched off, by the data files of real nodes: the helper's proper look, and the cheap ones."""

import os
import subprocess

import pytest
import recorded
import yaml

from ceilometer_redis import withdrawal
from ceilometer_redis.fuel import astute, plugin

SCRIPT = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'deployment_scripts', 'puppet', 'modules',
                      'ceilometer_redis', 'files', 'ocf', 'withdrawal.sh')
COMMENT = recorded.files('11.0/node-47.')['astute.yaml']


@pytest.fixture
def node(tmpdir):
    return recorded.Node(tmpdir)


def script(node):
    whole, cluster, _ = astute.paths(*node.places)
    return ". %s; fuels_data='%s %s'; maybe_switched_off" % (SCRIPT, whole, cluster)


@pytest.fixture(params=['/bin/dash', '/bin/bash'])
def shell(request, node):
    """maybe() is whether the OCF agents' function says that the plugin may be off; it prints nothing."""
    def maybe():
        process = subprocess.Popen([request.param, '-c', script(node) + ' && echo maybe'], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        said = process.communicate()[0].decode()
        assert said in ('', 'maybe\n')
        return said == 'maybe\n'
    return maybe


def on(data):
    pass


def off_in_7(data):
    if 'ceilometer-redis' in data:
        data['ceilometer-redis']['metadata']['enabled'] = False


def off_since_8(data):
    data.pop('ceilometer-redis', None)
    if 'plugins' in data:
        data['plugins'] = []


def half_off(data):
    data.pop('ceilometer-redis', None)


def null(key):
    def change(data):
        if key in data:
            data[key] = None
    return change


def text_of_plugins(data):
    half_off(data)
    if 'plugins' in data:
        data['plugins'] = 'none'


def both_and_off(data):
    """The primary controller is a compute node as well."""
    off_since_8(data)
    for node in data.get('network_metadata', {}).get('nodes', {}).values():
        node['node_roles'] += ['compute'] if 'primary-controller' in node['node_roles'] else []


def changed(name, change):
    """A node's data files after a change of what they hold."""
    texts = recorded.files(name)
    for part in sorted(texts):
        data = yaml.safe_load(texts[part])
        if data:
            change(data)
            texts[part] = yaml.safe_dump(data, default_flow_style=False)
    return texts


@pytest.mark.parametrize('name, change, off', [
    ('7.0/node-1.', on, False),
    ('7.0/node-1.', off_in_7, True),
    ('8.0/node-1.', on, False),
    ('8.0/node-2.', off_since_8, True),
    ('8.0/node-2.', half_off, False),
    ('9.2/node-1.', on, False),
    ('9.2/node-2.', off_since_8, True),
    ('9.2/node-2.', half_off, False),
    ('9.2/node-2.', null('ceilometer-redis'), False),
    ('9.2/node-2.', null('plugins'), False),
    ('9.2/node-2.', text_of_plugins, False),
    ('10.0/node-50.', on, False),
    ('10.0/node-50.', off_since_8, True),
    ('10.0/node-51.', half_off, False),
    ('11.0/node-47.', on, False),
    ('11.0/node-48.', off_since_8, True),
    ('11.0/node-48.', half_off, False),
    ('11.0/node-49.', null('plugins'), False),
    ('7.0/node-7.compute', on, False),
    ('7.0/node-7.compute', off_in_7, True),
    ('9.2/node-6.', on, False),
    ('9.2/node-6.', off_since_8, True),
    ('9.2/node-6.', half_off, False),
    ('11.0/node-50.', on, False),
    ('11.0/node-50.', off_since_8, True),
    ('9.2/node-1.', both_and_off, True),
    ('11.0/node-47.', both_and_off, True),
    ('9.2/node-7.', off_since_8, False),
    ('11.0/node-51.', off_since_8, False),
])
def test_the_plugin_is_switched_off_only_where_fuels_data_of_its_nodes_say_so(node, shell, name, change, off):
    node.put(changed(name, change))
    assert plugin.switched_off(*node.places) is off
    maybe = plugin.may_be_off(astute.contents(*node.places))
    assert maybe or not off
    # Python is not started every 10 seconds for a plugin that is on.
    assert not (maybe and change is on)
    assert shell() is maybe


@pytest.mark.parametrize('whole, cluster, may', [
    ('ceilometer-redis:\n  metadata:\n    enabled: true\nplugins: []\n', None, False),
    ('ceilometer-redis:\n  metadata:\n    enabled: false\nplugins: []\n', None, True),
    ('ceilometer-redis:\n  metadata:\n    enabled: true\nmurano:\n  enabled: false\n', None, False),
    ('---\nmurano:\n  enabled: true\n', None, True),
    ('{"murano": {}}', None, True),
    (u'\ufeffceilometer-redis:\n  metadata: {enabled: true}\n', None, False),
    ('murano: {}', 'ceilometer-redis:\n  metadata:\n    enabled: true\n', True),
    (COMMENT, 'ceilometer-redis:\n  metadata:\n    enabled: true\n', False),
    (COMMENT, 'murano: {}\n', True),
    (COMMENT, 'ceilometer-redis:\n  metadata:\n    enabled: false\n', True),
    (None, 'murano: {}\n', True),
    # Nothing is no word of the operator's, and no reason to start Python every 10 seconds.
    (None, None, False),
    ('', '', False),
    (COMMENT, None, False),
    (COMMENT + '\n', '--- {}\n', False),
    (u'\ufeff' + COMMENT, '\n# Nothing.\n', False),
    ('null\n', '~\n', False),
])
def test_the_cheap_looks_agree_on_what_may_say_that_the_plugin_is_off(node, shell, whole, cluster, may):
    texts = {'astute.yaml': whole, 'cluster.yaml': cluster}
    node.put(dict(item for item in texts.items() if item[1] is not None))
    assert plugin.may_be_off(astute.contents(*node.places)) is may
    assert shell() is may


@pytest.mark.parametrize('awk', ['mawk', 'gawk'])
def test_either_awk_reads_them_alike(node, tmpdir, awk):
    tmpdir.mkdir('bin').join('awk').mksymlinkto('/usr/bin/' + awk)
    for name, off in (('11.0/node-47.', False), ('8.0/node-1.', False), ('11.0/node-47.', True), ('8.0/node-1.', True)):
        node.put(changed(name, off_since_8 if off else on))
        code = subprocess.call(['/bin/dash', '-c', script(node)], env={'PATH': str(tmpdir.join('bin'))})
        assert code == (0 if off else 1)


@pytest.mark.parametrize('name, part', [
    ('7.0/node-1.', 'astute.yaml'), ('8.0/node-1.', 'astute.yaml'), ('9.2/node-1.', 'astute.yaml'),
    ('11.0/node-47.', 'cluster.yaml'), ('11.0/node-47.', 'node.yaml')])
def test_a_file_that_is_not_written_to_its_end_says_nothing(node, name, part):
    texts = recorded.files(name)
    whole = texts[part]
    for end in range(0, len(whole), 80):
        node.put(dict(texts, **{part: whole[:end]}))
        assert not plugin.switched_off(*node.places)


@pytest.mark.parametrize('name, part', [('9.2/node-1.', 'astute.yaml'), ('11.0/node-47.', 'cluster.yaml')])
def test_nor_does_one_that_ends_in_the_list_of_plugins_whatever_comes_first_in_it(node, name, part):
    texts = recorded.files(name)
    data = yaml.safe_load(texts[part])
    plugins = yaml.safe_dump(dict(plugins=data.pop('plugins')), default_flow_style=False)
    data.pop('ceilometer-redis')
    before = yaml.safe_dump(data, default_flow_style=False)
    for end in range(len(plugins) + 1):
        node.put(dict(texts, **{part: before + plugins[:end]}))
        assert not plugin.switched_off(*node.places)


def test_a_data_file_that_is_missing_says_nothing(node):
    texts = changed('11.0/node-47.', off_since_8)
    for part in sorted(texts):
        node.put(dict((name, text) for name, text in texts.items() if name != part))
        assert plugin.switched_off(*node.places) is (part == 'astute.yaml')
    node.put({})
    assert not plugin.switched_off(*node.places)


@pytest.mark.parametrize('name', ['9.2/node-1.', '11.0/node-47.'])
@pytest.mark.parametrize('between, off', [(off_since_8, True), (on, False)])
def test_a_withdrawal_takes_fuels_word_when_it_is_the_same_twice(node, monkeypatch, name, between, off):
    monkeypatch.setattr(astute.paths, '__defaults__', node.places)
    waited = []

    def wait(seconds):
        waited.append(seconds)
        node.put(changed(name, between))
    monkeypatch.setattr('time.sleep', wait)
    node.put(changed(name, on))
    assert (withdrawal.is_plugin_off(), waited) == (False, [])
    node.put(changed(name, off_since_8))
    assert (withdrawal.is_plugin_off(), waited) == (off, [withdrawal.PERIOD])


def test_data_of_which_one_file_changes_meanwhile_are_not_believed_yet(node, monkeypatch):
    monkeypatch.setattr(astute.paths, '__defaults__', node.places)
    node.put(changed('11.0/node-47.', off_since_8))

    def wait(seconds):
        node.directory.join('node.yaml').write('# changed\n', mode='a')
    monkeypatch.setattr('time.sleep', wait)
    assert not withdrawal.is_plugin_off()

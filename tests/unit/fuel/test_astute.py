# SPDX-License-Identifier: Apache-2.0
"""Fuel's data files, in the shapes that they have on real nodes and in those that they must not have."""

import pytest
import recorded
import yaml

from ceilometer_redis.__main__ import main
from ceilometer_redis.deployment import build
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import astute

COMMENT = recorded.files('11.0/node-47.')['astute.yaml']
WHOLE = 'uid: 1\n'
CLUSTER = 'glance: {a: 1, b: 1}\nuid: 2\nroles: [a, b]\n'
NODE = 'glance: {b: 2, c: 2}\nuid: 3\nroles: [c]\n'
MERGED = {'glance': {'a': 1, 'b': 2, 'c': 2}, 'uid': 3, 'roles': ['c']}


@pytest.fixture
def node(tmpdir):
    return recorded.Node(tmpdir)


def put(node, whole=None, cluster=None, own=None):
    node.put(dict((name, text) for name, text in
                  (('astute.yaml', whole), ('cluster.yaml', cluster), ('node.yaml', own)) if text is not None))


@pytest.mark.parametrize('name', ['10.0/node-50.', '10.0/node-53.', '11.0/node-47.', '11.0/node-50.'])
def test_the_data_of_10_and_11_have_the_shape_of_9(node, name):
    node.put(recorded.files(name))
    data = astute.read(*node.places)
    of_9 = recorded.data('9.2/node-1.')
    assert set(data) >= set(of_9)
    assert [type(data[key]) for key in sorted(of_9)] == [type(of_9[key]) for key in sorted(of_9)]
    # 9.2 has all of this in one place.
    assert sorted(data['glance']) == ['db_password', 'image_cache_max_size', 'user_password']
    assert 'node-%s.' % data['uid'] in name and data['fqdn'] == 'node-%s.example.com' % data['uid']


@pytest.mark.parametrize('whole', [
    None, '', COMMENT, COMMENT + '\n', u'\ufeff' + COMMENT, '---\n', '--- {}\n', '{}', 'null\n', '~\n', '\n \n'])
def test_where_astute_yaml_holds_nothing_the_data_are_hieras_and_the_node_wins(node, whole):
    put(node, whole, CLUSTER, NODE)
    assert astute.read(*node.places) == MERGED


@pytest.mark.parametrize('whole', [WHOLE, u'\ufeff' + WHOLE, COMMENT + '\n' + WHOLE, '--- {uid: 1}\n'])
@pytest.mark.parametrize('cluster, own', [(None, None), (CLUSTER, NODE), ('[', '[')])
def test_where_astute_yaml_holds_data_no_others_count(node, whole, cluster, own):
    put(node, whole, cluster, own)
    assert astute.read(*node.places) == {'uid': 1}


@pytest.mark.parametrize('whole, cluster, own, field, must', [
    (None, None, None, 'astute.yaml',
     "must hold Fuel's data of this node, or %(dir)s/cluster.yaml and %(dir)s/node.yaml must"),
    (COMMENT, None, None, 'astute.yaml', "must hold Fuel's data of this node, or "),
    (COMMENT, '', COMMENT, 'astute.yaml', "must hold Fuel's data of this node, or "),
    (COMMENT, CLUSTER, None, 'node.yaml', "must hold its part of Fuel's data"),
    (None, CLUSTER, '--- {}', 'node.yaml', "must hold its part of Fuel's data"),
    (COMMENT, None, NODE, 'cluster.yaml', "must hold its part of Fuel's data"),
    ('- a list', CLUSTER, NODE, 'astute.yaml', 'must be a YAML mapping, not a list'),
    ('text', CLUSTER, NODE, 'astute.yaml', 'must be a YAML mapping, not a text'),
    ('0', CLUSTER, NODE, 'astute.yaml', 'must be a YAML mapping, not a number'),
    ('false', CLUSTER, NODE, 'astute.yaml', 'must be a YAML mapping, not false'),
    (COMMENT, '- a list', NODE, 'cluster.yaml', 'must be a YAML mapping, not a list'),
    (COMMENT, CLUSTER, '- a list', 'node.yaml', 'must be a YAML mapping, not a list'),
    ('password: S3cret\n{', CLUSTER, NODE, 'astute.yaml', 'must be YAML'),
    (COMMENT, CLUSTER + 'password: "S3cret', NODE, 'cluster.yaml', 'must be YAML'),
    (b'\xff\xfe\x00', CLUSTER, NODE, 'astute.yaml', 'must be YAML'),
    (COMMENT, CLUSTER, b'name: S\xfccret\n', 'node.yaml', 'must be YAML'),
    ('when: 2017-13-45\n', None, None, 'astute.yaml', 'must be YAML'),
    ('{[a]: b}', None, None, 'astute.yaml', 'must be YAML'),
    ('a: !!python/object:os.system {}', None, None, 'astute.yaml', 'must be YAML'),
    ('a: !!bool S3cret', None, None, 'astute.yaml', 'must be YAML'),
    ('a: !!int ""', None, None, 'astute.yaml', 'must be YAML'),
    ('a: !!timestamp S3cret', None, None, 'astute.yaml', 'must be YAML'),
    ('a: 1\n---\na: 2\n', None, None, 'astute.yaml', 'must be YAML'),
    pytest.param('[' * 20000, None, None, 'astute.yaml', 'must be YAML', id='nested'),
])
def test_files_that_hold_no_data_are_refused_by_name(node, whole, cluster, own, field, must):
    put(node, whole, cluster, own)
    with pytest.raises(BadInput) as refused:
        astute.read(*node.places)
    assert refused.value.field == str(node.directory.join(field))
    assert must % {'dir': node.directory} in str(refused.value)
    assert 'cret' not in str(refused.value)


def test_mappings_that_hold_themselves_in_both_of_hieras_files_are_refused(node):
    put(node, COMMENT, CLUSTER + 'x: &x {y: *x}\n', NODE + 'x: &x {y: *x}\n')
    with pytest.raises(BadInput) as refused:
        astute.read(*node.places)
    assert refused.value.field == node.directory.join('node.yaml')
    assert refused.value.must == 'have no mapping that is a part of itself'


@pytest.mark.parametrize('name', ['astute.yaml', 'cluster.yaml', 'node.yaml'])
def test_a_file_that_cannot_be_read_is_named(node, name):
    put(node, COMMENT, CLUSTER, NODE)
    node.directory.join(name).remove()
    node.directory.join(name).mkdir()
    with pytest.raises(BadInput) as refused:
        astute.read(*node.places)
    assert refused.value.field == str(node.directory.join(name))
    assert 'must be a file that can be read' in str(refused.value)


def test_hieras_directory_that_is_none_holds_nothing(node):
    put(node, WHOLE)
    with pytest.raises(BadInput) as refused:
        astute.read(str(node.directory.join('no such')), node.places[0])
    assert refused.value.field == str(node.directory.join('no such'))


NODES = ('network_metadata', 'nodes')
HERE = {'9.2/node-2.': 'node-2', '11.0/node-48.': 'node-48'}


@pytest.mark.parametrize('name', sorted(HERE))
@pytest.mark.parametrize('keys, value, field, must', [
    (('openstack_version',), ['mitaka-9.0'], None, 'must be a text or a number, not a list'),
    (('openstack_version',), {'mitaka-9.0': 1}, None, 'must be a text or a number, not a mapping'),
    (('openstack_version',), None, None, 'must be one of 2015.1.0-7.0, liberty-8.0, mitaka-9.0, newton-10.0, '),
    (('openstack_version',), 9, None, "not '9'"),
    (('fuel_version',), ['9'], None, 'must be a text or a number, not a list'),
    (('ceilometer',), 'on', None, 'must be a mapping, not a text'),
    (('ceilometer',), True, None, 'must be a mapping, not true'),
    (('ceilometer',), [], None, 'must be a mapping, not a list'),
    (('ceilometer',), None, 'ceilometer.enabled', 'must be true, not null'),
    (('ceilometer', 'enabled'), 'true', None, 'must be true, not a text'),
    (('ceilometer', 'enabled'), 1, None, 'must be true, not a number'),
    (('ceilometer', 'enabled'), {}, None, 'must be true, not a mapping'),
    (('ceilometer-redis',), ['metadata'], None, 'must be a mapping, not a list'),
    (('ceilometer-redis',), 'on', None, 'must be a mapping, not a text'),
    (('ceilometer-redis', 'metadata'), 'enabled', None, 'must be a mapping, not a text'),
    (('ceilometer-redis', 'metadata'), [{'enabled': True}], None, 'must be a mapping, not a list'),
    (('ceilometer-redis', 'metadata', 'enabled'), 'false', None, 'must be true, not a text'),
    (('network_metadata',), [], None, 'must be a mapping, not a list'),
    (NODES, [{'uid': '1'}], None, 'must be a mapping, not a list'),
    (NODES, 'node-1', None, 'must be a mapping, not a text'),
    (NODES + ('HERE',), None, None, 'must be a mapping, not null'),
    (NODES + ('HERE',), [], None, 'must be a mapping, not a list'),
    (NODES + ('another',), None, None, 'must be a mapping, not null'),
    (NODES + ('HERE', 'node_roles'), 'controller', None, 'must be a list of texts, not a text'),
    (NODES + ('HERE', 'node_roles'), {'controller': 1}, None, 'must be a list of texts, not a mapping'),
    (NODES + ('HERE', 'node_roles'), [['controller']], None, 'must be a list of texts'),
    (NODES + ('HERE', 'network_roles'), ['management'], None, 'must be a mapping, not a list'),
    (NODES + ('HERE', 'network_roles'), 'management', None, 'must be a mapping, not a text'),
    (NODES + ('HERE', 'network_roles', 'ceilometer/api'), ['192.168.0.4'], None, 'must be an IP address'),
    (NODES + ('HERE', 'network_roles', 'ceilometer/api'), {'a': 1}, None, 'must be an IP address'),
    (NODES + ('HERE', 'network_roles', 'ceilometer/api'), '192.168.0.4\0', None, 'must be an IP address'),
    (NODES + ('HERE', 'uid'), {'a': 1}, None, 'must be a text or a number, not a mapping'),
    (NODES + ('HERE', 'uid'), True, None, 'must be a text or a number, not true'),
    (NODES + ('HERE', 'uid'), '1234567890', None, 'must be a number'),
    (NODES + ('HERE', 'name'), ['node'], None, 'must be a text or a number, not a list'),
    (NODES + ('HERE', 'fqdn'), {'a': 1}, None, 'must be a text or a number, not a mapping'),
    (('uid',), {'a': 1}, None, 'must be a text or a number, not a mapping'),
    (('uid',), ['2'], None, 'must be a text or a number, not a list'),
])
def test_data_of_another_shape_are_refused_in_one_line_by_the_key(tmpdir, capsys, name, keys, value, field, must):
    node, output = recorded.Node(tmpdir), tmpdir.join('etc', 'deployment.yaml')
    keys = [HERE[name] if key == 'HERE' else key for key in keys]
    texts = recorded.files(name)
    for part in sorted(texts):
        data = yaml.safe_load(texts[part]) or {}
        if 'ceilometer-redis' in data:
            data['ceilometer-redis']['redis_password'] = recorded.PASSWORD
        if keys[0] in data:
            inner = data
            for key in keys[:-1]:
                inner = inner[key]
            inner[keys[-1]] = value
        texts[part] = yaml.safe_dump(data)
    node.put(texts)
    for options in ([], ['--check']):
        code = main(['deployment', '--astute', node.places[0], '--hiera', node.places[1],
                     '--output', str(output)] + options)
        out, err = capsys.readouterr()
        assert (code, out, err.count('\n')) == (2, '', 1)
        assert err.startswith('ceilometer-redis: %s must ' % (field or '.'.join(keys)))
        assert must in err
    assert not output.dirpath().check()


@pytest.mark.parametrize('keys, value', [
    (('network_metadata', 'nodes', 'node-7', 'network_roles'), None),
    (('network_metadata', 'nodes', 'node-7', 'node_roles'), None),
    (('network_metadata', 'nodes', 'node-2', 'uid'), 2),
    (('uid',), 2),
    (('network_scheme',), 'of no interest while no compute agent coordinates'),
    (('plugins',), None),
])
def test_what_is_not_read_may_have_any_shape_and_numbers_may_be_numbers(keys, value):
    data = recorded.data('9.2/node-2.')
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    assert build.build(data) == build.build(recorded.data('9.2/node-2.'))


@pytest.mark.parametrize('keys, value, field', [
    (('openstack_version',), 'LONG', 'openstack_version'),
    (('network_metadata', 'nodes', 'node-1', 'uid'), 'LONG', 'network_metadata.nodes.node-1.uid'),
    (('ceilometer-redis', 'redis_port'), 'LONG', 'redis_port'),
    (('ceilometer-redis', 'sentinel_port'), 'S' * 70000, 'sentinel_port'),
    (('ceilometer-redis', 'down_after'), {'password': 'S3cret', 'x': 'LONG'}, 'down_after'),
    (('ceilometer-redis', 'store'), ['S3cret'], 'store'),
    (('ceilometer-redis', 'guard'), {'S3cret': 'LONG'}, 'guard'),
])
def test_what_is_endless_or_nested_is_refused_by_its_key_and_not_shown(tmpdir, capsys, keys, value, field):
    node, data = recorded.Node(tmpdir), recorded.data('9.2/node-2.')
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    # A number that Python 3.11 reads, and writes not.
    node.put({'astute.yaml': yaml.safe_dump(data).replace('LONG', '0x' + 'f' * 5000)})
    assert main(['deployment', '--astute', node.places[0], '--output', str(tmpdir.join('etc', 'x'))]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines()), 'S3cret' in err) == ('', 1, False)
    assert err.startswith('ceilometer-redis: %s must ' % field) and (len(err) < 400 or str is bytes)


@pytest.mark.parametrize('place', [('network_metadata', 'nodes', 'node-2', 'network_roles', 'ceilometer/api'),
                                   ('ceilometer-redis', 'redis_port'), ('uid',), ('openstack_version',)])
def test_aliases_that_make_millions_of_a_few_lines_cost_nothing(place):
    data, bomb = recorded.data('9.2/node-2.'), ['S3cret']
    for _ in range(64):
        bomb = [bomb, bomb]
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = bomb
    with pytest.raises(BadInput) as refused:
        build.build(data)
    assert 'a list' in str(refused.value)


def test_aliases_in_both_of_hieras_files_cost_nothing(node):
    bomb = 'x0: &x0 {a: 1}\n' + ''.join('x%d: &x%d {a: *x%d, b: *x%d}\n' % (number, number, number - 1, number - 1)
                                       for number in range(1, 64))
    put(node, COMMENT, CLUSTER + bomb, NODE + bomb)
    assert astute.read(*node.places)['x1'] == {'a': {'a': 1}, 'b': {'a': 1}}

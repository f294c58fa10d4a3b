# SPDX-License-Identifier: Apache-2.0
"""The deployment file: what is in it, who may read it, and what is none."""

import os
import stat
import subprocess

import pytest
import yaml
from deployments import FILE_OF_NODE_2, ZOOKEEPER
from recorded import data as astute

from ceilometer_redis.__main__ import main
from ceilometer_redis.deployment import build, document, parts
from ceilometer_redis.errors import BadInput

FILE_OF_A_COMPUTE_NODE = """\
client: redis
environment:
  fuel_version: '9.1'
  openstack_version: 'mitaka-9.0'
node:
  address: '192.168.0.2'
  fqdn: 'node-6.example.com'
  name: 'node-6'
  primary: false
options:
  compute/workload_partitioning:
    value: 'true'
  coordination/backend_url:
    secret: true
    value: 'redis://:S3cretS3cret@192.168.0.5:26379?sentinel=ceilometer-redis&sentinel_fallback=192.168.0.4:26379\
&sentinel_fallback=192.168.0.3:26379&db=0&timeout=10&membership_timeout=60&socket_timeout=5'
services:
- ceilometer-polling
"""


def test_the_file_is_written_for_its_owner_and_group_alone(host):
    code, out, err = host.run()
    assert (code, err) == (0, [])
    assert out == ['%s: to be created' % host.path, '%s: written' % host.path]
    assert host.path.read() == FILE_OF_NODE_2
    assert stat.S_IMODE(os.stat(str(host.path)).st_mode) == 0o640
    assert document.load(str(host.path)) == build.build(astute('9.2/node-2.'))


def test_a_compute_nodes_file_is_as_closed_and_is_no_controllers(host):
    host.fuel_says(astute('9.2/node-6.', coordinate_compute=True))
    assert host.run()[0] == 0
    assert host.path.read() == FILE_OF_A_COMPUTE_NODE
    assert stat.S_IMODE(os.stat(str(host.path)).st_mode) == 0o640
    assert host.run() == (0, ['%s: nothing to change' % host.path], [])
    assert document.load(str(host.path), parts.PARTS)['services'] == ['ceilometer-polling']
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert refused.value.field == str(host.path)


def spoilt(part, value):
    return yaml.safe_dump(dict(yaml.safe_load(FILE_OF_NODE_2), **{part: value})).encode('ascii')


STORE = yaml.safe_load(FILE_OF_NODE_2)
SPOILT = {
    'nothing': b'', 'a list': b'- a list\n', 'no YAML': b'{', 'no text': b'\xff\xfe\x00', 'too deep': b'- ' * 1500,
    'no truth': b'a: !!bool x', 'no number': b'a: !!int ""', 'two documents': b'a: 1\n---\nb: 2\n',
    'a number as a key': FILE_OF_NODE_2.encode('ascii') + b'1: 2\n',
    'null as a key': FILE_OF_NODE_2.encode('ascii') + b'null: 2\n',
    'a number as a key within': spoilt('redis', {1: 2}),
    'a part of itself': FILE_OF_NODE_2.encode('ascii') + b'x: &x [*x]\n',
    'a former store by half': spoilt('former', {'redis': {}}),
    'a former store without a password': spoilt('former', {'redis': dict(STORE['redis'], password=None),
                                                           'sentinel': STORE['sentinel'],
                                                           'coordination': STORE['coordination']}),
    'an option without a value': spoilt('options', {'notification/workload_partitioning': {'secret': False}}),
    'an option that is a number': spoilt('options', {'notification/pipeline_processing_queues': {'value': 10}}),
    'an option that is a text': spoilt('options', {'notification/workload_partitioning': 'true'}),
    'aliases': FILE_OF_NODE_2.encode('ascii') + b'x: &x []\ny: *x\n',
    'aliases that make millions of a few lines': FILE_OF_NODE_2.encode('ascii') + b'x0: &x0 [S3cret]\n' + b''.join(
        b'x%d: &x%d [*x%d, *x%d]\n' % (number, number, number - 1, number - 1) for number in range(1, 64)),
}
for wrong in (None, 'S3cretS3cret'):
    SPOILT.update(('%s: %s' % (part, wrong), spoilt(part, wrong)) for part in (
        'node', 'options', 'agents', 'released', 'coordination', 'redis', 'sentinel', 'former'))
for wrong in (None, 'x', {}, {'service': 'x', 'config': None}):
    SPOILT.update(('an agent in %s: %s' % (part, wrong), spoilt(part, {'p_x': wrong}))
                  for part in ('agents', 'released'))


@pytest.mark.parametrize('settings, redis', [({}, False), ({'store': 'existing', 'backend_url': ZOOKEEPER}, True)])
@pytest.mark.parametrize('name', sorted(SPOILT))
def test_a_spoilt_file_is_replaced_and_kept_aside(host, name, settings, redis):
    content = SPOILT[name]
    if redis:
        host.path.dirpath().join('redis', 'redis.conf').write('port 6379\n', ensure=True)
    host.fuel_says(astute('9.2/node-2.', **settings))
    host.path.write_binary(content, ensure=True)
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert refused.value.field == str(host.path) and 'S3cret' not in str(refused.value)
    replaced = '%s: to be replaced, it must %s' % (host.path, refused.value.must)
    assert host.run('--check') == (1, [replaced, '%s: would be written' % host.path], [])
    assert host.path.read_binary() == content
    assert host.run() == (0, [replaced, '%s: written' % host.path], [])
    assert yaml.safe_load(host.path.read()) == build.build(astute('9.2/node-2.', **settings))
    assert host.previous.read_binary() == content


@pytest.mark.parametrize('password', ['12345678', '12345e67', '0x123456', '1e100000', '00001234', 'nullnull'])
def test_a_password_that_looks_like_a_number_stays_a_text(host, password):
    host.fuel_says(astute('9.2/node-2.', redis_password=password))
    assert host.run()[0] == 0
    assert document.load(str(host.path))['redis']['password'] == password
    assert "password: '%s'" % password in host.path.read() or password.isalpha()


def test_a_file_without_a_part_is_not_a_deployment(host):
    host.run()
    host.path.write('node: {}\n')
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert refused.value.field == str(host.path)


@pytest.mark.parametrize('keys, value, must', [
    (('node', 'fqdn'), None, 'have a text as node.fqdn, not null'),
    (('node', 'address'), 5, 'have a text as node.address, not a number'),
    (('redis', 'port'), '6379', 'have a number as redis.port, not a text'),
    (('redis', 'port'), True, 'have a number as redis.port, not true'),
    (('redis', 'password'), {}, 'have a text as redis.password, not a mapping'),
    (('sentinel', 'quorum'), None, 'have a number as sentinel.quorum, not null'),
    (('coordination', 'backend_url'), None, 'have a text as coordination.backend_url, not null'),
    (('addresses',), 5, 'have a list as addresses, not a number'),
    (('addresses', 1), 5, 'have a text as addresses.1, not a number'),
    (('controllers',), [], 'have a list as controllers, not an empty one'),
    (('controllers', 2), 'node-3', 'have a mapping as controllers.2, not a text'),
    (('controllers', 2, 'primary'), 'no', 'have true or false as controllers.2.primary, not a text'),
    (('services',), {}, 'have a list as services, not a mapping'),
    (('guard',), 'yes', 'have true or false as guard, not a text'),
    (('controllers', 0, 'primary'), False, 'have one primary among its controllers, not 0'),
    (('controllers', 1, 'primary'), True, 'have one primary among its controllers, not 2'),
    (('controllers', 1, 'name'), 'node-1', 'have another name for each of its controllers'),
    (('controllers', 1, 'fqdn'), 'node-1.example.com', 'have another fqdn for each of its controllers'),
    (('controllers', 1, 'address'), '192.168.0.5', 'have another address for each of its controllers'),
    (('addresses', 2), '192.168.0.5', 'have the addresses of its controllers as addresses'),
    (('addresses',), ['192.168.0.5'], 'have the addresses of its controllers as addresses'),
    (('node', 'address'), '192.168.0.9', 'have its node among its controllers'),
    (('redis', 'port'), 0, 'have a port from 1 to 65535 as redis.port'),
    (('sentinel', 'port'), 65536, 'have a port from 1 to 65535 as sentinel.port'),
    (('coordination', 'backend_url'), 'redis:/', 'have a URL for tooz as coordination.backend_url'),
    (('coordination', 'backend_url'), 'http://10.0.0.9', 'have a URL for tooz as coordination.backend_url'),
    (('coordination', 'backend_url'), 'redis://10.0.0.9:S3cret', 'have a URL for tooz as coordination.backend_url'),
    (('coordination', 'backend_url'), 'redis://[10.0.0.9', 'have a URL for tooz as coordination.backend_url'),
    (('coordination', 'backend_url'), 'redis://10.0.0.9?db=S3cret', 'have a URL for tooz as coordination.backend_url'),
])
def test_a_file_that_somebody_changed_by_hand_is_refused_by_the_key(host, keys, value, must):
    data = yaml.safe_load(FILE_OF_NODE_2)
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    host.path.write(yaml.safe_dump(data), ensure=True)
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert str(refused.value) == "%s must %s: write it with 'ceilometer-redis deployment'" % (host.path, must)
    assert host.run()[0] == 0
    assert host.path.read() == FILE_OF_NODE_2


@pytest.mark.parametrize('mode', [0o660, 0o642, 0o666])
def test_a_file_that_others_may_write_is_believed_in_nothing(host, mode):
    host.run()
    host.path.chmod(mode)
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert refused.value.must == 'be of root, and writable for nobody else'
    replaced = '%s: to be replaced, it must be of root, and writable for nobody else' % host.path
    assert host.run() == (0, [replaced, '%s: written' % host.path], [])
    assert stat.S_IMODE(os.stat(str(host.path)).st_mode) == 0o640
    assert document.load(str(host.path))


@pytest.mark.skipif(os.geteuid() != 0, reason='chown is for root')
def test_a_file_of_somebody_else_is_believed_in_nothing(host):
    host.run()
    host.path.chown(12345, 0)
    with pytest.raises(BadInput) as refused:
        document.load(str(host.path))
    assert refused.value.must == 'be of root, and writable for nobody else'
    assert host.run()[0] == 0
    assert os.stat(str(host.path)).st_uid == 0


NODE_2 = yaml.safe_load(FILE_OF_NODE_2)
OF_EVERY_NODE = dict((part, NODE_2[part]) for part in ('node', 'options', 'services'))


AGENTS = {'agents': {}, 'controllers': NODE_2['controllers']}
LACKING = [
    (dict(AGENTS, node={}), 'have a text as node.fqdn, not null'),
    (dict(AGENTS, node={'fqdn': ['x']}), 'have a text as node.fqdn, not a list'),
    ({'services': [None]}, 'have a text as services.0, not null'),
    ({'agents': {}}, 'have the part controllers'),
    ({'controllers': []}, 'have the part agents'),
    ({'agents': {}, 'controllers': []}, 'have a list as controllers, not an empty one'),
    ({'agents': {}, 'controllers': [{}]}, 'have a text as controllers.0.fqdn, not null'),
    ({'options': {'coordination/backend_url': {}}}, 'have a text as the value of each of its options'),
]


@pytest.mark.parametrize('command, changed, must', [
    (command, changed, must) for command in (['withdraw', '--check'], ['withdraw'], ['join'])
    for changed, must in LACKING] + [
        (['join'], {'options': {'coordination/backend_url': {'value': 'S3cret'}}},
         'have a URL for tooz as coordination/backend_url'),
        (['join'], AGENTS, 'have the part addresses')])
def test_a_file_without_what_a_withdrawal_or_a_joining_asks_for_is_refused_by_the_key(host, command, changed, must):
    host.path.write(yaml.safe_dump(dict(OF_EVERY_NODE, **changed)), ensure=True)
    assert main(command + ['--deployment', str(host.path)]) == 2
    out, err = host.capsys.readouterr()
    assert (out, err) == ('', "ceilometer-redis: %s must %s: write it with 'ceilometer-redis deployment'\n"
                          % (host.path, must))


@pytest.mark.parametrize('place', ['astute', 'path'])
@pytest.mark.parametrize('check', [(), ('--check',)])
def test_a_named_pipe_and_what_is_too_large_are_refused_at_once(host, place, check):
    path = getattr(host, place)
    host.path.dirpath().ensure(dir=True)
    for make, why in ((lambda: os.mkfifo(str(path)), 'it is no file'),
                      (lambda: subprocess.check_call(['truncate', '--size', '1T', str(path)]), 'it has more than ')):
        if path.check():
            path.remove()
        make()
        code, out, err = host.run(*check)
        assert (code, out, len(err)) == (2, [], 1)
        assert str(path) in err[0] and why in err[0]
        assert os.listdir(str(host.path.dirpath())) == (['deployment.yaml'] if place == 'path' else [])


@pytest.mark.parametrize('name, why', [('no such', 'No such file or directory'), ('', 'Is a directory')])
def test_a_file_that_cannot_be_read_is_named(tmpdir, name, why):
    path = str(tmpdir.join(name))
    with pytest.raises(BadInput) as refused:
        document.load(path)
    assert str(refused.value) == '%s must be a file that can be read: %s' % (path, why)

# SPDX-License-Identifier: Apache-2.0
"""Fuel's data and settings."""

import pytest
import recorded
import yaml
from fuzz.mutations import ODD, contents, trees
from fuzz.property import answer, run
from hypothesis import given
from hypothesis import strategies as st

from ceilometer_redis.deployment import build
from ceilometer_redis.fuel import plugin, settings

#: What is read of a node's data, so that changes meet it.
READ = ('uid', 'fqdn', 'fuel_version', 'openstack_version', 'ceilometer', 'ceilometer-redis', 'network_metadata',
        'network_scheme', 'plugins')
NODES = ['7.0/node-1.', '8.0/node-2.', '9.2/node-2.', '9.2/node-6.', '10.0/node-53.', '11.0/node-47.']


def read(name):
    data = recorded.data(name, coordinate_compute=True, coordinate_notification=True)
    return dict((key, data[key]) for key in READ if key in data)


DATA = dict((name, read(name)) for name in NODES)
SETTINGS = dict(settings.DEFAULTS, redis_password=recorded.PASSWORD)


@pytest.mark.parametrize('name', NODES)
@given(data=st.data())
def test_data_of_any_shape_are_understood_or_refused(name, data):
    astute = data.draw(trees(DATA[name]))
    if isinstance(astute, dict):
        answer(build.build, astute)


@given(data=st.data())
def test_the_networks_of_any_shape_are_understood_or_refused(data):
    name = data.draw(st.sampled_from(NODES))
    for part in ('network_metadata', 'network_scheme'):
        if part in DATA[name]:
            answer(build.build, dict(DATA[name], **{part: data.draw(trees(DATA[name][part]))}))


@given(st.dictionaries(st.sampled_from(sorted(SETTINGS)), ODD), st.sampled_from(['deploy', 'existing']))
def test_settings_of_any_shape_are_understood_or_refused(changed, store):
    answer(settings.validate, dict(dict(SETTINGS, store=store), **changed))


@pytest.mark.parametrize('name', ['9.2/node-2.', '11.0/node-47.'])
@given(data=st.data())
def test_files_of_any_bytes_are_understood_or_refused(name, data, tmp_path_factory, monkeypatch):
    monkeypatch.setattr('ceilometer_redis.coordination.agents_python.AGENTS', ())
    directory, content = tmp_path_factory.mktemp('node'), yaml.safe_dump(DATA[name]).encode()
    astute = directory / 'astute.yaml'
    if data.draw(st.booleans()):
        astute.write_bytes(data.draw(contents(content)))
    else:
        for part, keys in (('cluster', READ[3:]), ('node', READ[:3])):
            own = yaml.safe_dump(dict((key, DATA[name][key]) for key in keys if key in DATA[name])).encode()
            (directory / ('%s.yaml' % part)).write_bytes(data.draw(contents(own)))
    (directory / 'etc').mkdir()
    places = ['deployment', '--astute', str(astute), '--hiera', str(directory)]
    output = ['--output', str(directory / 'etc' / 'deployment.yaml')]
    assert run([*places, *output, '--check'], directory) == {0: 1}.get(code := run([*places, *output], directory), code)


@given(data=st.data())
def test_whether_the_plugin_is_off_is_answered_of_any_bytes(data, tmp_path_factory):
    directory = tmp_path_factory.mktemp('node')
    content = data.draw(contents(yaml.safe_dump(DATA['9.2/node-2.']).encode()))
    (directory / 'astute.yaml').write_bytes(content)
    assert plugin.switched_off(str(directory / 'astute.yaml'), str(directory)) in (True, False)
    assert plugin.may_be_off([content, b'', b'']) in (True, False)


@given(data=st.data())
def test_whether_the_plugin_is_off_is_answered_of_any_shape(data):
    astute = data.draw(trees(dict((key, DATA['8.0/node-2.'][key]) for key in DATA['8.0/node-2.'])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('ceilometer_redis.fuel.astute.contents', lambda *_: [b'x: 1\n'])
        patch.setattr('ceilometer_redis.fuel.astute.read', lambda *_: astute if isinstance(astute, dict) else {})
        assert plugin.switched_off() in (True, False)

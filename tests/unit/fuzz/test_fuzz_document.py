# SPDX-License-Identifier: Apache-2.0
"""The deployment file."""

import pytest
import yaml
from deployments import FILE_OF_NODE_2
from fuzz.mutations import contents, trees
from fuzz.property import answer, run
from hypothesis import given
from hypothesis import strategies as st
from recorded import PASSWORD
from recorded import data as recorded_data

from ceilometer_redis.deployment import build, document, parts

NODE_2 = yaml.safe_load(FILE_OF_NODE_2)
STORE = dict((part, NODE_2[part]) for part in parts.STORE_PARTS)
SERVED = dict((part, NODE_2[part]) for part in NODE_2 if part not in parts.STORE_PARTS)
SERVED.update(former=STORE, released=NODE_2['agents'],
              options={'notification/workload_partitioning': {'value': 'true'}},
              coordination={'backend_url': 'redis://:%s@10.0.0.9' % PASSWORD, 'service': 'redis://10.0.0.9',
                            'client': 'redis'})
COMPUTE = build.build(recorded_data('9.2/node-6.', coordinate_compute=True))
FUEL = dict((key, value) for key, value in recorded_data('9.2/node-2.').items() if key in (
    'uid', 'fqdn', 'fuel_version', 'openstack_version', 'ceilometer', 'ceilometer-redis', 'network_metadata'))
FILES = {'store': NODE_2, 'service': SERVED, 'compute': COMPUTE}


def mutated(name):
    return st.one_of(trees(FILES[name]).map(lambda tree: yaml.dump(tree, allow_unicode=False).encode()),
                     contents(yaml.safe_dump(FILES[name]).encode()))


@pytest.mark.parametrize('name', sorted(FILES))
@given(data=st.data())
def test_a_file_of_any_content_is_refused_or_has_all_that_is_asked_of_it(name, data, tmp_path_factory):
    path = tmp_path_factory.mktemp('etc') / 'deployment.yaml'
    path.write_bytes(data.draw(mutated(name)))
    deployment = answer(document.load, str(path))
    if deployment is not None:
        whole = parts.with_former_store(deployment)
        assert parts.addresses_own_first(deployment)[0] == deployment['node']['address']
        assert len([controller for controller in deployment['controllers'] if controller['primary']]) == 1
        assert all(agent['service'] is not None for agent in parts.all_agents(deployment).values())
        assert parts.service_of(deployment) or whole['redis']['port'] in range(65536)
    least = answer(document.load, str(path), parts.PARTS)
    if least is not None and parts.is_controllers(least):
        assert [controller['fqdn'] for controller in least['controllers']] and least['node']['fqdn'] is not None
    elif least is not None:
        assert all(option['value'] is not None for option in least['options'].values())


@given(data=st.data())
def test_a_deployment_writes_a_file_anew_whatever_it_holds(data, tmp_path_factory, monkeypatch):
    monkeypatch.setattr('ceilometer_redis.coordination.agents_python.AGENTS', ())
    directory = tmp_path_factory.mktemp('node')
    astute, path = directory / 'astute.yaml', directory / 'etc' / 'deployment.yaml'
    astute.write_bytes(yaml.safe_dump(FUEL).encode())
    path.parent.mkdir()
    path.write_bytes(data.draw(mutated(data.draw(st.sampled_from(['service', 'store'])))))
    command = ['deployment', '--astute', str(astute), '--hiera', str(directory), '--output', str(path)]
    would = run([*command, '--check'], directory)
    assert run(command, directory) == 0 and run([*command, '--check'], directory) == 0
    assert would in (0, 1) and document.load(str(path))['redis'] == NODE_2['redis']

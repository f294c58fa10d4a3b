# SPDX-License-Identifier: Apache-2.0
"""What a new deployment changes, told without secrets."""

import os
import stat

import pytest
import yaml
from deployments import FILE_OF_NODE_2
from recorded import data as astute

from ceilometer_redis.deployment import document


def test_a_change_on_a_compute_node_is_told_without_the_password(host):
    host.fuel_says(astute('9.2/node-6.', coordinate_compute=True))
    host.run()
    host.fuel_says(astute('9.2/node-6.'))
    code, out, _ = host.run()
    assert code == 0
    assert out == ['client: removed', 'client: redis -> none', 'node.address: 192.168.0.2 -> none',
                   'options.compute/workload_partitioning.value: true -> none',
                   'options.coordination/backend_url.secret: true -> none',
                   'options.coordination/backend_url.value: changed', 'services.0: ceilometer-polling -> none',
                   '%s: written' % host.path]


def test_a_file_of_a_version_without_the_roles_gets_their_parts(host):
    host.run()
    older = dict((part, value) for part, value in yaml.safe_load(host.path.read()).items()
                 if part not in ('clients', 'options', 'services'))
    host.path.write(document.dump(older))
    os.chmod(str(host.path), 0o640)
    assert host.run()[1] == ['clients: added', 'options: added', 'services: added', '%s: written' % host.path]
    assert host.path.read() == FILE_OF_NODE_2


def test_a_change_is_told_without_secrets_and_the_old_file_kept(host):
    host.run()
    host.fuel_says(astute('9.2/node-2.', redis_password='An0therPassw0rd', down_after='9'))
    code, out, err = host.run()
    assert (code, err) == (0, [])
    assert out == ['coordination.backend_url: changed', 'redis.password: changed', 'sentinel.down_after: 5000 -> 9000',
                   '%s: written' % host.path]
    assert host.previous.read() == FILE_OF_NODE_2
    assert stat.S_IMODE(os.stat(str(host.previous)).st_mode) == 0o640
    assert sorted(os.listdir(str(host.path.dirpath()))) == ['deployment.yaml', 'deployment.yaml.previous']


@pytest.mark.parametrize('keys, value', [
    (('redis', 'password'), ['An0therPassw0rd']), (('redis', 'password'), {'x': 'An0therPassw0rd'}),
    (('redis', 'master_password'), 'S3cretS3cret'), (('services',), ['S3cretS3cret']),
    (('coordination', 'former_url'), 'redis://:S3cretS3cret@10.0.0.9')])
def test_a_password_that_somebody_put_elsewhere_is_not_told(host, keys, value):
    host.run()
    data = yaml.safe_load(host.path.read())
    inner = data
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    host.path.write(document.dump(data))
    code, out, err = host.run()
    assert (code, err) == (0, []) and len(out) >= 2
    assert 'An0ther' not in ''.join(out) and 'S3cret: ' not in ''.join(out) and "-> S3cret" not in ''.join(out)
    assert host.path.read() == FILE_OF_NODE_2


def test_a_file_that_others_could_read_is_corrected(host):
    host.run()
    os.chmod(str(host.path), 0o644)
    assert host.run()[0] == 0
    assert stat.S_IMODE(os.stat(str(host.path)).st_mode) == 0o640
    assert host.run('--check')[0] == 0

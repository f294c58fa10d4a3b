# SPDX-License-Identifier: Apache-2.0
"""The command that writes the deployment file: what it says, what it refuses, and what it leaves alone."""

import os

import pytest
from deployments import FILE_OF_NODE_2, keep
from recorded import PASSWORD
from recorded import data as astute

from ceilometer_redis.deployment import document
from ceilometer_redis.errors import BadInput
from ceilometer_redis.history import journal


def identity(path):
    """What differs as soon as a file was written or replaced; the time of the last access does without that."""
    status = os.stat(str(path))
    return status.st_ino, status.st_mtime, status.st_ctime


def test_a_second_run_changes_nothing_and_says_so(host):
    host.run()
    before = identity(host.path)
    assert host.run() == (0, ['%s: nothing to change' % host.path], [])
    assert host.run('--check')[0] == 0
    assert identity(host.path) == before
    assert os.listdir(str(host.path.dirpath())) == ['deployment.yaml']


def test_check_says_what_would_change_and_changes_nothing(host):
    assert host.run('--check')[0] == 1
    assert not host.path.check()


@pytest.mark.parametrize('daemon', ['redis', 'sentinel'])
def test_another_port_than_a_daemon_has_is_refused_before_anything_is_written(host, daemon):
    host.run()
    conf = host.path.dirpath().join(daemon + '.conf')
    conf.write('bind 192.168.0.4\nport 7000\n', ensure=True)
    host.fuel_says(astute('9.2/node-2.', down_after='9'))
    line = ("ceilometer-redis: %s_port must be 7000, the port in %s, not '%s': for another one, deploy with the plugin "
            'switched off first')
    own = {'redis': 6379, 'sentinel': 26379}[daemon]
    assert host.run() == host.run('--check') == (2, [], [line % (daemon, conf, own)])
    assert host.path.read() == FILE_OF_NODE_2
    ports = {'%s_port' % daemon: '7000'}
    host.fuel_says(astute('9.2/node-2.', **ports))
    assert host.run()[0] == 0


def test_an_environment_that_uses_an_existing_service_may_have_had_any_ports(host):
    host.path.dirpath().join('redis.conf').write('port 7000\n', ensure=True)
    host.fuel_says(astute('9.2/node-2.', store='existing', backend_url='kazoo://10.0.0.9'))
    assert host.run()[0] == 0


@pytest.mark.parametrize('daemon', ['redis', 'sentinel'])
def test_a_port_in_a_daemons_own_file_refuses_nothing(host, daemon):
    """A client of the store, or who may write as its user, would keep the environment from being deployed."""
    host.path.dirpath().join('redis', daemon + '.conf').write('port 7000\n', ensure=True)
    assert host.run()[0] == 0


def test_a_prefix_whose_agents_share_meters_with_others_is_refused_before_anything_is_written(host, monkeypatch):
    def refuse(prefix):
        raise BadInput('partitioning_group_prefix', 'not be ' + prefix)
    host.run()
    monkeypatch.setattr('ceilometer_redis.coordination.meters.refuse_overlaps', refuse)
    assert host.run()[0] == 0
    host.fuel_says(astute('9.2/node-2.', partitioning_group_prefix='fuel'))
    assert host.run() == (2, [], ['ceilometer-redis: partitioning_group_prefix must not be fuel'])
    assert host.path.read() == FILE_OF_NODE_2


def test_bad_input_is_one_line_and_leaves_the_file_alone(host):
    host.run()
    host.fuel_says(astute('9.2/node-2.', redis_port='no port'))
    assert host.run() == (2, [], ["ceilometer-redis: redis_port must be 1024 to 65535, not 'no port'"])
    assert host.path.read() == FILE_OF_NODE_2


def test_fuels_data_that_cannot_be_parsed_are_not_quoted(host):
    host.astute.write('redis_password: %s\n{' % PASSWORD)
    code, out, err = host.run()
    assert (code, out, len(err)) == (2, [], 1)
    assert PASSWORD not in err[0]


def test_missing_data_of_fuel_are_named(host):
    host.astute.remove()
    code, out, err = host.run()
    assert (code, out, len(err)) == (2, [], 1)
    assert str(host.astute) in err[0]


def test_an_even_number_of_controllers_is_deployed_with_a_warning(host):
    host.fuel_says(keep(astute('9.2/node-2.'), 'node-1', 'node-2'))
    code, _, err = host.run()
    assert code == 0
    assert err == ['ceilometer-redis: warning: 2 controllers survive the loss of no more of them than 1 would: '
                   'the sentinels need 2 of 2 to agree on a new master']


def test_what_a_deployment_changes_is_history_but_not_what_another_file_would(host, monkeypatch):
    host.run()
    assert journal.read() == []
    monkeypatch.setattr(document, 'PATH', str(host.path))
    host.fuel_says(astute('9.2/node-2.', down_after='9'))
    host.run('--check')
    host.run()
    assert [values for _, values in journal.read()] == [
        {'event': 'deployment', 'text': 'sentinel.down_after: 5000 -> 9000'}]

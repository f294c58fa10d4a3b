# SPDX-License-Identifier: Apache-2.0
"""The OCF agents by themselves, judged by resource-agents' own tester."""

import pytest

import polling
from lab import cluster, waiting

AGENTS = {'redis-server': 'redis.conf', 'redis-sentinel': 'sentinel.conf'}


@pytest.fixture(scope='module')
def idle(deployed):
    """A controller that Pacemaker leaves alone."""
    host, other = deployed.controllers[2], deployed.controllers[0]
    other.run(f'crm node standby {host.fqdn}')
    waiting.until(lambda: not host.pids('redis-server'), 60, 'the end of the daemons')
    yield host
    other.run(f'crm node online {host.fqdn}')
    waiting.until(lambda: host.fqdn in cluster.running_on(other, 'clone_p_redis-server'), 60, 'the daemons again')


@pytest.mark.parametrize('agent', AGENTS)
def test_an_agent_does_what_the_ocf_standard_wants(idle, agent):
    path, conf = f'/usr/lib/ocf/resource.d/ceilometer-redis/{agent}', f'/etc/ceilometer-redis/redis/{AGENTS[agent]}'
    said = idle.run(f'ocf-tester -n tested -o config={conf} {path}', timeout=180).stdout
    assert f'{path} passed all tests' in said


def test_a_redis_server_that_refuses_to_end_for_a_while_is_stopped_in_order(idle):
    """It does while it writes the first file of its commands, as after each transfer of all data from its master.

    Pacemaker gives a stop 20 s once its resource is no longer defined.
    """
    conf = '/etc/ceilometer-redis/redis/redis.conf'
    agent = f'env OCF_ROOT=/usr/lib/ocf OCF_RESKEY_config={conf} /usr/lib/ocf/resource.d/ceilometer-redis/redis-server'
    idle.run(f'{agent} start')
    assert int(polling.redis(idle, 'DBSIZE')[0]) >= 3
    # Half a second for each key.
    polling.redis(idle, 'CONFIG SET rdb-key-save-delay 500000', 'CONFIG SET appendonly no',
                  'CONFIG SET appendonly yes')
    said = idle.run(f'timeout 20 {agent} stop', check=False)
    log = idle.run('tail -n 40 /var/log/redis/redis-server.log').stdout
    assert (said.returncode, idle.pids('redis-server')) == (0, []), said.stderr + log
    assert "Writing initial AOF, can't exit" in log
    assert 'killing it' not in said.stderr

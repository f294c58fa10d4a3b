"""The OCF agents by themselves, judged by resource-agents' own tester."""

import pytest

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

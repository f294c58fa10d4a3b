# SPDX-License-Identifier: Apache-2.0
"""What `status` and `check` say of each state that an operator meets, while it lasts, and how soon."""

import contextlib
import re
import time

import pytest

import polling
from lab import cluster, hosts, network, waiting

SERVERS, SENTINELS = 'clone_p_redis-server', 'clone_p_redis-sentinel'
CENTRAL, GUARDS = 'clone_p_ceilometer-agent-central', 'clone_p_ceilometer-redis-guard'
REDIS, SENTINEL = 'redis-server .*:6379', 'redis-server .*sentinel'

# Seconds that a look may take, whatever is off; of them ssh has some.
SOON, SSH = 1.5, 0.5


@pytest.fixture
def first(settled):
    """A controller that is asked; the lab comes to rest again after each test."""
    yield settled.controllers[0]
    polling.await_rest(settled)


def looked(host):
    """(exit code, first line) of a status, which is there soon."""
    begun = time.monotonic()
    answer = host.run('ceilometer-redis status', check=False)
    assert time.monotonic() - begun < SOON + SSH
    return answer.returncode, answer.stdout.partition('\n')[0]


def is_said(host, code, words, name):
    """Wait until the status begins with these words and this name; the check has that code and name then."""
    begins = {1: 'degraded', 2: 'critical'}[code]
    waiting.until(lambda: (line := looked(host)) == (1, line[1]) and line[1].startswith(f'{begins}: {words}')
                  and f'[{name}]' in line[1], 45, f'{begins}: {words}')
    assert polling.check(host)[0] == code
    assert f'{name}: ' in polling.check(host)[1]


def test_a_healthy_store(first):
    assert looked(first) == (0, 'healthy')
    code, line = polling.check(first)
    assert (code, re.sub(r'node-\d', 'N', line.partition(' | ')[0])) == (
        0, 'CEILOMETER-REDIS OK - 3 controllers, redis master is N')
    groups = polling.status(first)['groups']
    central, = [group for group in groups if group['group'] == polling.GROUP]
    assert {member['controller'] for member in central['members']} == {'node-1', 'node-2', 'node-3'}
    assert sum(member['share'] for member in central['members']) == pytest.approx(1)
    assert all(member['beat'] < 10 and member['since'] for member in central['members'])


def test_metrics_are_written(first):
    first.run('ceilometer-redis check --prometheus /run/x.prom')
    assert 'ceilometer_redis_state 0\n' in first.run('cat /run/x.prom; rm /run/x.prom').stdout


def test_all_central_agents_are_stopped(first):
    with cluster.told(first, CENTRAL, 'target-role', 'Stopped'):
        is_said(first, 2, 'nothing is polled: ceilometer-agent-central runs nowhere (target-role is Stopped)',
                'nothing-is-polled')


def test_all_central_agents_are_dead(settled, first):
    with cluster.told(first, CENTRAL, 'is-managed', 'false'):
        for host in settled.controllers:
            host.kill(polling.AGENT)
        is_said(first, 2, 'nothing is polled', 'nothing-is-polled')


def test_one_agent_is_dead_and_unmanaged(settled, first):
    other = settled.controllers[1]
    with cluster.told(first, CENTRAL, 'is-managed', 'false'):
        other.kill(polling.AGENT)
        polling.says(first, 'unmanaged', 'agent-down', within=45)
        found, = [problem['what'] for problem in polling.status(first)['problems'] if problem['name'] == 'agent-down']
        assert found.startswith(f'ceilometer-agent-central down on {other.name} (unmanaged')


def test_a_guard_is_dead(first):
    with cluster.told(first, GUARDS, 'is-managed', 'false'):
        first.kill(polling.GUARD)
        polling.says(first, 'guard-down', within=45)
        text = waiting.until(lambda: 'the guard here last looked' in (
            said := first.run('ceilometer-redis status', check=False).stdout) and said, 30, 'a guard that is silent')
        assert 'guard here:' not in text


def test_a_controller_is_off_and_then_another(settled, first):
    second, third = settled.controllers[1:]
    third.power_off()
    is_said(first, 1, 'node-3 is offline, work goes on', 'controller-offline')
    second.power_off()
    is_said(first, 2, 'no quorum: Pacemaker has stopped everything; bring one back', 'no-quorum')
    assert first.run('ceilometer-redis master', check=False).returncode == 0
    assert first.run('ceilometer-redis master --running', check=False).returncode == 1
    hosts.boot([second, third])


def test_a_controller_is_cut_off(settled, first):
    others = settled.controllers[1:]
    network.partition([first], others)
    is_said(first, 2, 'no quorum', 'no-quorum')
    is_said(others[0], 1, 'node-1 is offline', 'controller-offline')
    network.heal([first])


@contextlib.contextmanager
def crm(host, done, undone):
    """A while in which an operator has done something with crm."""
    host.run(f'crm {done}')
    try:
        yield
    finally:
        host.run(f'crm {undone}')


def test_standby_maintenance_and_unmanaged_by_their_names(settled, first):
    fqdn = settled.controllers[1].fqdn
    with crm(first, f'node standby {fqdn}', f'node online {fqdn}'):
        is_said(first, 1, 'node-2 is on standby', 'controller-standby')
    with cluster.unattended(first):
        is_said(first, 1, 'maintenance-mode is true', 'maintenance')
    polling.await_rest(settled)
    with cluster.told(first, SERVERS, 'is-managed', 'false'):
        is_said(first, 1, 'p_redis-server: is-managed is false', 'unmanaged')


def test_the_master_is_elected_anew(settled, first):
    master = polling.master(settled)
    witness = next(host for host in settled.controllers if host is not master)
    with cluster.told(witness, SERVERS, 'is-managed', 'false'), cluster.told(witness, SENTINELS, 'is-managed', 'false'):
        master.kill(REDIS)
        master.kill(SENTINEL)
        is_said(witness, 2, 'electing a new redis master; wait 10 s', 'electing-a-master')
        waiting.until(lambda: polling.master(settled) not in (None, master), 30, 'another redis master')
        polling.says(witness, 'redis-down', 'sentinel-down')


def test_no_replica_may_be_promoted(settled, first):
    replicas = [host for host in settled.controllers if host is not polling.master(settled)]
    for host in replicas:
        polling.redis(host, 'CONFIG SET slave-priority 0')
    polling.says(first, 'no-candidate')
    for host in replicas:
        polling.redis(host, 'CONFIG SET slave-priority 100')


def test_everything_is_stopped(first):
    with cluster.told(first, SERVERS, 'target-role', 'Stopped'):
        is_said(first, 2, 'no redis master: 0 of 3 servers answer', 'no-redis-master')
        answer = first.run('ceilometer-redis master')
        assert re.fullmatch(r'[0-9.]+ 6379\n', answer.stdout)
        assert first.run('ceilometer-redis master --running', check=False).returncode == 1


def test_a_member_that_is_nobodys(settled, first):
    master = polling.master(settled)
    polling.redis(master, f'HSET _tooz_group:{polling.GROUP} stranger x', 'SET _tooz_beats:stranger x EX 60')
    is_said(first, 1, "1 of 4 members of ceilometer-agent-central are no controller's", 'stranger-member')
    polling.redis(master, 'DEL _tooz_beats:stranger')

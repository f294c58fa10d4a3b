# SPDX-License-Identifier: Apache-2.0
"""Controllers that come, go and are replaced, by the plugin's own tasks.

Each test begins with the lab as the one before it left it, or with a new one when it is played alone.
"""

import re
import time

import pytest

from lab import astute, cluster, waiting
from lab import master as fuel_master
from polling import await_rest, cycles, master, recovery, redis, status, writable

pytestmark = pytest.mark.long

CLONES = ['clone_p_' + name for name in ('redis-server', 'redis-sentinel', 'ceilometer-redis-guard',
                                         'ceilometer-agent-central', 'aodh-evaluator')]
RULE = re.compile(r'-s (\S+)/32 .*--dports? (\d+) .*"12[12] redis(?:-sentinel)? from \1"')


@pytest.fixture
def beginning(deployed, packages, visible):
    """Call it with the names of controllers: the lab with the plugin on these, at rest."""
    lab = deployed

    def beginning(*names):
        if sorted(host.name for host in lab.controllers) != sorted(names):
            with visible():
                lab.down()
                lab.up(controllers=names)
                fuel_master.install(lab.master, packages['fp'])
                astute.deploy(lab)
        await_rest(lab)
        return lab
    return beginning


@pytest.fixture
def deploy(lab, visible, measured, request):
    """Deploy, once and again, and prove that every controller knows these controllers and no others."""
    def deploy():
        started = time.monotonic()
        with visible():
            astute.deploy(lab)
        measured(f'{request.node.name}: deployment', time.monotonic() - started)
        await_rest(lab)
        assert_consistent(lab)
        assert cycles(lab, 3)['exactly_once']
        with visible():
            assert [(run.task, run.node) for run in astute.deploy(lab) if run.changed] == []
    return deploy


def assert_consistent(lab):
    """Nothing on any controller names another than the controllers, and nothing lacks one."""
    names, addresses = {host.fqdn for host in lab.controllers}, {host.address for host in lab.controllers}
    count = len(addresses)
    for host in lab.controllers:
        seen = status(host)
        assert seen['problems'] == []
        assert {(row['sentinels'], row['replicas'], row['quorum']) for row in seen['controllers']} == {
            (count, count - 1, count // 2 + 1)}
        assert sentinels(host) == addresses - {host.address}
        assert replicas(host) == addresses - {seen['master']}
        assert redis(host, 'CONFIG GET min-slaves-to-write')[1] == ('1' if count >= 3 else '0')
        assert coordinated(host) == [addresses, addresses]
        assert open_to(host) == {(address, port) for address in addresses for port in ('6379', '26379')}
    assert {clone: places(host, clone) for clone in CLONES} == dict.fromkeys(CLONES, names)
    assert {clone: set(cluster.running_on(host, clone)) for clone in CLONES} == dict.fromkeys(CLONES, names)
    assert cluster.failures(host) == []


def sentinels(host):
    """The addresses of the other sentinels that the one here knows."""
    return instances(host, 'sentinels')


def replicas(host):
    """The addresses of the replicas that the sentinel here knows."""
    return instances(host, 'slaves')


def instances(host, kind):
    answer = host.run(f'redis-cli -h {host.address} -p 26379 sentinel {kind} ceilometer-redis').stdout.split('\n')
    return {value for name, value in zip(answer, answer[1:]) if name == 'ip'}


def coordinated(host):
    """The addresses in backend_url, by configuration file."""
    texts = [host.run(f'sed -n "/^backend_url/s/.*@//p" {path}').stdout
             for path in ('/etc/ceilometer/ceilometer.conf', '/etc/aodh/aodh.conf')]
    return [set(re.findall(r'10\.[\d.]+', text)) for text in texts]


def open_to(host):
    """The (address, port) of the plugin's rules in the firewall."""
    return set(RULE.findall(host.run('iptables-save').stdout))


def places(host, clone):
    """The nodes that a clone's constraints name."""
    constraints = host.run("cibadmin --query --scope constraints").stdout
    return set(re.findall(rf'<rsc_location [^>]*rsc="{clone}" node="([^"]*)"', constraints))


def give_master_to(lab, name):
    """Have the redis master on this controller, by planned handovers."""
    target = lab.hosts[name]
    redis(target, 'CONFIG SET slave-priority 1')

    def given():
        present = master(lab)
        if present is not None and present is not target:
            present.run('ceilometer-redis handover', check=False)
        return present is target
    waiting.until(given, 180, f'{name} is master', interval=5)
    redis(target, 'CONFIG SET slave-priority 100')
    await_rest(lab)


def lose_master(lab, measured, name):
    """Lose the power of the master's controller: the store moves on, and its agent's share; then it comes back."""
    victim, lost = master(lab), time.time()
    victim.power_off()
    waiting.until(lambda: master(lab) not in (victim, None) and writable(lab), 60, 'another master')
    measured(f'{name}: loss of the master, another takes writes', time.time() - lost)
    seconds = recovery(lab, lost, 120)
    measured(f'{name}: loss of the master, each image polled once', seconds)
    assert seconds < 120
    await_rest(lab)


def test_one_controller_becomes_three(beginning, deploy, measured):
    lab = beginning('node-1')
    lab.add('node-2', 'node-3')
    deploy()
    lose_master(lab, measured, 'three of one')


def test_three_controllers_become_five(beginning, deploy, measured):
    lab = beginning('node-1', 'node-2', 'node-3')
    lab.add('node-6', 'node-7')
    deploy()
    lose_master(lab, measured, 'five of three')


def test_five_controllers_become_three_the_one_with_the_master_gone(beginning, deploy, measured):
    lab = beginning('node-1', 'node-2', 'node-3', 'node-6', 'node-7')
    give_master_to(lab, 'node-7')
    lab.remove('node-6', 'node-7')
    deploy()
    lose_master(lab, measured, 'three of five')


def test_the_controller_with_the_master_is_replaced(beginning, deploy, measured):
    lab = beginning('node-1', 'node-2', 'node-3')
    give_master_to(lab, 'node-3')
    lab.remove('node-3')
    lab.add('node-6')
    deploy()
    lose_master(lab, measured, 'the one with the master replaced')


def test_fuels_primary_controller_is_replaced(beginning, deploy, measured):
    lab = beginning('node-1', 'node-2', 'node-6')
    give_master_to(lab, 'node-2')
    lab.remove('node-1')
    lab.add('node-3')
    deploy()
    lose_master(lab, measured, 'the primary one replaced')


def test_a_controller_is_replaced_by_one_at_a_former_address(beginning, deploy, measured):
    lab = beginning('node-2', 'node-3', 'node-6')
    give_master_to(lab, 'node-2')
    lab.remove('node-6')
    lab.add('node-1')
    deploy()
    lose_master(lab, measured, 'one at a former address')

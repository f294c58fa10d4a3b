# SPDX-License-Identifier: Apache-2.0
"""Controllers cannot reach one another."""

import contextlib
import pathlib

import pytest

import polling
import recorder
from lab import cluster, network, telemetry, waiting

AGENTS = 'clone_p_ceilometer-agent-central'
DELAY = pathlib.Path(__file__).with_name('delay.py')

# Seconds until a controller that Pacemaker had given up, where it has stopped everything meanwhile
# (no-quorum-policy), runs its agents again.
AGAIN = 6 * telemetry.INTERVAL

# Seconds until the cluster has a controller in charge, redis runs and takes writes.
COLD = 60

# Seconds in which Sentinel may switch once: twice its failover timeout.
FLAPPING = 30


def refuses_writes(host):
    """Whether the redis server of a host takes no writes."""
    look = recorder.latest([host])[host.name]
    return look is not None and not look['writable']


def await_replacement(scene, master):
    """Wait until another controller has the master and the former one refuses writes."""
    scene.successor(master)
    waiting.until(lambda: refuses_writes(master), 15, 'a former master that refuses writes')


def test_the_controller_of_the_redis_master_is_cut_off(scene):
    """The controller of the redis master is cut off for good: it takes no writes, its agents do not poll."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, cut off')
    network.partition([master], scene.others(master))
    scene.successor(master)
    scene.isolated = [master]
    waiting.until(lambda: refuses_writes(master), 15, 'a former master that refuses writes')
    polling.says(master, 'no-quorum')
    polling.says(scene.others(master)[0], 'controller-offline')
    scene.check(right=3 * telemetry.INTERVAL)
    assert refuses_writes(master)


@pytest.mark.core
def test_the_controller_of_the_redis_master_is_cut_off_and_comes_back(scene):
    """The controller of the redis master is cut off until another is the master, and comes back."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, cut off')
    network.partition([master], scene.others(master))
    await_replacement(scene, master)
    polling.says(master, 'no-quorum')
    polling.says(scene.others(master)[0], 'controller-offline')
    scene.repaired('reachable again')
    network.heal([master])
    scene.check(right=AGAIN)


def test_only_its_own_sentinel_reaches_the_redis_master(scene):
    """The redis master is to be reached from its own controller only, the sentinels see each other: one switch."""
    master = scene.master
    scene.fault(f'port 6379 of {master.name}, of the master, closed')
    network.drop(master, *(f'INPUT -s {other.address} -p tcp --dport 6379' for other in scene.others(master)))
    scene.successor(master)
    polling.says(scene.others(master)[0], 'redis-down')
    polling.pass_time(scene.noted + FLAPPING)
    assert scene.switches() == 1
    scene.repaired('open again')
    network.heal([master])
    scene.check()
    assert scene.switches() == 1


def test_the_controller_of_the_redis_master_loses_one_of_its_links(scene):
    """The controllers of the redis master and of one replica no longer reach each other, the third reaches both."""
    master = scene.master
    replica, witness = scene.others(master)
    scene.fault(f'{master.name}, of the master, and {replica.name} cut off from each other')
    network.partition([master], [replica])
    # To Corosync one of the two is off.
    polling.says(witness, 'controller-offline')
    polling.pass_time(scene.noted + FLAPPING)
    assert scene.switches() <= 1
    scene.repaired('reachable again')
    network.heal([master])
    scene.check(right=AGAIN)


@pytest.mark.parametrize('chain, end', [('OUTPUT', 'd'), ('INPUT', 's')], ids=['sends', 'receives'])
def test_the_controller_of_the_redis_master_is_heard_or_hears_in_one_direction_only(scene, chain, end):
    """What the controller of the redis master sends, or what is sent to it, is lost: another is the master."""
    master = scene.master
    scene.fault(f'what {master.name}, of the master, {"sends" if end == "d" else "is sent"} is lost')
    network.drop(master, *(f'{chain} -{end} {other.address}' for other in scene.others(master)))
    await_replacement(scene, master)
    polling.says(scene.others(master)[0], 'controller-offline', within=60)
    scene.repaired('no longer')
    network.heal([master])
    scene.check(right=AGAIN)


def test_the_sentinels_do_not_reach_one_another(scene):
    """A firewall closes the sentinels' port between the controllers: the status says so, the store takes writes."""
    master = scene.master
    scene.fault('port 26379 closed between the controllers')
    for host in scene.controllers:
        network.drop(host, *(f'INPUT -s {other.address} -p tcp --dport 26379' for other in scene.others(host)))
    polling.says(master, 'no-failover', within=60)
    report = polling.cycles(scene.lab, 2)
    assert report['exactly_once'], report
    scene.repaired('open again')
    network.heal(scene.controllers)
    scene.check()
    assert (scene.master, scene.unwritable()) == (master, 0)


def test_the_controller_of_a_replica_is_cut_off_and_comes_back(scene):
    """The controller of a replica is cut off and comes back: the store takes writes all the while."""
    master = scene.master
    replica = scene.others(master)[0]
    scene.fault(f'{replica.name}, of a replica, cut off')
    network.partition([replica], scene.others(replica))
    waiting.until(lambda: not cluster.running_on(replica, AGENTS), 90, 'the end of the agent that is cut off')
    polling.says(replica, 'no-quorum')
    polling.says(master, 'controller-offline')
    scene.repaired('reachable again')
    network.heal([replica])
    scene.check(right=AGAIN)
    assert (scene.master, scene.unwritable()) == (master, 0)


def test_all_controllers_are_cut_off_from_one_another_and_come_back(scene):
    """No controller reaches another: none takes writes, all agents stop; then all come back."""
    scene.fault('all controllers cut off from one another')
    for host in scene.controllers:
        network.partition([host], scene.others(host))
    # A worker of an agent may take longer to end than systemd waits for it.
    waiting.until(lambda: not any(cluster.running_on(host, AGENTS) for host in scene.controllers), 90,
                  'the end of all agents')
    assert all(map(refuses_writes, scene.controllers))
    for host in scene.controllers:
        polling.says(host, 'no-quorum')
    scene.repaired('reachable again')
    network.heal(scene.controllers)
    scene.check(writable=COLD, right=len(scene.controllers) * AGAIN / 2 + 2 * telemetry.INTERVAL)


@pytest.mark.unseen('which packets are lost, and what that does, is chance')
def test_the_network_loses_packets(scene):
    """For a while every third packet that a controller is sent by another is lost."""
    scene.fault('30 % of all packets lost')
    for host in scene.controllers:
        network.drop(host, *(f'INPUT -s {other.address} -m statistic --mode random --probability 0.3'
                             for other in scene.others(host)))
    polling.pass_time(scene.noted + FLAPPING)
    scene.repaired('none is lost')
    network.heal(scene.controllers)
    scene.check(writable=COLD, right=len(scene.controllers) * AGAIN / 2 + 2 * telemetry.INTERVAL)


@contextlib.contextmanager
def held_back(host, least, most):
    """A while in which a program on a host, which rules of iptables send packets to, holds each for some seconds."""
    host.run('cat >/run/lab-delay.py', input=DELAY.read_text())
    host.run(f'systemd-run --quiet --collect --unit lab-delay python3 /run/lab-delay.py {least} {most}')
    yield
    host.run('systemctl stop lab-delay')


@pytest.mark.unseen('nothing is wrong: all answers come, within less than a second')
def test_what_the_controller_of_the_redis_master_sends_is_late(scene):
    """What the controller of the redis master sends is 100 to 300 ms late, and out of order: it stays the master."""
    master = scene.master
    with held_back(master, 0.1, 0.3):
        scene.fault(f'what {master.name}, of the master, sends is 100 to 300 ms late')
        network.treat(master, *(f'OUTPUT -d {other.address} -j NFQUEUE --queue-bypass'
                                for other in scene.others(master)))
        report = polling.cycles(scene.lab, 3)
        assert report['exactly_once'], report
        scene.repaired('no longer')
        network.heal([master])
    scene.check()
    assert (scene.master, scene.longest_gap() <= 1) == (master, True)


@pytest.mark.unseen('nothing is wrong: who gets a packet twice passes over the second one')
def test_what_the_controllers_send_arrives_twice(scene):
    """Every packet that a controller sends to another arrives twice: nobody notices."""
    master = scene.master
    scene.fault('every packet is sent twice')
    for host in scene.controllers:
        network.treat(host, *(f'OUTPUT -d {other.address} -j TEE --gateway {other.address}'
                              for other in scene.others(host)))
    report = polling.cycles(scene.lab, 3)
    assert report['exactly_once'], report
    scene.repaired('once')
    network.heal(scene.controllers)
    scene.check()
    assert (scene.master, scene.unwritable()) == (master, 0)

# SPDX-License-Identifier: Apache-2.0
"""A controller loses power, or all of them."""

import pytest

import polling
from lab import cluster, hosts, telemetry, waiting

AGENTS = 'clone_p_ceilometer-agent-central'

# Seconds until the cluster has a controller in charge (dc-deadtime, 20 s), redis runs and takes writes.
COLD = 60

# Seconds until two sentinels that stood for election at the same time, and both lost, do so again (twice the failover
# timeout of 15 s). One of two cold starts with two of three sentinels took so long.
SECOND_ELECTION = 30

# Seconds without writes in a planned handover of the master.
PLANNED = 1

# Seconds for the agents of a controller to start, in its turn.
TURN = 30


@pytest.mark.core
def test_the_controller_of_the_redis_master_loses_power(scene):
    """The controller of the redis master loses power."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, loses power')
    master.power_off()
    polling.says(scene.others(master)[0], 'controller-offline')
    # Its agent's membership ends when Pacemaker knows, about 10 s later.
    scene.check(right=3 * telemetry.INTERVAL)


@pytest.mark.core
def test_all_controllers_lose_power_and_return(scene):
    """All controllers lose power at once and come back together: the same master."""
    master = scene.master
    scene.fault('all controllers lose power')
    for host in scene.controllers:
        host.power_off()
    scene.repaired('power is back')
    hosts.boot(scene.controllers)
    polling.says(master, 'no-redis-master')
    scene.check(writable=COLD, right=len(scene.controllers) * TURN + 2 * telemetry.INTERVAL)
    assert scene.master is master


def test_all_controllers_lose_power_and_that_of_the_master_returns_last(scene):
    """All controllers lose power; two return, elect, and the last master follows when it is back."""
    master = scene.master
    scene.fault('all controllers lose power')
    for host in scene.controllers:
        host.power_off()
    scene.repaired('the power of two is back')
    hosts.boot(scene.others(master))
    polling.says(scene.others(master)[0], 'no-redis-master')
    scene.successor(master, within=COLD + SECOND_ELECTION)
    scene.repaired(f'the power of {master.name} is back')
    master.boot()
    scene.check(right=len(scene.controllers) * TURN + 2 * telemetry.INTERVAL)


def test_all_controllers_lose_power_and_that_of_the_master_never_returns(scene):
    """All controllers lose power and that of the master stays away: the others elect and poll all images."""
    master = scene.master
    scene.fault('all controllers lose power')
    for host in scene.controllers:
        host.power_off()
    scene.repaired('the power of two is back')
    hosts.boot(scene.others(master))
    polling.says(scene.others(master)[0], 'controller-offline', within=COLD + SECOND_ELECTION + TURN)
    scene.check(writable=COLD + SECOND_ELECTION, right=len(scene.controllers) * TURN + 2 * telemetry.INTERVAL)


def test_the_controller_of_a_replica_loses_power(scene):
    """The controller of a replica loses power: the store takes writes all the while."""
    replica = scene.others(scene.master)[0]
    scene.fault(f'{replica.name}, of a replica, loses power')
    replica.power_off()
    polling.says(scene.others(replica)[0], 'controller-offline')
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.unwritable() == 0


def test_most_controllers_lose_power_and_return(scene):
    """Two of three controllers lose power: the third refuses writes and stops its agents until one is back."""
    last = scene.others(scene.master)[0]
    scene.fault('two controllers lose power')
    for host in scene.others(last):
        host.power_off()
    waiting.until(lambda: not cluster.running_on(last, AGENTS), 90, 'the end of the agent without a majority')
    polling.says(last, 'no-quorum')
    assert scene.unwritable() > 0
    scene.repaired('their power is back')
    hosts.boot(scene.others(last))
    scene.check(writable=COLD, right=len(scene.controllers) * TURN + 2 * telemetry.INTERVAL)


def test_the_controller_of_the_redis_master_is_rebooted(scene):
    """The controller of the redis master is rebooted in order: the master is handed over."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, shut down')
    master.shutdown()
    polling.says(scene.others(master)[0], 'controller-offline')
    scene.repaired('switched on again')
    master.boot()
    scene.check(right=6 * telemetry.INTERVAL)
    assert scene.unwritable() <= PLANNED


def test_all_controllers_are_rebooted_one_after_another(scene):
    """All controllers are rebooted in order, one after another, each when the one before is whole again."""
    for host in scene.controllers:
        scene.fault(f'{host.name} shut down')
        host.shutdown()
        polling.says(scene.others(host)[0], 'controller-offline')
        scene.repaired(f'{host.name} switched on again')
        host.boot()
        polling.await_health(scene.controllers[0])
        waiting.until(lambda host=host: host.pids(polling.AGENT), 90, f'an agent on {host.name}')
    scene.check(right=6 * telemetry.INTERVAL)
    assert scene.longest_gap() <= PLANNED

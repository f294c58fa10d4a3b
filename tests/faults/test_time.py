# SPDX-License-Identifier: Apache-2.0
"""Time stands still for a daemon, a controller, or all of them."""

import contextlib

import pytest

import polling
from lab import cluster, telemetry

REDIS, SENTINEL = 'redis-server .*:6379', 'redis-server .*sentinel'
SERVERS = 'clone_p_redis-server'

# Seconds of a pause after which Sentinel distrusts its clock (2 s), and for which it then does nothing (TILT).
PAUSE, TILT = 3, 30

# Seconds for which a controller is frozen: Corosync has given it up (3 s), and another is the master.
FROZEN = 20

# Seconds until the agents of a controller that Pacemaker had given up run again, in their turn.
TURN = 6 * telemetry.INTERVAL


def test_the_redis_master_dies_while_all_sentinels_pause(scene):
    """All sentinels pause 3 s and the redis master dies meanwhile: they elect after TILT, which the status names."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault('all sentinels pause')
        for host in scene.controllers:
            host.kill(SENTINEL, 'STOP')
        master.kill(REDIS)
        polling.pass_time(scene.noted + PAUSE)
        scene.fault(f'they go on, redis master on {master.name} killed meanwhile')
        for host in scene.controllers:
            host.kill(SENTINEL, 'CONT')
        polling.says(master, 'electing-a-master', 'sentinel-paused', within=TILT)
        scene.successor(master)
    scene.check(writable=15 + TILT)


@contextlib.contextmanager
def frozen(scene, what, *hosts):
    """A while in which controllers are frozen."""
    scene.fault(f'{what} frozen')
    for host in hosts:
        host.freeze()
    yield
    polling.pass_time(scene.noted + FROZEN)
    scene.repaired('thawed')
    for host in hosts:
        host.thaw()


def test_the_controller_of_the_redis_master_is_frozen_and_thawed(scene):
    """The controller of the redis master is frozen until another is the master, and goes on as if nothing had been."""
    master = scene.master
    with frozen(scene, f'{master.name}, of the master,', master):
        polling.says(scene.others(master)[0], 'controller-offline')
    assert scene.master is not master
    scene.check(right=TURN)


def test_the_controller_of_a_replica_is_frozen_and_thawed(scene):
    """The controller of a replica is frozen and thawed: the store takes writes all the while."""
    replica = scene.others(scene.master)[0]
    with frozen(scene, f'{replica.name}, of a replica,', replica):
        polling.says(scene.others(replica)[0], 'controller-offline')
    scene.check(right=TURN)
    assert scene.unwritable() == 0


@pytest.mark.unseen('there is nobody to say something')
def test_all_controllers_are_frozen_and_thawed(scene):
    """All controllers are frozen at once and thawed, as with the storage below their disks: the same master."""
    master = scene.master
    with frozen(scene, 'all controllers', *scene.controllers):
        pass
    scene.check(right=TURN)
    assert scene.master is master

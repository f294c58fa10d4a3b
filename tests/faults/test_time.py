# SPDX-License-Identifier: Apache-2.0
"""Time stands still for a daemon, a controller, or all of them; or the clock of one daemon is wrong."""

import base64
import contextlib
import pathlib
import subprocess
import time

import pytest

import polling
from lab import cluster, telemetry, waiting

SERVERS = 'clone_p_redis-server'
AGENTS = '/usr/lib/ocf/resource.d/ceilometer-redis'

# On a controller: the library that sets the clock of who loads it, and the file that says by how many seconds.
LIBRARY, SHIFT = '/usr/local/lib/lab-clock.so', '/var/lib/lab-clock'
HOUR = 3600

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
            host.kill(polling.SENTINEL, 'STOP')
        master.kill(polling.REDIS)
        polling.pass_time(scene.noted + PAUSE)
        scene.fault(f'they go on, redis master on {master.name} killed meanwhile')
        for host in scene.controllers:
            host.kill(polling.SENTINEL, 'CONT')
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


@pytest.fixture
def clock(tmp_path):
    """The library, in base64."""
    library = tmp_path / 'clock.so'
    source = pathlib.Path(__file__).with_name('clock.c')
    subprocess.run(['gcc', '-shared', '-fPIC', f'-DSHIFT="{SHIFT}"', '-o', library, source], check=True)
    return base64.b64encode(library.read_bytes()).decode()


def give_clock(scene, host, clock, pattern, agent):
    """Start a daemon of a controller anew with a clock that can be set, and have all at rest."""
    clone = f'clone_p_{agent}'
    host.run(f'base64 -d >{LIBRARY} && echo +00000 >{SHIFT}', input=clock)
    with cluster.told(host, clone, 'is-managed', 'false'):
        host.kill(pattern)
        host.run(f'LD_PRELOAD={LIBRARY} OCF_ROOT=/usr/lib/ocf {AGENTS}/{agent} start')
        # Pacemaker may have looked just then, and would restart what runs again until it has looked once more.
        host.run(f'crm_resource --cleanup --resource {clone}')
        waiting.until(lambda: host.fqdn in cluster.running_on(host, clone), 15, 'a daemon that Pacemaker sees')
    polling.await_rest(scene.lab, intervals=2)


def set_clock(host, seconds):
    """Have that clock so many seconds ahead."""
    host.run(f'printf %+06d {seconds} | dd of={SHIFT} conv=notrunc status=none')


@pytest.mark.unseen('the guards put the members back within 5 s, and the replicas follow again as soon')
def test_the_clock_of_the_redis_master_is_set(scene, clock):
    """The clock of the redis master alone goes an hour ahead, and back: all beats end, the members come back."""
    master = scene.master
    give_clock(scene, master, clock, polling.REDIS, 'redis-server')
    assert scene.master is master
    scene.fault(f'clock of redis on {master.name}, the master, an hour ahead')
    set_clock(master, HOUR)
    assert int(scene.redis(master, 'TIME')[0]) > time.time() + HOUR / 2
    assert polling.recovery(scene.lab, scene.noted, within=120) < 15 + 3 * telemetry.INTERVAL
    scene.repaired('right again')
    set_clock(master, 0)
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.longest_gap() <= 15


def test_the_clock_of_a_sentinel_is_set_when_the_redis_master_dies(scene, clock):
    """The clock of one sentinel alone goes an hour ahead, and the redis master dies: the two others elect."""
    master = scene.master
    host = scene.others(master)[0]
    give_clock(scene, host, clock, polling.SENTINEL, 'redis-sentinel')
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'clock of the sentinel on {host.name} an hour ahead')
        set_clock(host, HOUR)
        polling.says(host, 'sentinel-paused')
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        scene.successor(master)
        assert scene.longest_gap() <= 15
        scene.repaired('the clock is right again')
        set_clock(host, 0)
    scene.check()

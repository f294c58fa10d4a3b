# SPDX-License-Identifier: Apache-2.0
"""The data of redis: no room for them, unreadable, lost."""

import pytest

import polling
from lab import cluster, disk, hosts, telemetry, waiting

SERVERS = 'clone_p_redis-server'
DATA = '/var/lib/ceilometer-redis'
AGENT = 'OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/ceilometer-redis/redis-server'

# Seconds until Pacemaker looks at a redis server (10 s), and starts it, a second time when it ends at once (5 s).
RESTART = 30

# Seconds until the cluster has a controller in charge (dc-deadtime, 20 s), redis runs and takes writes.
COLD = 60

# Seconds until the agents of all controllers run, one controller after another.
TURNS = 110

#: What is done to the files of redis, which keeps the older ones as a snapshot and all later commands in an other.
DAMAGES = {
    'empty': 'for file in appendonlydir/*; do : >$file; done',
    'truncated': 'truncate -s -5 appendonlydir/*.incr.aof',
    'damaged': 'printf "no command at all" | dd of=$(echo appendonlydir/*.incr.aof) bs=1 seek=100 conv=notrunc',
}


def damage(host, what):
    """Kill the redis server of a host and damage its data before anybody starts it again."""
    host.kill(polling.REDIS)
    host.run(f'cd {DATA} && {DAMAGES[what]}')


def kept(host):
    """What of its data a host could not read and keeps."""
    return host.run(f'ls {DATA}/unreadable.*', check=False).stdout.split()


@pytest.mark.parametrize('what', DAMAGES)
@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_a_replica_finds_its_data_unreadable(scene, what):
    """A replica ends and its data are emptied, cut off or damaged: it gets all from the master, nobody notices."""
    replica = scene.others(scene.master)[0]
    scene.fault(f'redis on {replica.name} killed, its data {what}')
    damage(replica, what)
    waiting.until(lambda: replica.pids(polling.REDIS), RESTART, f'redis on {replica.name}')
    scene.repaired('it runs again')
    scene.check()
    assert scene.unwritable() == 0
    # Redis itself leaves out a last command that is cut off.
    assert bool(kept(replica)) == (what != 'truncated')


def test_the_redis_master_finds_its_data_damaged(scene):
    """The redis master ends and its data are damaged: another one, which has them, is the master."""
    master = scene.master
    scene.fault(f'redis on {master.name}, the master, killed, its data damaged')
    damage(master, 'damaged')
    polling.says(master, 'electing-a-master', 'redis-down')
    scene.successor(master)
    scene.check()
    assert scene.master is not master
    assert kept(master)


def test_all_redis_servers_find_their_data_damaged(scene):
    """All redis servers end and the data of all are damaged: one is elected, the guards put the members back."""
    scene.fault('all redis servers killed, their data damaged')
    with cluster.told(scene.controllers[0], SERVERS, 'is-managed', 'false'):
        for host in scene.controllers:
            damage(host, 'damaged')
        polling.says(scene.controllers[0], 'no-redis-master', 'redis-down')
        scene.repaired('Pacemaker may start them')
    # It looks (10 s), they try (5 s), two wait for the one that was the master, which waits for another one.
    scene.check(writable=COLD, right=3 * telemetry.INTERVAL)
    assert all(map(kept, scene.controllers))


def test_all_controllers_lose_power_and_the_data_of_redis(scene):
    """All controllers lose power and come back without any data of redis: one is the master, all agents are members."""
    scene.fault('all controllers lose power, and the data of redis')
    for host in scene.controllers:
        host.run(f'rm -r {DATA}/*')
    for host in scene.controllers:
        host.power_off()
    scene.repaired('power is back')
    hosts.boot(scene.controllers)
    polling.says(scene.controllers[0], 'no-redis-master')
    scene.check(writable=COLD, right=TURNS)


def test_the_disk_of_the_redis_master_is_full(scene):
    """The disk of the redis master is full: another one is the master, and it follows when there is room again."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis on {master.name}, the master, killed, started again on a small disk')
        master.kill(polling.REDIS)
        master.run(f'cp -a {DATA} /run/moved && mount -t tmpfs -o size=4m,mode=0750,uid=redis,gid=redis tmpfs {DATA}'
                   f' && cp -a /run/moved/. {DATA} && {AGENT} start')
        assert scene.master is master
    scene.fault('its disk is full')
    master.run(f'cat /dev/zero >{DATA}/filled', check=False)
    polling.says(scene.others(master)[0], 'no-writes')
    scene.successor(master)
    report = polling.cycles(scene.lab, 2)
    assert report['exactly_once'], report
    # It is a replica by now that has no room for what the master sends.
    polling.says(scene.others(master)[0], 'replica-not-linked')
    # Whoever is connected to the former master stays with it until Pacemaker looks (10 s) and restarts it (5 s).
    assert scene.unwritable() < 20
    scene.repaired('there is room again')
    master.run(f'rm {DATA}/filled')
    scene.check()


def test_the_disk_of_the_redis_master_fails(scene):
    """The disk below the data of the redis master fails (EIO): another is the master, and it follows on a new disk."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis on {master.name}, the master, killed, started again on a disk of its own')
        master.kill(polling.REDIS)
        device = disk.put(master, DATA)
        master.run(f'{AGENT} start')
        assert scene.master is master
        scene.fault('that disk fails')
        disk.fail(master, device)
        polling.says(scene.others(master)[0], 'no-writes')
    scene.successor(master)
    # Whoever is connected to the former master stays with it until Pacemaker looks (10 s) and restarts it (5 s).
    assert scene.unwritable() < 30
    report = polling.cycles(scene.lab, 2)
    assert report['exactly_once'], report
    scene.repaired('the disk is replaced')
    master.run(f'{AGENT} stop && umount --lazy {DATA} && crm_resource --cleanup --resource {SERVERS}')
    scene.check()
    assert scene.master is not master


def test_the_redis_master_has_no_memory_left(scene):
    """The redis master reaches its maxmemory: it refuses writes and evicts nothing, and goes on when there is more."""
    master = scene.master
    members = sorted(polling.members(master))
    scene.fault(f'no memory left for redis on {master.name}, the master')
    polling.redis(master, 'CONFIG SET maxmemory 1')
    polling.says(master, 'no-writes')
    report = polling.cycles(scene.lab, 2)
    assert report['exactly_once'], report
    assert sorted(polling.members(master)) == members
    scene.repaired('there is more')
    polling.redis(master, 'CONFIG SET maxmemory 0')
    scene.check()
    assert scene.master is master

# SPDX-License-Identifier: Apache-2.0
"""What a daemon is configured by is lost, or wrong."""

import concurrent.futures

import pytest

import polling
from lab import astute, cluster, waiting

CONF = '/etc/ceilometer-redis/redis'
SERVERS, SENTINELS = 'clone_p_redis-server', 'clone_p_redis-sentinel'

# Seconds until Pacemaker looks at a daemon (10 s), starts it, and it has its data.
RESTART = 20

# Seconds until the sentinels have given up a master, and have found that nobody may take its place.
GIVEN_UP = 10

# Seconds until sentinels that found nobody try another election (twice the failover timeout of 15 s), and elect.
SECOND_ELECTION = 45


def lose(hosts, pattern, *names):
    """Remove files of the daemons that match a pattern and kill these, everywhere at once.

    A sentinel that lives meanwhile is told by its guard what its file lacks, and writes it anew.
    """
    files = ' '.join(f'{CONF}/{name}' for name in names)
    script = f"rm {files} && pkill -KILL -f '[{pattern[0]}]{pattern[1:]}'"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda host: host.run(script), hosts))


@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_a_sentinel_loses_its_file(scene):
    """A sentinel's file is emptied and it ends: it starts again and knows what the others know."""
    host = scene.others(scene.master)[0]
    scene.fault(f'sentinel.conf of {host.name} emptied, its sentinel killed')
    host.run(f': >{CONF}/sentinel.conf')
    host.kill(polling.SENTINEL)
    scene.check()
    assert scene.unwritable() == 0


@pytest.mark.core
def test_all_sentinels_lose_their_files_after_a_failover(scene):
    """After a failover all sentinels lose their files and end: they are told the real master, not the first one."""
    former = scene.master
    former.run('ceilometer-redis handover')
    master = scene.successor(former)
    scene.fault('sentinel.conf removed everywhere, all sentinels killed')
    lose(scene.controllers, polling.SENTINEL, 'sentinel.conf')
    polling.says(master, 'sentinel-down')
    scene.check()
    assert (scene.master, scene.unwritable()) == (master, 0)


@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_the_redis_master_loses_its_file(scene):
    """The redis master's file is emptied and it ends: it starts again, with its password and its data."""
    master = scene.master
    scene.fault(f'redis.conf of {master.name} emptied, its redis killed')
    master.run(f': >{CONF}/redis.conf')
    master.kill(polling.REDIS)
    scene.check()


def test_all_daemons_lose_their_files(scene):
    """All files of redis and the sentinels are gone and all of them end: they start again, with their data."""
    scene.fault('redis.conf and sentinel.conf removed everywhere, all daemons killed')
    lose(scene.controllers, 'redis-server', 'redis.conf', 'sentinel.conf')
    # No master, or one that takes no writes: in which order Pacemaker starts them is chance.
    polling.says(scene.controllers[0], 'redis-down', 'sentinel-down', code=2)
    scene.check(writable=2 * RESTART, right=60)


def test_a_replica_has_another_password_for_its_master(scene):
    """A replica logs in with a wrong password: its controller is named, the others serve, a deployment mends it."""
    master = scene.master
    replica = scene.others(master)[0]
    scene.fault(f'wrong masterauth on {replica.name}')
    polling.redis(replica, 'CONFIG SET masterauth wrong', 'SLAVEOF NO ONE',
                  f'SLAVEOF {master.address} 6379', 'CLIENT KILL TYPE master')
    polling.says(master, 'replica-not-linked')
    assert scene.unwritable() == 0
    scene.repaired('deployed')
    astute.deploy(scene.lab, say=lambda text: None)
    scene.check()
    assert scene.unwritable() == 0


def test_an_operator_makes_the_redis_master_a_replica(scene):
    """By mistake the redis master is made a replica of a replica: the sentinels undo it."""
    master = scene.master
    scene.fault(f'{master.name} made a replica by hand')
    polling.redis(master, f'SLAVEOF {scene.others(master)[0].address} 6379')
    polling.says(master, 'electing-a-master')
    # A master that says it is a replica is down for Sentinel after down-after and twice 10 s, its period of INFO.
    scene.check(writable=45)


def test_no_replica_may_be_promoted_when_the_redis_master_dies(scene):
    """All replicas have replica-priority 0, all guards hang, the master dies: going on, they let one be promoted."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault('replica-priority 0 on all replicas, all guards hang')
        for host in scene.controllers:
            host.kill(polling.GUARD, 'STOP')
        for replica in scene.others(master):
            scene.redis(replica, 'CONFIG SET slave-priority 0')
        polling.says(master, 'no-candidate')
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        polling.pass_time(scene.noted + GIVEN_UP)
        assert not polling.writable(scene.lab)
        polling.says(master, 'no-redis-master', 'redis-down')
        scene.repaired('the guards go on')
        for host in scene.controllers:
            host.kill(polling.GUARD, 'CONT')
        scene.successor(master)
    # The guards let one be promoted; the other is as somebody told it until the next deployment.
    for host in scene.others(master):
        host.run('ceilometer-redis apply redis')
    scene.check(writable=SECOND_ELECTION)


def test_another_program_has_the_port_of_a_sentinel(scene):
    """Another redis has a sentinel's port when that is to start: it is not taken for it, which starts when it can."""
    host, other = scene.others(scene.master)[0], scene.master
    with cluster.told(other, SENTINELS, 'is-managed', 'false'):
        scene.fault(f'sentinel on {host.name} killed, its port taken')
        host.kill(polling.SENTINEL)
        host.run(f'redis-server --bind {host.address} --port 26379 --daemonize yes --pidfile /run/foreign.pid'
                 ' --protected-mode no --save ""')
    waiting.until(lambda: [failure for failure in cluster.failures(other) if 'sentinel_start' in failure], 60,
                  'a start that fails')
    polling.says(other, 'sentinel-down')
    assert scene.unwritable() == 0
    scene.repaired('the port is free')
    host.run('kill $(cat /run/foreign.pid)')
    scene.check()

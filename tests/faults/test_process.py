"""A process of the store ends or hangs."""

import pytest

import polling
from lab import cluster, waiting

REDIS, SENTINEL = 'redis-server .*:6379', 'redis-server .*sentinel'
SERVERS, SENTINELS = 'clone_p_redis-server', 'clone_p_redis-sentinel'


@pytest.mark.core
def test_the_redis_master_is_killed(scene):
    """The process of the redis master is killed."""
    master = scene.master
    scene.fault(f'redis master on {master.name} killed')
    master.kill(REDIS)
    scene.check()


def test_the_redis_master_hangs(scene):
    """The redis master hangs (SIGSTOP) until Pacemaker restarts it."""
    master = scene.master
    scene.fault(f'redis master on {master.name} hangs')
    hung = master.kill(REDIS, 'STOP')
    waiting.until(lambda: not set(hung) & set(master.pids(REDIS)), 90, 'the end of the hung process')
    scene.repaired('Pacemaker has ended it')
    scene.check()


def test_the_redis_master_hangs_for_a_while_and_goes_on(scene):
    """The redis master hangs (SIGSTOP), Pacemaker looking on, and goes on when another one is the master."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {master.name} hangs')
        master.kill(REDIS, 'STOP')
        scene.successor(master)
        scene.repaired('it goes on')
        master.kill(REDIS, 'CONT')
    scene.check()


@pytest.mark.core
def test_most_sentinels_are_dead_while_the_master_lives(scene):
    """Two of three sentinels are dead: the store takes writes all the while, and its status says what is wrong."""
    first, *others = scene.controllers
    with cluster.told(first, SENTINELS, 'is-managed', 'false'):
        scene.fault('two sentinels killed')
        for host in others:
            host.kill(SENTINEL)
        waiting.until(lambda: any('sentinel' in problem for problem in polling.status(first)['problems']), 30,
                      'a status that says so')
        report = polling.cycles(scene.lab, 2)
        assert report['exactly_once'], report
        assert scene.unwritable() == 0
        scene.repaired('Pacemaker may restart them')
    scene.check()
    assert scene.unwritable() == 0

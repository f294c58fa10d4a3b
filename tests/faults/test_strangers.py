# SPDX-License-Identifier: Apache-2.0
"""Somebody who has no business there writes into the store, or tells a sentinel something."""

import pytest

import polling
from lab import cluster, telemetry

SERVERS = 'clone_p_redis-server'

# Seconds for which a beat counts that is never renewed, and for which one does that outlasts the scenario.
ONCE, LASTING = 40, 3000

STRANGER = 'stranger'
# Gives a member of a group what another one has there.
COPY = "return redis.call('hset', KEYS[1], ARGV[1], redis.call('hget', KEYS[1], ARGV[2]))"


def join(scene, seconds):
    """Write a member that nobody is into the group of the central agents, with a beat that counts so many seconds."""
    master = scene.master
    # Agents read of a member what it has in the group: what a real one has.
    scene.redis(master, f'SET _tooz_beats:{STRANGER} x EX {seconds}',
                f'EVAL "{COPY}" 1 _tooz_group:{polling.GROUP} {STRANGER} {polling.members(master)[0]}')


def test_a_member_that_nobody_is_beats_once(scene):
    """Somebody writes a member into the group of the agents: nobody polls its share until its beat has expired."""
    scene.fault('a member that nobody is, with one beat')
    join(scene, ONCE)
    polling.says(scene.master, 'stranger-member')
    polling.pass_time(scene.noted + ONCE)
    scene.repaired('its beat has expired')
    scene.check()
    assert scene.unwritable() == 0


def test_a_member_that_nobody_is_goes_on_beating(scene):
    """A member that nobody is beats on: the status tells, no guard ends it; its share is polled when somebody does."""
    scene.fault('a member that nobody is, which goes on beating')
    join(scene, LASTING)
    polling.says(scene.master, 'stranger-member')
    report = polling.cycles(scene.lab, 4)
    assert not report['exactly_once'], report
    polling.says(scene.master, 'stranger-member')
    scene.repaired('an operator ends it')
    scene.redis(scene.master, f'DEL _tooz_beats:{STRANGER}', f'HDEL _tooz_group:{polling.GROUP} {STRANGER}')
    scene.check()
    assert scene.unwritable() == 0


# What a sentinel is told, and what the status calls it.
TOLD = {
    'sentinel-settings': ['set {name} quorum 1'],
    'sentinel-down': ['remove {name}'],
    'foreign-master': ['remove {name}', 'monitor {name} 127.0.0.9 7777 1'],
}


@pytest.mark.parametrize('problem', TOLD)
def test_somebody_tells_a_sentinel_something_else(scene, problem):
    """A sentinel is told another quorum, to forget, or a foreign master, while its guard hangs; then that mends it."""
    master = scene.master
    host = scene.others(master)[0]
    scene.fault(f'guard on {host.name} hangs')
    host.kill(polling.GUARD, 'STOP')
    scene.fault(f'its sentinel is told what ends in {problem}')
    for command in TOLD[problem]:
        scene.sentinel(host, command.format(name=scene.configuration.master))
    polling.says(host, problem)
    scene.repaired('the guard goes on')
    host.kill(polling.GUARD, 'CONT')
    scene.check()
    assert (scene.master, scene.unwritable()) == (master, 0)


def test_somebody_tells_a_sentinel_of_a_foreign_master_when_the_redis_master_dies(scene):
    """A sentinel is told a foreign master and the redis master is killed: the others elect, the guard tells it whom."""
    master = scene.master
    host = scene.others(master)[0]
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'sentinel on {host.name} told a foreign master, redis master on {master.name} killed')
        for command in TOLD['foreign-master']:
            scene.sentinel(host, command.format(name=scene.configuration.master))
        master.kill(polling.REDIS)
        polling.says(master, 'redis-down', code=2)
        scene.successor(master)
    scene.check(right=3 * telemetry.INTERVAL)

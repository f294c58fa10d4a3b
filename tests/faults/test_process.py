# SPDX-License-Identifier: Apache-2.0
"""A process of the store ends or hangs."""

import concurrent.futures

import pytest

import polling
from lab import cluster, telemetry, waiting

SERVERS, SENTINELS = 'clone_p_redis-server', 'clone_p_redis-sentinel'
DATA = '/var/lib/ceilometer-redis'
AGENT = 'OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/ceilometer-redis/redis-server'

# Seconds until Pacemaker looks at a daemon (10 s), starts it, and it has its data.
RESTART = 20

# Seconds until sentinels whose leader ended try another election (twice the failover timeout of 15 s), and elect.
SECOND_ELECTION = 45


@pytest.mark.core
@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_the_redis_master_is_killed(scene):
    """The process of the redis master is killed."""
    master = scene.master
    scene.fault(f'redis master on {master.name} killed')
    master.kill(polling.REDIS)
    scene.check()


def test_the_redis_master_returns_while_it_is_replaced(scene):
    """The redis master is started again when the sentinels have given it up: it follows the one that replaces it."""
    master = scene.master

    def given_up():
        # The leader may be alone to say so, and for half a second; the others name the new one then.
        said = [scene.sentinel(host, 'masters') for host in scene.controllers]
        return any('o_down' in answer or master.address not in answer.split() for answer in said)
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        polling.says(master, 'electing-a-master', 'redis-down')
        waiting.until(given_up, 30, f'{master.name} given up', 0.1)
        master.run(f'{AGENT} start')
    scene.check()


def test_the_redis_master_hangs(scene):
    """The redis master hangs (SIGSTOP) until Pacemaker restarts it."""
    master = scene.master
    scene.fault(f'redis master on {master.name} hangs')
    hung = master.kill(polling.REDIS, 'STOP')
    polling.says(master, 'electing-a-master', 'redis-down')
    waiting.until(lambda: not set(hung) & set(master.pids(polling.REDIS)), 90, 'the end of the hung process')
    scene.repaired('Pacemaker has ended it')
    scene.check()


def test_a_script_keeps_the_redis_master_busy(scene):
    """A client's script on the redis master never ends: the master is replaced and restarted as one that hangs."""
    master = scene.master
    busy = master.pids(polling.REDIS)
    scene.fault(f'endless script on {master.name}')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(scene.redis, master, 'EVAL "while true do end" 0')
        polling.says(master, 'electing-a-master', 'redis-down')
    assert answer.result() == []
    scene.successor(master)
    assert scene.longest_gap() <= 15
    waiting.until(lambda: not set(busy) & set(master.pids(polling.REDIS)), 90, 'the end of the busy process')
    scene.repaired('Pacemaker has ended it')
    scene.check()


def test_the_redis_master_hangs_for_a_while_and_goes_on(scene):
    """The redis master hangs (SIGSTOP), Pacemaker looking on, and goes on when another one is the master."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {master.name} hangs')
        master.kill(polling.REDIS, 'STOP')
        polling.says(scene.successor(master), 'redis-down')
        scene.repaired('it goes on')
        master.kill(polling.REDIS, 'CONT')
    scene.check()


@pytest.mark.core
def test_most_sentinels_are_dead_while_the_master_lives(scene):
    """Two of three sentinels are dead: the store takes writes all the while, and its status says what is wrong."""
    first, *others = scene.controllers
    with cluster.told(first, SENTINELS, 'is-managed', 'false'):
        scene.fault('two sentinels killed')
        for host in others:
            host.kill(polling.SENTINEL)
        polling.says(first, 'sentinel-down', 'no-failover')
        report = polling.cycles(scene.lab, 2)
        assert report['exactly_once'], report
        assert scene.unwritable() == 0
        scene.repaired('Pacemaker may restart them')
    scene.check()
    assert scene.unwritable() == 0


def test_most_sentinels_are_dead_when_the_master_dies(scene):
    """Two of three sentinels are dead when the master dies: nobody is elected until Pacemaker may restart them."""
    master = scene.master
    with cluster.told(master, SENTINELS, 'is-managed', 'false'), cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault('two sentinels killed')
        for host in scene.others(master):
            host.kill(polling.SENTINEL)
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        polling.pass_time(scene.noted + 10)
        assert not polling.writable(scene.lab)
        polling.says(master, 'no-redis-master', 'redis-down', 'sentinel-down')
        scene.repaired('Pacemaker may restart them')
    scene.check(writable=RESTART + 15)


def test_a_sentinel_that_was_dead_during_a_failover_returns(scene):
    """A sentinel is dead while another redis becomes master, and learns of it when it is back."""
    master = scene.master
    absent = scene.others(master)[0]
    with cluster.told(master, SENTINELS, 'is-managed', 'false'), cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'sentinel on {absent.name} killed')
        absent.kill(polling.SENTINEL)
        polling.says(master, 'sentinel-down')
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        scene.successor(master)
        scene.repaired('Pacemaker may restart the sentinel')
    scene.check()


# When the leading sentinel ends, and what is wrong then until another one leads.
MOMENTS = {'election': 'electing-a-master', 'promotion': 'no-writes'}


@pytest.mark.parametrize('moment', MOMENTS)
def test_the_leading_sentinel_ends_in_a_failover(scene, moment):
    """The sentinel that leads a failover ends right after its election or the promotion, and another one finishes."""
    master = scene.master
    before = {host: host.pids(polling.SENTINEL) for host in scene.controllers}
    for host in scene.controllers:
        scene.sentinel(host, f'simulate-failure crash-after-{moment}')
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        leader = waiting.until(
            lambda: next((host for host in scene.controllers if host.pids(polling.SENTINEL) != before[host]), None), 30,
            'the end of the leading sentinel')
        scene.fault(f'sentinel on {leader.name} ends after the {moment}')
        for host in scene.others(leader):
            # Any call takes back what was to fail; Redis 7 refuses one without a word.
            scene.sentinel(host, 'simulate-failure help')
        polling.says(master, MOMENTS[moment], 'redis-down')
        scene.successor(master)
    scene.check(writable=SECOND_ELECTION)


def test_a_replica_dies_in_a_failover(scene):
    """A replica dies while the other one becomes master: without replicas it takes no writes until one returns."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        new = scene.promoted(master)
        other, = scene.others(master, new)
        scene.fault(f'replica on {other.name} killed')
        other.kill(polling.REDIS)
        polling.says(new, 'no-writes', 'redis-down')
        scene.repaired('Pacemaker may start both')
    scene.check(writable=RESTART)


@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_a_replica_is_killed(scene):
    """A replica is killed: nobody notices."""
    replica = scene.others(scene.master)[0]
    scene.fault(f'replica on {replica.name} killed')
    replica.kill(polling.REDIS)
    scene.check()
    assert scene.unwritable() == 0


def test_all_redis_servers_are_killed(scene):
    """All redis servers are killed at once: Pacemaker starts them again, with their data."""
    scene.fault('all redis servers killed')
    for host in scene.controllers:
        host.kill(polling.REDIS)
    # No master, or one that takes no writes: in which order Pacemaker starts them is chance.
    polling.says(scene.controllers[0], 'redis-down', code=2)
    scene.check(writable=RESTART)


def test_all_sentinels_are_killed(scene):
    """All sentinels are killed at once: agents go on with the connections that they have."""
    scene.fault('all sentinels killed')
    for host in scene.controllers:
        host.kill(polling.SENTINEL)
    polling.says(scene.controllers[0], 'sentinel-down')
    scene.check()
    assert scene.unwritable() == 0


@pytest.mark.unseen('it is back within a second, and the guards put the members back within 5 s')
def test_the_redis_master_returns_at_once_and_empty(scene):
    """The redis master is back before anybody takes it for down, its data lost: the guards put the members back."""
    master = scene.master
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis on {master.name} killed, its data removed, started again')
        master.kill(polling.REDIS)
        master.run(f'rm -r {DATA}/*')
        master.run(f'{AGENT} start')
        assert scene.master is master
        # Pacemaker may have looked just then, and would restart what runs again until it has looked once more.
        master.run(f'crm_resource --cleanup --resource {SERVERS}')
        waiting.until(lambda: master.fqdn in cluster.running_on(master, SERVERS), 15, 'a server that Pacemaker sees')
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.master is master

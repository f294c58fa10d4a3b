# SPDX-License-Identifier: Apache-2.0
"""A daemon or a controller has too little: memory, connections, a processor."""

import concurrent.futures
import shlex

import pytest

import polling
from lab import cluster, processor, telemetry, waiting

SERVERS = 'clone_p_redis-server'

# How often the kernel ends a redis server that has no memory, and the seconds until Pacemaker has started it again.
KILLS, RESTART = 10, 60

#: Takes every connection of a redis server, also those that others give up. A refused one is told so at once.
GREEDY = '''
import socket, sys, time
held = []
while True:
    client = socket.create_connection((sys.argv[1], 6379))
    client.settimeout(0.1)
    try:
        client.recv(100)
        time.sleep(0.1)
    except socket.timeout:
        held.append(client)
'''


def kill_each_time(host, count):
    """Kill the redis server of a host so many times, as soon as it runs again."""
    for _ in range(count):
        waiting.until(lambda: host.pids(polling.REDIS), RESTART, f'redis on {host.name}')
        host.kill(polling.REDIS)


def test_the_redis_master_is_killed_each_time_it_runs(scene):
    """The redis master is killed ten times, each time it runs, as for want of memory: another is it, for good."""
    master = scene.master
    scene.fault(f'redis on {master.name}, the master, killed each time it runs')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        loop = pool.submit(kill_each_time, master, KILLS)
        polling.says(scene.successor(master), 'redis-down', within=90)
    loop.result()
    scene.repaired('it may run')
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.switches() == 1
    assert scene.longest_gap() <= 15


@pytest.mark.unseen('who is down, and for how long, is chance')
def test_whoever_is_the_redis_master_is_killed(scene):
    """Whoever becomes the redis master is killed, five times: each time another is it, or the same one again."""
    for number in range(1, 6):
        master = scene.master
        scene.fault(f'redis master on {master.name} killed, the {number}. time')
        master.kill(polling.REDIS)
    scene.check(writable=RESTART, right=3 * telemetry.INTERVAL)
    assert scene.longest_gap() <= RESTART


def test_the_redis_master_has_no_connections_left(scene):
    """Somebody takes all connections of the redis master: agents go on with theirs, until Pacemaker restarts it."""
    master = scene.master
    full = master.pids(polling.REDIS)
    scene.redis(master, 'CONFIG SET maxclients 60')
    with cluster.told(master, SERVERS, 'is-managed', 'false'):
        scene.fault(f'all connections of redis on {master.name}, the master, taken')
        master.run(f'systemd-run --quiet --collect --unit lab-greedy python3 -c {shlex.quote(GREEDY)} {master.address}')
        # Its INFO is refused as well: nobody can say who is the master.
        polling.says(master, 'redis-down', code=2)
        report = polling.cycles(scene.lab, 2)
        assert report['exactly_once'], report
    waiting.until(lambda: not set(full) & set(master.pids(polling.REDIS)), 90, 'the end of the full process')
    scene.repaired('Pacemaker has ended it')
    # It may have ended with the connections.
    master.run('systemctl stop lab-greedy', check=False)
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.longest_gap() <= 15


@pytest.mark.unseen('which answers are late, and for how long, is chance')
@pytest.mark.skipif(not processor.CGROUPS.exists(), reason='no control groups of version 1 for the processor')
def test_the_controller_of_the_redis_master_gets_hardly_any_processor(scene):
    """The controller of the redis master gets 5 % of a processor for 40 s: it is replaced once or not at all."""
    master = scene.master
    scene.fault(f'5 % of a processor for {master.name}, of the master')
    with processor.limited(master, 0.05):
        polling.pass_time(scene.noted + 40)
    scene.repaired('all of it')
    scene.check(writable=30, right=6 * telemetry.INTERVAL)
    assert scene.switches() <= 1

# SPDX-License-Identifier: Apache-2.0
"""The agents find no store, or end, or hang."""

import time

import pytest

import polling
from lab import cluster, telemetry, waiting

SERVERS, SENTINELS = 'clone_p_redis-server', 'clone_p_redis-sentinel'

# Seconds for which a member's beat counts (membership_timeout in backend_url).
MEMBERSHIP = 60

# Seconds until Pacemaker looks at an agent (20 s), starts it in its turn, and it is a member.
RESTART = 40

# Seconds until the monitor of a guard that hangs has found it silent for a minute (10 s), and it is ended (10 s).
SILENCE = 80


def another(host, former, within=90):
    """Waits until an agent runs on a host beside the former processes, of which a hung one may be left over."""
    waiting.until(lambda: set(host.pids(polling.AGENT)) - set(former), within, f'another agent on {host.name}')


def test_an_agent_starts_while_the_store_is_down(scene):
    """An agent starts while no redis server runs: nobody polls until the store is back, then each polls its share."""
    first, second, _ = scene.controllers
    with cluster.told(first, SERVERS, 'target-role', 'Stopped'):
        scene.fault('all redis servers stopped')
        waiting.until(lambda: not cluster.running_on(first, SERVERS), 90, 'the end of the store')
        away = time.time()
        scene.fault(f'agent on {second.name} killed')
        another(second, second.kill(polling.AGENT))
        polling.says(first, 'no-redis-master')
        polling.pass_time(time.time() + 2 * telemetry.INTERVAL)
        # What was under way when the store went may still be written.
        assert [sample for sample in polling.polled(scene.lab) if sample.time > away + polling.WRITTEN] == []
        scene.repaired('redis servers may start')
    scene.check(writable=30, right=3 * telemetry.INTERVAL)


def test_the_store_is_away_for_longer_than_a_membership(scene):
    """No redis server runs for so long that every beat expires: whoever lost its membership gets it back."""
    first = scene.controllers[0]
    with cluster.told(first, SERVERS, 'target-role', 'Stopped'):
        scene.fault('all redis servers stopped')
        waiting.until(lambda: not cluster.running_on(first, SERVERS), 90, 'the end of the store')
        polling.says(first, 'no-redis-master')
        polling.pass_time(time.time() + MEMBERSHIP + 5)
        scene.repaired('redis servers may start')
    scene.check(writable=30, right=3 * telemetry.INTERVAL)


def test_an_agent_starts_while_its_first_sentinel_hangs(scene):
    """The sentinel beside an agent that starts accepts connections and never answers: the agent asks the next one."""
    host = scene.others(scene.master)[0]
    with cluster.told(host, SENTINELS, 'is-managed', 'false'):
        scene.fault(f'sentinel on {host.name} hangs')
        host.kill(polling.SENTINEL, 'STOP')
        polling.says(host, 'sentinel-down')
        scene.fault(f'agent on {host.name} killed')
        another(host, host.kill(polling.AGENT))
        assert polling.recovery(scene.lab, scene.noted, within=120, count=2) < RESTART + 2 * telemetry.INTERVAL
        scene.repaired('the sentinel goes on')
        host.kill(polling.SENTINEL, 'CONT')
    scene.check()


def test_the_redis_master_dies_while_the_first_sentinel_of_an_agent_hangs(scene):
    """The sentinel beside an agent never answers when another redis becomes master: the agent learns of it in time."""
    master = scene.master
    host = scene.others(master)[0]
    with cluster.told(host, SENTINELS, 'is-managed', 'false'):
        scene.fault(f'sentinel on {host.name} hangs')
        host.kill(polling.SENTINEL, 'STOP')
        scene.fault(f'redis master on {master.name} killed')
        master.kill(polling.REDIS)
        assert polling.recovery(scene.lab, scene.noted, within=120, count=2) < 15 + 3 * telemetry.INTERVAL
        polling.says(host, 'sentinel-down')
        scene.repaired('the sentinel goes on')
        host.kill(polling.SENTINEL, 'CONT')
    scene.check()


@pytest.mark.unseen('Pacemaker may look just then, and starts another at once')
def test_an_agent_is_killed(scene):
    """An agent is killed: its share is free at once, and its own again when Pacemaker has started another."""
    host = scene.controllers[1]
    scene.fault(f'agent on {host.name} killed')
    another(host, host.kill(polling.AGENT))
    scene.repaired('another agent runs')
    scene.check()


def test_an_agent_hangs(scene):
    """An agent hangs (SIGSTOP): when it has not beaten for 30 s its guard has it restarted."""
    host = scene.controllers[1]
    scene.fault(f'agent on {host.name} hangs')
    hung = host.kill(polling.AGENT, 'STOP')
    # What the guard says last, before Pacemaker restarts it with its agents.
    polling.says(host, 'guard-acts', within=60)
    another(host, hung, scene.noted + 90 - time.time())
    scene.repaired('another agent runs')
    scene.check()


def test_an_agent_hangs_for_longer_than_its_membership_and_goes_on(scene):
    """An agent hangs, Pacemaker looking on, until the others have its share, and goes on: nobody polls that twice."""
    host = scene.controllers[1]
    with cluster.unattended(host):
        scene.fault(f'agent on {host.name} hangs')
        host.kill(polling.AGENT, 'STOP')
        assert polling.recovery(scene.lab, scene.noted, within=150, count=2) < MEMBERSHIP + 2 * telemetry.INTERVAL
        polling.says(host, 'maintenance', 'agent-idle')
        scene.fault('it goes on')
        host.kill(polling.AGENT, 'CONT')
        polling.pass_time(scene.noted + telemetry.INTERVAL)
        scene.repaired('Pacemaker looks after it again')
    scene.check(right=6 * telemetry.INTERVAL)


def test_the_guard_of_an_agent_hangs_that_loses_its_membership(scene):
    """An agent is taken out of its group while its guard hangs (SIGSTOP): Pacemaker restarts both after a minute."""
    master = scene.master
    host = scene.others(master)[0]
    member = polling.known(host)
    scene.fault(f'guard on {host.name} hangs')
    hung = host.kill(polling.GUARD, 'STOP')
    scene.fault(f'agent on {host.name} out of its group')
    scene.redis(master, f'HDEL _tooz_group:{polling.GROUP} {member}')
    # The others poll its share meanwhile.
    assert polling.recovery(scene.lab, scene.noted, within=50, count=2) < 3 * telemetry.INTERVAL
    polling.says(host, 'guard-silent', 'agent-idle')
    waiting.until(lambda: set(host.pids(polling.GUARD)) - set(hung), SILENCE + RESTART, f'another guard on {host.name}')
    scene.repaired('another guard runs')
    scene.check(right=6 * telemetry.INTERVAL)
    assert scene.unwritable() == 0


@pytest.mark.unseen('Pacemaker may look just then, and starts others at once')
def test_all_agents_are_killed(scene):
    """All agents are killed at once: the store serves on, and others start one after another."""
    killed = {}
    scene.fault('all agents killed')
    for host in scene.controllers:
        killed[host] = host.kill(polling.AGENT)
    for host in scene.controllers:
        another(host, killed[host])
    scene.repaired('other agents run')
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.unwritable() == 0

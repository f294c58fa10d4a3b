"""The agents find no store."""

import time

import polling
from lab import cluster, telemetry, waiting

SERVERS = 'clone_p_redis-server'


def test_an_agent_starts_while_the_store_is_down(scene):
    """An agent starts while no redis server runs: nobody polls until the store is back, then each polls its share."""
    first, second, _ = scene.controllers
    with cluster.told(first, SERVERS, 'target-role', 'Stopped'):
        scene.fault('all redis servers stopped')
        waiting.until(lambda: not cluster.running_on(first, SERVERS), 90, 'the end of the store')
        away = time.time()
        scene.fault(f'agent on {second.name} killed')
        killed = second.kill(polling.AGENT)
        waiting.until(lambda: (pids := second.pids(polling.AGENT)) and not set(pids) & set(killed), 60, 'a new agent')
        polling.pass_time(time.time() + 2 * telemetry.INTERVAL)
        # What was under way when the store went may still be written.
        assert [sample for sample in polling.polled(scene.lab) if sample.time > away + polling.WRITTEN] == []
        scene.repaired('redis servers may start')
    scene.check(writable=30, right=3 * telemetry.INTERVAL)

"""Controllers cannot reach one another."""

import pytest

import recorder
from lab import network, telemetry, waiting


def refuses_writes(host):
    """Whether the redis server of a host takes no writes."""
    look = recorder.latest([host])[host.name]
    return look is not None and not look['writable']


def test_the_controller_of_the_redis_master_is_cut_off(scene):
    """The controller of the redis master is cut off for good: it takes no writes, its agents do not poll."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, cut off')
    network.partition([master], scene.others(master))
    scene.successor(master)
    scene.isolated = [master]
    waiting.until(lambda: refuses_writes(master), 15, 'a former master that refuses writes')
    scene.check(right=3 * telemetry.INTERVAL)
    assert refuses_writes(master)


@pytest.mark.core
def test_the_controller_of_the_redis_master_is_cut_off_and_comes_back(scene):
    """The controller of the redis master is cut off until another is the master, and comes back."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, cut off')
    network.partition([master], scene.others(master))
    scene.successor(master)
    waiting.until(lambda: refuses_writes(master), 15, 'a former master that refuses writes')
    scene.repaired('reachable again')
    network.heal([master])
    # Pacemaker has stopped everything there meanwhile (no-quorum-policy) and starts it anew.
    scene.check(right=6 * telemetry.INTERVAL)

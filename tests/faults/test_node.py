"""A controller loses power, or all of them."""

import pytest

from lab import telemetry

# Seconds until the cluster has a controller in charge (dc-deadtime, 20 s), redis runs and takes writes.
COLD = 60

# Seconds for the agents of a controller to start, in its turn.
TURN = 30


@pytest.mark.core
def test_the_controller_of_the_redis_master_loses_power(scene):
    """The controller of the redis master loses power."""
    master = scene.master
    scene.fault(f'{master.name}, of the master, loses power')
    master.power_off()
    # Its agent's membership ends when Pacemaker knows, about 10 s later.
    scene.check(right=3 * telemetry.INTERVAL)


@pytest.mark.core
def test_all_controllers_lose_power_and_return(scene):
    """All controllers lose power at once and come back together: the same master."""
    master = scene.master
    scene.fault('all controllers lose power')
    for host in scene.controllers:
        host.power_off()
    scene.repaired('power is back')
    for host in scene.controllers:
        host.start()
    for host in scene.controllers:
        host.await_ssh()
    scene.check(writable=COLD, right=len(scene.controllers) * TURN + 2 * telemetry.INTERVAL)
    assert scene.master is master

"""What an operator does on purpose."""

import pytest

from lab import cluster, telemetry, waiting

SERVERS = 'clone_p_redis-server'


@pytest.mark.core
def test_the_controller_of_the_redis_master_is_put_on_standby_and_back(scene):
    """The controller of the redis master is put on standby and online again: the master is handed over."""
    master = scene.master
    witness = scene.others(master)[0]
    scene.fault(f'{master.name}, of the master, put on standby')
    witness.run(f'crm node standby {master.fqdn}')
    waiting.until(lambda: master.fqdn not in cluster.running_on(witness, SERVERS), 90, 'the end of its redis')
    scene.repaired('online again')
    witness.run(f'crm node online {master.fqdn}')
    scene.check(right=6 * telemetry.INTERVAL)
    # A planned handover, not a failover.
    assert scene.unwritable() < 2

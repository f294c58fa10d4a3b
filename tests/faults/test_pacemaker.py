# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker itself goes through: it is restarted beside the daemons, or told to leave them alone."""

import contextlib

import pytest

import polling
from lab import astute, cluster, telemetry, waiting
from lab.failure import Failure

AGENTS = ('redis-server', 'redis-sentinel', polling.GUARD, polling.AGENT, polling.EVALUATOR)

# What of the cluster is killed, and its command line.
PARTS = {'pacemakerd': 'pacemakerd', 'controld': 'pacemaker-controld', 'attrd': 'pacemaker-attrd',
         'corosync': 'corosync -f'}


@contextlib.contextmanager
def maintenance(host):
    """A while in which Pacemaker leaves all resources alone."""
    host.run('crm_attribute --name maintenance-mode --update true')
    try:
        yield
    finally:
        host.run('crm_attribute --name maintenance-mode --delete')


def test_pacemaker_and_corosync_are_restarted_everywhere_beside_the_living_daemons(scene):
    """A detach upgrade: in maintenance Pacemaker and corosync end everywhere and start again; nothing else notices."""
    before = polling.pids(scene.lab, *AGENTS)
    first = scene.controllers[0]
    scene.fault('Pacemaker and corosync stopped everywhere, in maintenance')
    with maintenance(first):
        for host in scene.controllers:
            host.run('systemctl stop pacemaker corosync', timeout=120)
        for host in scene.controllers:
            host.run('systemctl start corosync pacemaker', timeout=120)
        waiting.until(lambda: len(cluster.online(first)) == len(scene.controllers), 120, 'all controllers online')
        polling.says(first, 'maintenance')
        polling.await_health(first, 'maintenance')
    scene.repaired('Pacemaker manages again')
    scene.check()
    assert scene.unwritable() == 0
    assert polling.pids(scene.lab, *AGENTS) == before


@pytest.mark.unseen('Pacemaker starts another at once; the agents that it stops meanwhile are back within two cycles')
def test_the_part_of_pacemaker_that_runs_the_resources_is_killed(scene):
    """controld is killed: the others take its controller for lost and clear what they know of it; attrd does not."""
    host = scene.others(scene.master)[0]
    scene.fault(f'pacemaker-controld on {host.name} killed')
    host.kill(PARTS['controld'])
    scene.check(right=3 * telemetry.INTERVAL)
    assert scene.unwritable() == 0


@pytest.mark.unseen('systemd starts another at once, which finds all the others running')
def test_pacemakerd_is_killed(scene):
    """pacemakerd is killed: another one looks after the other parts of Pacemaker, and nothing that they run notices."""
    host = scene.others(scene.master)[0]
    before = polling.pids(scene.lab, *AGENTS)
    scene.fault(f'pacemakerd on {host.name} killed')
    former = host.kill(PARTS['pacemakerd'])
    waiting.until(lambda: set(host.pids(PARTS['pacemakerd'])) - set(former), 30, 'another pacemakerd')
    scene.check()
    assert scene.unwritable() == 0
    assert polling.pids(scene.lab, *AGENTS) == before


@pytest.mark.parametrize('part', PARTS)
@pytest.mark.unseen('another one is started at once, and the redis server when Pacemaker looks')
def test_a_part_of_the_cluster_is_killed_together_with_the_redis_master(scene, part):
    """pacemakerd, controld, attrd or corosync is killed, and at once the redis master of the same controller."""
    master = scene.master
    scene.fault(f'{part} and the redis master on {master.name} killed')
    master.kill(PARTS[part])
    master.kill(polling.REDIS)
    # Where Corosync or controld ends, Pacemaker takes the agents there for stopped, and their turn is lost.
    scene.check(right=6 * telemetry.INTERVAL)
    assert scene.longest_gap() <= 15


def test_a_deployment_in_maintenance_says_so_at_once(scene):
    """Another password is deployed while Pacemaker is in maintenance: refused in a line; deployed again afterwards."""
    first, settings = scene.controllers[0], {'redis_password': 'An0therPassw0rd'}
    scene.fault('another password deployed in maintenance')
    with maintenance(first):
        with pytest.raises(Failure, match='maintenance-mode is true: Pacemaker leaves'):
            astute.deploy(scene.lab, settings, say=lambda text: None)
        polling.says(first, 'maintenance')
    astute.deploy(scene.lab, settings, say=lambda text: None)
    scene.repaired('deployed again')
    scene.check(right=6 * telemetry.INTERVAL)
    assert scene.longest_gap() <= 1


def test_a_controller_loses_its_cluster_while_its_agent_lives(scene):
    """Corosync is killed and stays away on one controller: the others poll its share, until it is in the cluster."""
    host = scene.others(scene.master)[0]
    witness = scene.others(host)[0]
    services = 'corosync pacemaker'
    host.run(f'systemctl mask --runtime {services}')
    try:
        scene.fault(f'corosync on {host.name} killed')
        host.kill('corosync -f')
        assert polling.recovery(scene.lab, scene.noted, within=120) < 15 + 3 * telemetry.INTERVAL
        polling.says(witness, 'controller-offline')
        polling.says(host, 'pacemaker-away')
    finally:
        host.run(f'systemctl unmask --runtime {services}')
    scene.repaired(f'{services} may start')
    host.run(f'systemctl start {services}', timeout=120)
    scene.check(right=3 * telemetry.INTERVAL)

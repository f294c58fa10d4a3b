# SPDX-License-Identifier: Apache-2.0
"""What an operator, or a deployment, does on purpose."""

import concurrent.futures

import pytest

import polling
from lab import astute, cluster, telemetry, waiting
from lab.failure import Failure

SERVERS = 'clone_p_redis-server'
PACKAGES = 'redis-tools redis-server redis-sentinel'

# Seconds without writes in a planned handover of the master.
PLANNED = 1

# Seconds until the agents of all controllers have been restarted, one controller after another.
TURNS = 6 * telemetry.INTERVAL


def standby(scene, host):
    """Put a controller on standby and online again, each when what it means has come about."""
    witness = scene.others(host)[0]
    scene.fault(f'{host.name} put on standby')
    witness.run(f'crm node standby {host.fqdn}')
    waiting.until(lambda: host.fqdn not in cluster.running_on(witness, SERVERS), 90, 'the end of its redis')
    polling.says(witness, 'controller-standby')
    scene.repaired(f'{host.name} online again')
    witness.run(f'crm node online {host.fqdn}')


@pytest.mark.core
def test_the_controller_of_the_redis_master_is_put_on_standby_and_back(scene):
    """The controller of the redis master is put on standby and online again: the master is handed over."""
    standby(scene, scene.master)
    scene.check(right=TURNS)
    assert scene.unwritable() <= PLANNED


def test_all_controllers_are_put_on_standby_and_back_one_after_another(scene):
    """All controllers are put on standby and online again, one after another."""
    for host in scene.controllers:
        standby(scene, host)
        polling.await_health(scene.controllers[0])
        waiting.until(lambda host=host: host.pids(polling.AGENT), 90, f'an agent on {host.name}')
    scene.check(right=TURNS)
    assert scene.longest_gap() <= PLANNED


@pytest.mark.unseen('each is back within seconds')
def test_all_resources_are_restarted_at_once(scene):
    """An operator restarts the clones of redis and the sentinels, everywhere at once."""
    first = scene.controllers[0]
    scene.fault('redis restarted everywhere')
    first.run(f'crm_resource --restart --resource {SERVERS} --timeout 180', timeout=200)
    scene.fault('sentinels restarted everywhere')
    first.run('crm_resource --restart --resource clone_p_redis-sentinel --timeout 180', timeout=200)
    scene.repaired('restarted')
    scene.check(right=TURNS)


def changed(scene, settings=None, absent=()):
    """Deploy; the tasks that changed something."""
    runs = astute.deploy(scene.lab, settings, say=lambda text: None, absent=absent)
    return [(run.task, run.node) for run in runs if run.changed]


@pytest.mark.core
def test_a_deployment_after_a_failover_changes_nothing(scene):
    """A deployment after a failover, the master not on Fuel's primary controller: nothing changes, nothing stops."""
    former = scene.master
    with cluster.told(former, SERVERS, 'is-managed', 'false'):
        scene.fault(f'redis master on {former.name} killed')
        former.kill(polling.REDIS)
        polling.says(former, 'electing-a-master', 'redis-down')
        master = scene.successor(former)
    polling.await_health(former)
    scene.repaired('deployed')
    assert changed(scene) == []
    scene.check()
    assert (scene.master, scene.unwritable(since=scene.noted)) == (master, 0)


def test_a_deployment_while_a_controller_is_off(scene):
    """Fuel deploys what is on; the controller that was off follows with its own deployment when it is back."""
    absent = scene.others(scene.master)[0]
    scene.fault(f'{absent.name} loses power')
    absent.power_off()
    assert changed(scene, {'down_after': '6'}, absent=[absent])
    polling.says(scene.master, 'controller-offline')
    scene.repaired(f'{absent.name} is back and deployed')
    absent.boot()
    waiting.until(lambda: absent.fqdn in cluster.online(absent), 90, f'{absent.name} in the cluster')
    assert changed(scene)
    assert changed(scene) == []
    scene.check(right=TURNS)
    assert scene.unwritable() == 0


@pytest.mark.unseen('nothing is wrong, and each guard tells its sentinel within 5 s')
def test_another_down_after_is_deployed(scene):
    """Another down-after is deployed: nothing restarts, nobody stops writing."""
    before = polling.pids(scene.lab, 'redis-server', polling.GUARD, polling.AGENT, polling.EVALUATOR)
    scene.fault('down-after 7 s deployed')
    assert changed(scene, {'down_after': '7'})
    scene.repaired('deployed')
    scene.check()
    assert scene.unwritable() == 0
    assert polling.pids(scene.lab, 'redis-server', polling.GUARD, polling.AGENT, polling.EVALUATOR) == before
    assert changed(scene) == []


@pytest.mark.unseen('nothing is wrong')
def test_another_password_is_deployed(scene):
    """Another password is deployed: no longer without writes than in a planned handover, all agree at the end."""
    scene.fault('another password deployed')
    assert changed(scene, {'redis_password': 'An0therPassw0rd'})
    scene.repaired('deployed')
    scene.check(right=TURNS)
    assert scene.longest_gap() <= PLANNED
    assert changed(scene) == []


@pytest.mark.unseen('nothing is wrong')
def test_the_packages_of_redis_are_installed_anew(scene):
    """The packages of redis and sentinel are installed once more, as in an update: neither is restarted or doubled."""
    before = polling.pids(scene.lab, 'redis-server', polling.GUARD, polling.AGENT, polling.EVALUATOR)
    scene.fault('packages of redis installed anew everywhere')
    for host in scene.controllers:
        host.run(f'DEBIAN_FRONTEND=noninteractive apt-get install --reinstall -y {PACKAGES}', timeout=300)
    scene.repaired('installed')
    scene.check()
    assert scene.unwritable() == 0
    assert polling.pids(scene.lab, 'redis-server', polling.GUARD, polling.AGENT, polling.EVALUATOR) == before
    assert changed(scene) == []


# The file of the master's controller that has another password, before all daemons are told it and after that.
MOMENTS = {'before': '/etc/ceilometer-redis/deployment.yaml', 'after': '/etc/ceilometer-redis/redis/redis.conf'}


@pytest.mark.parametrize('moment', MOMENTS)
@pytest.mark.unseen('Pacemaker may look just then, and starts it at once')
def test_the_redis_master_is_killed_while_another_password_is_deployed(scene, moment):
    """The redis master is killed while another password is deployed: all agree on it at the end."""
    master, password = scene.master, 'An0therPassw0rd'
    scene.fault('another password deployed')
    with concurrent.futures.ThreadPoolExecutor() as pool:
        deployment = pool.submit(changed, scene, {'redis_password': password})
        waiting.until(lambda: password in master.run(f'cat {MOMENTS[moment]}').stdout, 180, 'the password', 0.1)
        scene.fault(f'redis master on {master.name} killed {moment} the daemons are told it')
        master.kill(polling.REDIS)
    scene.repaired('deployed')
    if deployment.exception():
        # As Fuel does with a task that failed.
        assert isinstance(deployment.exception(), Failure)
        changed(scene)
        scene.repaired('deployed again')
    scene.check(right=TURNS)
    assert changed(scene) == []


@pytest.mark.unseen('without the plugin there is nobody to say something')
def test_other_ports_are_deployed_with_the_plugin_switched_off_in_between(scene):
    """Other ports: the plugin is switched off, one agent polls alone, and switched on again with them."""
    scene.fault('deployed, switched off')
    astute.deploy(scene.lab, enabled=False, say=lambda text: None)
    waiting.until(lambda: all(host.run('test -e /etc/ceilometer-redis', check=False).returncode
                              for host in scene.controllers), 240, 'controllers without the plugin', 1)
    report = polling.cycles(scene.lab, 2)
    assert report['exactly_once'] and {len(cycle['by']) for cycle in report['cycles']} == {1}, report
    scene.fault('deployed with other ports')
    changed(scene, {'redis_port': '16379', 'sentinel_port': '36379'})
    scene.repaired('deployed')
    scene.check(right=TURNS)
    assert changed(scene) == []


def test_three_controllers_become_five_and_three_again(scene):
    """Two controllers are added and, when one of them has the master, removed: nobody types a command of redis."""
    scene.fault('node-6 and node-7 added')
    scene.add('node-6', 'node-7')
    changed(scene)
    scene.repaired('deployed')
    scene.check(right=TURNS)
    scene.fault('node-6 and node-7 removed')
    scene.lab.remove('node-6', 'node-7')
    polling.says(scene.controllers[0], 'controller-offline')
    changed(scene)
    scene.repaired('deployed')
    scene.check(right=TURNS)
    assert changed(scene) == []


def test_the_controller_of_the_redis_master_is_replaced(scene):
    """The controller of the redis master is gone for ever and another one, at another address, takes its place."""
    lost = scene.master
    scene.fault(f'{lost.name}, of the master, lost')
    scene.lab.remove(lost.name)
    polling.says(scene.successor(lost), 'controller-offline')
    scene.fault('node-6 added')
    scene.add('node-6')
    changed(scene)
    scene.repaired('deployed')
    scene.check(right=TURNS)
    assert changed(scene) == []

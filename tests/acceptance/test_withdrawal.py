# SPDX-License-Identifier: Apache-2.0
"""The plugin switched off in Fuel: each controller takes back what was done on it, and Fuel's own state is left."""

import time
import xml.etree.ElementTree as ElementTree

import pytest

from lab import astute, cluster, master, telemetry, waiting
from polling import AGENT, EVALUATOR, GUARD, all_polled_once, cycles, judged, polled

CENTRAL, STORE = 'clone_p_ceilometer-agent-central', 'clone_p_redis-server'

# Seconds that a withdrawal may take from Fuel's data on: Pacemaker's next look, two readings of the data, the stop of
# agents and daemons, two runs of Puppet; five hosts share few cores.
WITHDRAWN = 240


def configuration(host):
    """Pacemaker's resources as (id, class, type) and its constraints as (resource, node, score)."""
    cib = ElementTree.fromstring(host.run('cibadmin --query').stdout)
    return ({(one.get('id'), one.get('class'), one.get('type')) for one in cib.find('configuration/resources')},
            {(one.get('rsc'), one.get('node'), one.get('score')) for one in cib.find('configuration/constraints')})


def fuels_own(lab):
    """The same as Fuel left it."""
    return ({(name, 'systemd', unit) for name, unit in cluster.AGENTS.items()},
            {(name, host.fqdn, '100') for name in cluster.AGENTS for host in lab.controllers})


def tell(lab, host):
    """Deploy one controller whose environment has the plugin switched off: only its data change."""
    editable = astute.configure(lab.master, {}, enabled=False)
    delivered = master.api(lab.master, 'clusters/1/orchestrator/deployment')
    astute.prepare(host, astute.node_data(astute.recorded(host.name), lab, delivered, editable), say=lambda text: None)


def is_withdrawn(host):
    return host.run('test ! -e /etc/ceilometer-redis', check=False).returncode == 0


def assert_nothing_left(lab):
    """Nothing of the plugin acts on any controller; what it wrote is put aside; a second run changes nothing."""
    assert configuration(lab.controllers[0]) == fuels_own(lab)
    for host in lab.controllers:
        assert [host.pids(pattern) for pattern in ('redis-server', GUARD)] == [[], []]
        assert 'backend_url' not in host.run('cat /etc/ceilometer/ceilometer.conf /etc/aodh/aodh.conf').stdout
        assert 'redis' not in host.run('iptables-save; cat /etc/iptables/rules.v4').stdout
        assert 'HASHSEED' not in host.run('systemctl show --property Environment ceilometer-agent-central').stdout
        aside = host.run('ls -d /etc/ceilometer-redis.* /var/lib/ceilometer-redis.*').stdout.split()
        assert {path.partition('.')[0] for path in aside} == {'/etc/ceilometer-redis', '/var/lib/ceilometer-redis'}
        assert host.run('ceilometer-redis withdraw').stdout.startswith('withdraw: nothing to change')
        said = host.run('ceilometer-redis status', check=False)
        assert said.returncode == 2 and 'the plugin was withdrawn from this node' in said.stderr


def assert_polled_by_one(lab):
    """Each agent runs once, and each image is polled once per cycle, by one controller."""
    for pattern, resource in ((AGENT, 'p_ceilometer-agent-central'), (EVALUATOR, 'p_aodh-evaluator')):
        assert len(cluster.running_on(lab.controllers[0], resource)) == 1
        assert len([host for host in lab.controllers if host.pids(pattern)]) == 1
    waiting.until(lambda: all_polled_once(lab), 120, 'each image polled once per cycle')
    report = cycles(lab, 3)
    assert report['exactly_once']
    assert {len(cycle['by']) for cycle in report['cycles']} == {1}


def assert_never_doubled(lab, since):
    """No two agents polled everything for longer than a cycle; the report of the cycles since then."""
    report = judged(polled(lab), since, time.time())
    assert len([cycle for cycle in report['cycles'] if cycle['doubled']]) <= 1
    return report


@pytest.fixture
def again(lab, guarded):
    """Afterwards the plugin is deployed again, as another test expects it."""
    yield
    for host in lab.controllers:
        if not host.pid():
            host.boot()
    astute.deploy(lab, settings={'guard': guarded}, say=lambda text: None)


@pytest.mark.long
def test_a_plugin_that_is_switched_off_leaves_what_fuel_made_and_can_be_switched_on_again(settled, again, measured,
                                                                                            visible):
    lab, began = settled, time.time()
    with visible():
        assert astute.deploy(lab, enabled=False) == []
    told = time.time()
    waiting.until(lambda: all(is_withdrawn(host) for host in lab.controllers), WITHDRAWN, 'withdrawal everywhere', 2)
    measured('switched off: withdrawn everywhere after', time.time() - told)
    assert_nothing_left(lab)
    assert_polled_by_one(lab)
    report = assert_never_doubled(lab, began)
    missed = [cycle for cycle in report['cycles'] if cycle['missing']]
    measured('switched off: cycles in which an image was not polled', len(missed) * telemetry.INTERVAL)
    with visible():
        # The check changes nothing.
        assert {run.task for run in astute.deploy(lab) if not run.changed} == {'ceilometer-redis-check'}
    waiting.until(lambda: len(cluster.running_on(lab.controllers[0], CENTRAL)) == 3, 90, 'all agents')
    waiting.until(lambda: all_polled_once(lab), 120, 'each image polled once per cycle')
    assert max(len(cycle['by']) for cycle in cycles(lab, 2)['cycles']) > 1


@pytest.mark.long
def test_controllers_that_are_told_one_after_another_leave_and_the_others_miss_no_cycle(settled, again, visible):
    lab, (first, second, third) = settled, settled.controllers
    with visible():
        astute.deploy(lab, settings={'guard': False})
    waiting.until(lambda: len(cluster.running_on(first, CENTRAL)) == 3, 90, 'all agents')
    began = time.time()
    # As Fuel 7.0 and 8.0 deploy: the primary controller first and alone. There is no guard to notice it.
    tell(lab, first)
    waiting.until(lambda: not first.pids(AGENT), WITHDRAWN, 'the first leaves', 2)
    waiting.until(lambda: all_polled_once(lab), 60, 'each image polled once per cycle')
    report = cycles(lab, 3)
    assert report['exactly_once'] and {frozenset(cycle['by']) for cycle in report['cycles']} == {
        frozenset((second.fqdn, third.fqdn))}
    assert not is_withdrawn(first)
    # The last one has lost its power: nobody can wait for it.
    third.power_off()
    tell(lab, second)
    waiting.until(lambda: is_withdrawn(first) and is_withdrawn(second), WITHDRAWN, 'both withdraw', 2)
    waiting.until(lambda: all_polled_once(lab), 120, 'each image polled once per cycle')
    # Back, it has its store and still no agent: nobody else coordinates.
    third.boot()
    waiting.until(lambda: cluster.running_on(first, STORE) == [third.fqdn], 90, 'the store on the last')
    assert cycles(lab, 3)['exactly_once'] and not third.pids(AGENT)
    tell(lab, third)
    waiting.until(lambda: is_withdrawn(third), WITHDRAWN, 'the last withdraws', 2)
    assert_nothing_left(lab)
    assert_polled_by_one(lab)
    assert_never_doubled(lab, began)

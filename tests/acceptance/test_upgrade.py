# SPDX-License-Identifier: Apache-2.0
"""Version 2.0 deployed where 1.0 was: it ends in the state of a first deployment, and nobody does anything by hand."""

import time
import xml.etree.ElementTree as ElementTree

import pytest

from lab import astute, cluster, master, predecessor, telemetry, waiting
from polling import AGENT, EVALUATOR, GUARD, all_polled_once, cycles, judged, pids, polled, status

AGENTS = 'clone_p_ceilometer-agent-central'
CONF = ('/etc/ceilometer/ceilometer.conf', '/etc/aodh/aodh.conf')


@pytest.fixture
def old(lab, packages, visible):
    """The lab with version 1.0 on its controllers, whose agents share the images; 2.0 is installed on the master."""
    with visible():
        master.install(lab.master, packages['fp'])
        astute.deploy(lab, enabled=False)
        waiting.until(lambda: all(host.run('test ! -e /etc/ceilometer-redis', check=False).returncode == 0
                                  for host in lab.controllers), 300, 'controllers without the plugin', 2)
        astute.configure(lab.master, {})
        predecessor.make(lab)
    waiting.until(lambda: all_polled_once(lab), 180, 'each image polled once per cycle')
    assert len(cycles(lab, 2)['cycles'][0]['by']) > 1
    return lab


@pytest.mark.long
def test_a_deployment_over_version_1_ends_in_our_state_and_a_second_one_changes_nothing(old, measured, visible):
    lab, first, began = old, old.controllers[0], time.time()
    conf = [host.run('cat /etc/redis/redis.conf').stdout for host in lab.controllers]
    with visible():
        astute.deploy(lab)
    waiting.until(lambda: status(first)['problems'] == [], 90, 'a healthy store')
    waiting.until(lambda: len(cluster.running_on(first, AGENTS)) == 3, 90, 'agents everywhere')
    waiting.until(lambda: all_polled_once(lab), 120, 'each image polled once per cycle')
    measured('upgrade: each image polled once per cycle again after', time.time() - began)
    report = judged(polled(lab), began - telemetry.INTERVAL, time.time() - 2)
    for what in ('doubled', 'missing'):
        amount = len([cycle for cycle in report['cycles'] if cycle[what]])
        measured(f'upgrade: cycles in which an image was {what}', amount * telemetry.INTERVAL)
    # An agent polls at its start what others have polled in that cycle; they start one after another.
    assert len([cycle for cycle in report['cycles'] if cycle['doubled']]) < len(lab.controllers)

    assert [host.run('cat /etc/redis/redis.conf').stdout for host in lab.controllers] == conf
    cib = ElementTree.fromstring(first.run('cibadmin --query').stdout)
    server = cib.find(".//primitive[@id='p_redis-server']")
    assert (server.get('provider'), server.get('type')) == ('ceilometer-redis', 'redis-server')
    assert cluster.failures(first) == []
    for host in lab.controllers:
        # Ours: one server, one sentinel.
        assert len(host.pids('redis-server')) == 2
        for service in ('redis-server', 'redis-sentinel'):
            state = host.run(f'systemctl is-enabled {service}; systemctl is-active {service}', check=False).stdout
            assert state.split() == ['disabled', 'inactive']
        assert not [rule for rule, _ in predecessor.RULES if rule in host.run('iptables-save').stdout]
        options = host.run(f'cat {" ".join(CONF)}').stdout
        assert not [word for word in ('heartbeat', 'check_watchers', predecessor.MASTER) if word in options]
        host.run(f'test -e {predecessor.TREE} && test -e /etc/redis/sentinel.conf.puppet')
    report = cycles(lab, 3)
    assert report['exactly_once'] and len(report['cycles'][0]['by']) > 1

    before = pids(lab, 'redis-server', AGENT, EVALUATOR, GUARD)
    with visible():
        assert [(run.task, run.node) for run in astute.deploy(lab) if run.changed] == []
    assert pids(lab, 'redis-server', AGENT, EVALUATOR, GUARD) == before

# SPDX-License-Identifier: Apache-2.0
"""An existing zookeeper or memcached instead of the store: joined, polled through, guarded, and left again."""

import contextlib
import json
import time

import pytest

from lab import astute, cluster, hosts, waiting
from lab.failure import Failure
from polling import AGENT, EVALUATOR, GUARD, await_rest, cycles, pids, recovery
from test_settings import deployment_changes_nothing
from test_withdrawal import assert_polled_by_one, fuels_own
from test_withdrawal import configuration as configuration_of

SERVICES = {'zookeeper': ('zookeeper', 2181), 'memcached': ('memcached', 11211)}
CENTRAL = 'clone_p_ceilometer-agent-central'

# Seconds until all agents run again, in turn, after one of them was found to be nobody's member.
REPAIRED = 240

pytestmark = [pytest.mark.long,
              pytest.mark.skipif(hosts.PLATFORM == 'bullseye', reason='bullseye has no kazoo for its agents')]


def url(lab, kind):
    scheme, port = SERVICES[kind]
    return f'{scheme}://{lab.services.address}:{port}?timeout=10'


@contextlib.contextmanager
def running(lab, kind):
    """A context in which the services host has the service."""
    lab.services.run(f'systemctl start {kind}')
    try:
        yield
    finally:
        lab.services.run(f'systemctl stop {kind}')


@pytest.fixture(scope='module', params=SERVICES)
def moved(request, deployed, guarded, visible):
    """(lab, kind of the service) with an existing service; after its tests the store is deployed again."""
    lab, kind = deployed, request.param
    await_rest(lab, guarded)
    with running(lab, kind):
        with visible():
            astute.deploy(lab, {'store': 'existing', 'backend_url': url(lab, kind)})
        yield lab, kind
        with visible():
            astute.deploy(lab, {'store': 'deploy', 'backend_url': ''})
        await_rest(lab, guarded)


@pytest.fixture
def existing(moved):
    """The same at rest."""
    await_agents(moved[0])
    return moved


def status(host):
    return json.loads(host.run('ceilometer-redis status --json', check=False).stdout)


def await_agents(lab):
    names = {host.fqdn for host in lab.controllers}
    first = lab.controllers[0]
    waiting.until(lambda: set(cluster.running_on(first, CENTRAL)) == names, 120, f'{CENTRAL} everywhere', 1)
    waiting.until(lambda: all(status(host)['problems'] == [] for host in lab.controllers), REPAIRED, 'health', 2)


def test_a_service_that_cannot_be_joined_changes_nothing_of_the_agents(settled):
    lab = settled
    before = pids(lab, GUARD, AGENT, EVALUATOR)
    try:
        with pytest.raises(Failure, match='ceilometer-redis join'):
            astute.deploy(lab, {'store': 'existing', 'backend_url': f'memcached://user:S3cret@{lab.services.address}:1'})
        said = lab.controllers[0].run('cat /var/log/puppet.log').stdout
        assert f'memcached://{lab.services.address}:1: start: ' in said
        assert 'S3cret' not in said
        assert pids(lab, GUARD, AGENT, EVALUATOR) == before
        for host in lab.controllers:
            assert 'memcached' not in host.run('cat /etc/ceilometer/ceilometer.conf').stdout
            assert host.run('ceilometer-redis master').stdout  # the OCF agents ask for it, the store is still there
    finally:
        astute.deploy(lab, {'store': 'deploy', 'backend_url': ''})
    assert pids(lab, GUARD, AGENT, EVALUATOR) == before


def test_each_image_is_polled_once_per_cycle_through_the_service_and_the_store_is_gone(existing, visible):
    lab, kind = existing
    assert cycles(lab, 4)['exactly_once']
    for host in lab.controllers:
        assert host.pids('redis-server') == []
        assert status(host)['service'] == url(lab, kind).partition('?')[0]
        assert 'redis' not in host.run('iptables-save; cat /etc/iptables/rules.v4').stdout
        aside = host.run('ls -d /var/lib/ceilometer-redis.* /etc/ceilometer-redis/redis.*').stdout.split()
        assert len(aside) >= 2
    with visible():
        assert deployment_changes_nothing(lab)


def test_an_agent_that_is_killed_is_a_member_again(existing, measured):
    lab, kind = existing
    killed = time.time()
    lab.controllers[1].kill(AGENT)
    seconds = recovery(lab, killed, REPAIRED)
    measured(f'{kind}: agent killed, right again after', seconds)
    assert seconds < REPAIRED


def test_a_service_that_is_started_again_is_polled_through_again(existing, measured):
    """memcached has lost everything then."""
    lab, kind = existing
    lab.services.run(f'systemctl restart {kind}')
    seconds = recovery(lab, time.time(), REPAIRED)
    measured(f'{kind}: started again, right again after', seconds)
    assert seconds < REPAIRED


def test_the_plugin_is_switched_off_with_an_existing_service(existing, visible):
    lab, _ = existing
    with visible():
        astute.deploy(lab, enabled=False)
    waiting.until(lambda: all(host.run('test ! -e /etc/ceilometer-redis', check=False).returncode == 0
                              for host in lab.controllers), REPAIRED, 'the withdrawal everywhere', 2)
    assert configuration_of(lab.controllers[0]) == fuels_own(lab)
    assert_polled_by_one(lab)

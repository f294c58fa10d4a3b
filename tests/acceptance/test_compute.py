"""Two compute agents of Fuel's era on one host share its instances: each is polled once per cycle, by one of them.

Nova is real, with instances in its database that no hypervisor runs. What would ask the hypervisor answers with the
process that asks; Nova, on its part, is told that the instances have no ports.
"""

import time

import pytest

from ceilometer_redis import audit
from lab import hosts, telemetry, waiting
from polling import WRITTEN, await_rest, master, members, pass_time

pytestmark = pytest.mark.skipif(hosts.PLATFORM != 'bullseye', reason=(
    'the compute agents of this platform share only the instances that a hypervisor has'))

# As in the tree of the services host.
HOST, INSTANCES = 'node-1', 12
GROUP = f'compute-{HOST}.example.com'
AGENTS = ('compute-1', 'compute-2')
PACKAGES = '/usr/local/lib/python2.7/dist-packages'
FILES = {
    f'{PACKAGES}/lab_inspector.py': '''
import os
from ceilometer.compute.virt import inspector


class Inspector(inspector.Inspector):
    def inspect_memory_usage(self, instance, duration=None):
        return inspector.MemoryUsageStats(usage=os.getpid())
''',
    f'{PACKAGES}/lab_inspector-1.dist-info/METADATA': 'Metadata-Version: 2.0\nName: lab-inspector\nVersion: 1\n',
    f'{PACKAGES}/lab_inspector-1.dist-info/entry_points.txt':
        '[ceilometer.compute.virt]\nlab = lab_inspector:Inspector\n',
    '/etc/ceilometer/compute.conf': '''[DEFAULT]
hypervisor_inspector = lab
[compute]
instance_discovery_method = workload_partitioning
[polling]
cfg_file = compute.yaml
''',
    '/etc/ceilometer/compute.yaml':
        f'sources: [{{name: instances, interval: {telemetry.INTERVAL}, meters: [memory.usage]}}]\n',
}


@pytest.fixture(scope='module')
def compute(deployed, guarded):
    """The host of Nova's instances with two compute agents, which coordinate through the store as its others do."""
    await_rest(deployed, guarded)
    deployed.services.run('systemctl start neutron nova-api')
    waiting.until(lambda: deployed.services.run('curl -fsS http://services:8774/', check=False).returncode == 0, 60,
                  'nova-api', 1)
    host = deployed.hosts[HOST]
    for path, text in FILES.items():
        host.run(f'mkdir -p $(dirname {path}) && cat >{path}', input=text)
    began = time.time()
    for agent in AGENTS:
        start(host, agent)
    # What is asked of Nova first takes it as long as several cycles.
    waiting.until(lambda: len({poll.poll.resource for poll in polls(deployed) if poll.time > began}) == INSTANCES, 120,
                  'every instance polled', 2)
    yield host
    for agent in AGENTS:
        host.run(f'systemctl stop {agent}', check=False)
    host.run(f'rm -r {" ".join(FILES)}')
    deployed.services.run('systemctl stop neutron nova-api')


def start(host, agent):
    host.run(f'systemd-run --collect --unit={agent} --property=User=ceilometer /usr/bin/ceilometer-polling'
             ' --polling-namespaces compute --config-file /etc/ceilometer/ceilometer.conf'
             f' --config-file /etc/ceilometer/compute.conf --log-file {agent}.log')


@pytest.fixture(autouse=True)
def both(lab, compute):
    """Both agents are members."""
    await_agents(lab, 2)


def await_agents(lab, count):
    """Wait until so many agents are members; when that was."""
    waiting.until(lambda: len(members(master(lab) or lab.controllers[0], GROUP)) == count, 120,
                  f'{count} members of {GROUP}', 1)
    return time.time()


def cycles(lab, count, since):
    """The audit's report of at least so many whole cycles from a moment on; waits until they are over."""
    until = since + (count + 1) * telemetry.INTERVAL
    pass_time(until + WRITTEN)
    return audit.judge(polls(lab), telemetry.INTERVAL, since, until, INSTANCES)


def polls(lab):
    """Every poll of an instance, as the audit reads it, by the process of the agent."""
    return [audit.Sample(sample['id'], audit.moment(sample['timestamp']),
                         audit.Poll(sample['name'], sample['resource_id'], str(sample['volume'])))
            for sample in telemetry.samples(lab.services) if sample['name'] == 'memory.usage']


def agents(report):
    return {agent for cycle in report['cycles'] for agent in cycle['by']}


def test_each_instance_is_polled_once_per_cycle_and_both_agents_poll(lab):
    report = cycles(lab, 4, time.time() + telemetry.INTERVAL)
    assert report['exactly_once'], report
    assert len(agents(report)) == 2


def test_the_instances_of_an_agent_that_was_killed_are_the_others_until_it_comes_again(lab, compute, measured):
    killed = time.time()
    compute.run(f'master=$(pgrep -f {AGENTS[0]}.lo[g]) && kill -KILL $master $(pgrep -P $master)')
    ended = await_agents(lab, 1)
    measured('compute agent killed: membership ended after', ended - killed)
    report = cycles(lab, 3, ended + telemetry.INTERVAL)
    assert report['exactly_once'], report
    assert len(agents(report)) == 1
    start(compute, AGENTS[0])
    report = cycles(lab, 3, await_agents(lab, 2) + 2 * telemetry.INTERVAL)
    assert report['exactly_once'], report
    assert len(agents(report)) == 2

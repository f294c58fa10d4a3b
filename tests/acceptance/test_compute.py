# SPDX-License-Identifier: Apache-2.0
"""Two compute agents of Fuel's era on a compute node: deployed there, the plugin lets them share its instances.

Nova is real, with instances in its database that no hypervisor runs. What would ask the hypervisor answers with the
process that asks; Nova, on its part, is told that the instances have no ports. Of the two agents one is Fuel's and one
an operator's, who restarts it with Fuel's. The host has no cron: what stands in for it reads /etc/cron.d as cron does.
"""

import configparser
import re
import secrets
import time
import types

import pytest

from ceilometer_redis.audit import samples, times
from lab import astute, cluster, hosts, network, telemetry, waiting
from polling import AGENT, EVALUATOR, GUARD, await_rest, cycles, judged, master, members, pass_time, pids, recovery
from test_reachability import CONNECT, PORTS
from test_settings import Secret, deployment_changes_nothing
from test_withdrawal import is_withdrawn, tell

pytestmark = pytest.mark.skipif(hosts.PLATFORM != 'bullseye', reason=(
    'the compute agents of this platform share only the instances that a hypervisor has'))

# As in the tree of the services host.
INSTANCES = 12
GROUP = f'compute-{hosts.COMPUTE}.{hosts.DOMAIN}'
# Fuel's service, and another one.
AGENTS = ('ceilometer-polling', 'ceilometer-polling-2')
CONF = '/etc/ceilometer/ceilometer.conf'
REDIS = 'redis-server .*:6379'
PROCESSES = ('redis-server', AGENT, EVALUATOR, GUARD)
# Seconds without the store that end every membership.
AWAY = 90
# Seconds until a cron job has surely begun and ended: a minute, two looks at Fuel's data, a run of Puppet.
CRON = 150

UNIT = '''[Unit]
Description=A compute agent
{part_of}
[Service]
User=ceilometer
ExecStart=/usr/bin/ceilometer-polling --polling-namespaces compute --log-file {name}.log
TimeoutStopSec=15
'''
CRONS = r'''#!/usr/bin/python3
"""Every minute the jobs of /etc/cron.d that are for every minute, of the files that Debian's cron takes."""
import os, re, subprocess, time

def jobs(path):
    environment = {'SHELL': '/bin/sh'}
    text = open(path).read()
    safe = os.stat(path).st_uid == 0 and not os.stat(path).st_mode & 0o022
    for line in text.splitlines() if safe and text.endswith('\n') else ():
        if re.match(r'\w+=', line):
            environment.update([line.split('=', 1)])
        elif line.startswith('* * * * * ') and '%' not in line:
            user, command = line.split(None, 6)[5:]
            yield dict(args=[environment['SHELL'], '-c', command], user=user, env=dict(environment))

while True:
    time.sleep(60 - time.time() % 60)
    for name in os.listdir('/etc/cron.d'):
        if re.fullmatch('[A-Za-z0-9_-]+', name):
            for job in jobs('/etc/cron.d/' + name):
                subprocess.Popen(**job)
'''
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
    '/etc/ceilometer/polling.yaml':
        f'sources: [{{name: instances, interval: {telemetry.INTERVAL}, meters: [memory.usage]}}]\n',
    f'/etc/systemd/system/{AGENTS[0]}.service': UNIT.format(name=AGENTS[0], part_of=''),
    f'/etc/systemd/system/{AGENTS[1]}.service': UNIT.format(name=AGENTS[1], part_of=f'PartOf={AGENTS[0]}.service'),
    '/usr/local/sbin/crons': CRONS,
}


@pytest.fixture(scope='module')
def found(deployed, guarded):
    """The controllers before there is a compute node: the configuration of their agents, and what runs there."""
    await_rest(deployed, guarded)
    return controllers(deployed)


@pytest.fixture(scope='module')
def compute(deployed, found, visible, measured):
    """The compute node, on which the plugin was deployed; ``host``, and its agents' configuration ``before`` that.

    Afterwards there is none, and the controllers know of none.
    """
    lab = deployed
    try:
        node = prepared(lab)
        with visible():
            runs = astute.deploy(lab, {'coordinate_compute': True})
        measured('deployment of the compute node', sum(run.seconds for run in runs if run.node == hosts.COMPUTE))
        # What is asked of Nova first takes it as long as several cycles.
        polled = time.time()
        waiting.until(lambda: len({poll.poll.resource for poll in polls(lab) if poll.time > polled}) == INSTANCES, 120,
                      'every instance polled', 2)
        yield node
    finally:
        lab.remove_compute()
        astute.deploy(lab, {'coordinate_compute': False}, say=lambda text: None)
        lab.services.run('systemctl stop neutron nova-api')


def prepared(lab):
    """A new compute node as Fuel leaves it, whose instances are those that Nova knows."""
    lab.services.run('systemctl start neutron nova-api && mariadb nova', input=(
        f'UPDATE instances SET host = "{hosts.COMPUTE}.{hosts.DOMAIN}", node = host;'))
    waiting.until(lambda: lab.services.run('curl -fsS http://services:8774/', check=False).returncode == 0, 60,
                  'nova-api', 1)
    host = lab.add_compute()
    for path, text in FILES.items():
        host.run(f'mkdir -p $(dirname {path}) && cat >{path}', input=text)
    host.run(f"sed -i '/^.DEFAULT.$/a hypervisor_inspector = lab' {CONF}")
    host.run(f'systemctl daemon-reload && systemctl start {" ".join(AGENTS)}'
             ' && systemd-run --unit=crons /usr/bin/python3 /usr/local/sbin/crons')
    return types.SimpleNamespace(host=host, before=configuration(host))


@pytest.fixture(autouse=True)
def both(lab, compute):
    """Both agents are members."""
    await_agents(lab, 2)


def await_agents(lab, count):
    """Wait until so many agents are members; when that was."""
    waiting.until(lambda: len(group(lab)) == count, 120, f'{count} members of {GROUP}', 1)
    return time.time()


def group(lab):
    return members(master(lab) or lab.controllers[0], GROUP)


def configuration(host):
    """The options of ceilometer.conf, by section and name; of the store's URL without the password."""
    options = configparser.ConfigParser(interpolation=None)
    options.read_string(host.run(f'cat {CONF}').stdout)
    return {f'{section}/{name}': re.sub('//:[^@]*@', '//:***@', value) for section in (*options.sections(), 'DEFAULT')
            for name, value in options[section].items() if section == 'DEFAULT' or name not in options.defaults()}


def controllers(lab):
    return {host.name: configuration(host) for host in lab.controllers}, pids(lab, *PROCESSES)


def main_pids(host):
    """The agents' processes, by service; 0 of one that does not run."""
    return {agent: int(host.run(f'systemctl show --value --property MainPID {agent}').stdout) for agent in AGENTS}


def reached(lab, source):
    """How many ports of redis and sentinels a host reaches, of all controllers together."""
    return [source.run(CONNECT.format(address=host.address, port=port), check=False).returncode
            for host in lab.controllers for port in PORTS].count(0)


def polls(lab):
    """Every poll of an instance, as the audit reads it, by the process of the agent."""
    return [samples.Sample(sample['id'], times.parse_time('timestamp', sample['timestamp']),
                         samples.Poll(sample['name'], sample['resource_id'], str(sample['volume'])))
            for sample in telemetry.samples(lab.services) if sample['name'] == 'memory.usage']


def shared(lab, count, since, agents):
    """So many cycles from a moment on in which each instance is polled once, by so many agents in all."""
    report = cycles(lab, count, since, polls, INSTANCES)
    # The host is gone, and its logs with it, when a failure is read.
    said = "grep -hE '(WARNING|ERROR) [a-z.]+ .-|Skip' /var/log/ceilometer/*.log | tail -20"
    assert report['exactly_once'], f'{report}\n{lab.computes[0].run(said, check=False).stdout}'
    assert len({agent for cycle in report['cycles'] for agent in cycle['by']}) == agents


def assert_coordination_taken_back(compute, before):
    """The agents run anew with the configuration that Fuel made, and nothing looks for a withdrawal any more."""
    assert configuration(compute.host) == compute.before
    assert compute.host.run('test -e /etc/cron.d/ceilometer-redis', check=False).returncode != 0
    assert_restarted(compute, before)


def assert_restarted(compute, before):
    """Both agents run, as other processes than before."""
    after = main_pids(compute.host)
    assert all(after[agent] not in (0, before[agent]) for agent in AGENTS)


def test_the_compute_node_has_the_options_of_its_release_and_the_controllers_agents_run_on(lab, compute, found):
    options = configuration(compute.host)
    url = options.pop('coordination/backend_url')
    assert url.startswith('redis://:***@') and all(host.address in url for host in lab.controllers)
    assert options == {**compute.before, 'compute/instance_discovery_method': 'workload_partitioning'}
    assert compute.host.run(f'stat -c %A {CONF}').stdout.strip().endswith('---')
    assert controllers(lab) == found


def test_the_compute_node_reaches_redis_and_the_sentinels_and_another_host_does_not(lab, compute):
    assert reached(lab, compute.host) == len(lab.controllers) * len(PORTS)
    assert reached(lab, lab.services) == 0


def test_each_instance_is_polled_once_per_cycle_and_both_agents_poll(lab):
    shared(lab, 4, time.time() + telemetry.INTERVAL, 2)


def test_a_second_deployment_changes_nothing(lab, compute, visible):
    before = main_pids(compute.host), pids(lab, *PROCESSES)
    with visible():
        assert deployment_changes_nothing(lab)
    assert (main_pids(compute.host), pids(lab, *PROCESSES)) == before


def test_the_instances_of_an_agent_that_was_killed_are_the_others_until_it_comes_again(lab, compute, measured):
    killed = time.time()
    parent = main_pids(compute.host)[AGENTS[1]]
    compute.host.run(f'kill -KILL {parent} $(pgrep -P {parent})')
    ended = await_agents(lab, 1)
    measured('compute agent killed: membership ended after', ended - killed)
    shared(lab, 3, ended + telemetry.INTERVAL, 1)
    compute.host.run(f'systemctl start {AGENTS[1]}')
    shared(lab, 3, await_agents(lab, 2) + 2 * telemetry.INTERVAL, 2)


def test_after_a_failover_of_the_store_each_instance_is_polled_once_again(lab, guarded, measured):
    before, victim = set(group(lab)), master(lab)
    killed = time.time()
    with cluster.unattended(lab.controllers[0]):
        victim.kill(REDIS)
        waiting.until(lambda: master(lab) not in (None, victim), 60, 'another master')
        measured('master killed: another one after', time.time() - killed)
        assert_healed(lab, killed, measured, 'master killed')
    wrong = [cycle for cycle in judged(polls(lab), killed - telemetry.INTERVAL, time.time() - 2, INSTANCES)['cycles']
             if cycle['missing'] or cycle['doubled']]
    measured('master killed: cycles in which an instance was missing or doubled', len(wrong) * telemetry.INTERVAL)
    assert set(group(lab)) == before
    await_rest(lab, guarded)


def assert_healed(lab, since, measured, what):
    """Each instance is polled once per cycle again before three minutes are over."""
    seconds = recovery(lab, since, 180, samples=polls, resources=INSTANCES)
    measured(f'{what}: each instance polled once again after', seconds)
    assert seconds < 180


@pytest.mark.long
def test_a_compute_node_that_was_cut_off_from_the_store_polls_nothing_until_it_reaches_it_again(lab, compute, measured):
    cut = time.time()
    network.partition([compute.host], lab.controllers)
    pass_time(cut + AWAY)
    healed = time.time()
    network.heal([compute.host])
    # An agent knows its share of a cycle when the cut comes in it.
    assert not [poll for poll in polls(lab) if cut + telemetry.INTERVAL < poll.time < healed]
    assert_healed(lab, healed, measured, 'compute node reaches the store again')
    shared(lab, 3, time.time(), 2)


@pytest.mark.long
def test_another_password_reaches_the_agents_of_the_compute_node(lab, compute, guarded, visible):
    before = main_pids(compute.host)
    with visible():
        astute.deploy(lab, {'redis_password': Secret(secrets.token_hex(16))})
    assert_restarted(compute, before)
    shared(lab, 3, await_agents(lab, 2) + 2 * telemetry.INTERVAL, 2)
    await_rest(lab, guarded)


@pytest.mark.long
def test_a_compute_node_that_is_told_that_the_plugin_is_off_takes_everything_back_by_itself(lab, compute, measured,
                                                                                            visible):
    host, before = compute.host, main_pids(compute.host)
    tell(lab, host)
    told = time.time()
    waiting.until(lambda: is_withdrawn(host), CRON, 'the withdrawal', 2)
    measured('compute node told that the plugin is off: withdrawn after', time.time() - told)
    assert_coordination_taken_back(compute, before)
    await_agents(lab, 0)
    with visible():
        astute.deploy(lab)
    shared(lab, 3, await_agents(lab, 2) + 2 * telemetry.INTERVAL, 2)


# The last one: what it leaves has no members.
def test_unticked_the_options_are_taken_back_and_the_ports_closed(lab, compute, visible):
    host, before = compute.host, (main_pids(compute.host), controllers(lab))
    with visible():
        astute.deploy(lab, {'coordinate_compute': False})
    assert_coordination_taken_back(compute, before[0])
    assert 'backend_url' not in host.run('cat /etc/ceilometer-redis/deployment.yaml').stdout
    assert controllers(lab) == before[1]
    assert reached(lab, host) == 0
    assert deployment_changes_nothing(lab)

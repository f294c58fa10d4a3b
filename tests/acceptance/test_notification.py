# SPDX-License-Identifier: Apache-2.0
"""The notification agents of Fuel's era share the pipeline's work: each resource is in the hands of one of them.

Numbered samples say what was lost and what was handled twice. Agents acknowledge a message after they have handled it,
so that nothing is lost when one ends. But when an agent leaves its queues for others, its last acknowledgements may be
lost (oslo.messaging 5.17): those messages are handled twice.
"""

import ast
import collections
import concurrent.futures
import contextlib
import datetime
import time

import pytest

from lab import astute, cluster, hosts, waiting
from polling import await_rest, master, members, pass_time

pytestmark = pytest.mark.skipif(hosts.PLATFORM != 'bullseye', reason=(
    'the notification agents of this platform cannot share their work: newer than Rocky'))

AGENT = 'ceilometer-agent-notification'
GROUP = 'ceilometer.notification'
REDIS = 'redis-server .*:6379'
SINKS = ('all:file', 'counters:growth', 'event:all:nowhere')
QUEUES = {f'ceilometer-pipe-{sink}-{number}.sample' for sink in SINKS for number in range(10)}

RESOURCES = 30
# Seconds that an agent keeps what it has taken out of a queue at most ([notification] batch_timeout), and between two
# looks of it at the members of its group ([coordination] check_watchers).
BATCH, WATCH = 5, 10

Queue = collections.namedtuple('Queue', 'messages consumers')
# A sample: its resource and number, when it was sent, and the controller whose agent has handled it.
Handled = collections.namedtuple('Handled', 'resource number sent host')


@pytest.fixture(scope='module')
def agents(deployed, guarded):
    """The controllers' notification agents, which Fuel runs on each, share the work of the services host's."""
    await_rest(deployed, guarded)
    deployed.services.run(f'systemctl stop {AGENT}')
    for host in deployed.controllers:
        host.run(f'systemctl start {AGENT}')
    astute.deploy(deployed, {'coordinate_notification': True})
    yield
    astute.deploy(deployed, {'coordinate_notification': False})
    for host in deployed.controllers:
        host.run(f'systemctl stop {AGENT}')
    deployed.services.run(f'systemctl start {AGENT}')


@pytest.fixture(autouse=True)
def rest(lab, agents):
    """Every agent has its share."""
    await_shared(lab)


def await_shared(lab):
    """Wait until every controller's agent is a member, nobody else, and each queue of each sink has one consumer."""
    waiting.until(lambda: len(group(lab)) == len(lab.controllers), 120, f'{len(lab.controllers)} members of {GROUP}', 1)
    waiting.until(lambda: consumers(lab) == dict.fromkeys(QUEUES, 1), 60, 'one consumer of each queue', 1)


def group(lab):
    """The members of the agents' group, none while there is no redis master."""
    store = master(lab)
    return members(store, GROUP) if store else []


def queues(lab, prefix):
    """The queues whose names begin so."""
    lines = lab.services.run('rabbitmqctl --quiet list_queues name messages consumers').stdout.splitlines()
    rows = [line.split('\t') for line in lines if line.startswith(prefix)]
    return {name: Queue(int(messages), int(consumers)) for name, messages, consumers in rows}


def consumers(lab):
    return {name: queue.consumers for name, queue in queues(lab, 'ceilometer-pipe-').items()}


@contextlib.contextmanager
def sending(lab, name, count):
    """A context in which so many samples of each resource are sent, one a second, and which waits for their end."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sender = pool.submit(lab.services.run, f'send-samples {name} {RESOURCES} {count}', timeout=4 * count + 60)
        yield
        sender.result()
    pass_time(time.time() + 2 * BATCH)


def handled(lab, name, sink='samples'):
    """What the agents have written of these samples to the file of a sink."""
    found = []
    for host in lab.controllers:
        lines = host.run(f'grep -F "\'{name}-" /var/lib/ceilometer/{sink}', check=False).stdout.splitlines()
        found += [Handled(sample['resource_id'], sample['volume'], seconds(sample['timestamp']), host.name)
                  for sample in map(ast.literal_eval, lines)]
    return found


def seconds(timestamp):
    return datetime.datetime.fromisoformat(f'{timestamp}+00:00').timestamp()


def lost(found, name, count):
    """The samples of those sent that nobody has handled."""
    sent = {(f'{name}-{resource}', number) for resource in range(RESOURCES) for number in range(count)}
    return sorted(sent - {sample[:2] for sample in found})


def doubled(found):
    """The samples that were handled more than once."""
    times = collections.Counter(sample[:2] for sample in found)
    return sorted(sample for sample in times if times[sample] > 1)


def hands(found):
    """Which agents have handled each resource."""
    by = collections.defaultdict(set)
    for sample in found:
        by[sample.resource].add(sample.host)
    return by


def test_the_queues_are_those_of_the_pipelines_sinks_and_no_message_stays_in_one(lab):
    with sending(lab, 'sinks', 5):
        pass
    assert set(queues(lab, 'ceilometer-pipe-')) == QUEUES
    waiting.until(lambda: not any(queue.messages for queue in queues(lab, 'notifications.').values()), 30,
                  'no message in notifications.*')
    assert lost(handled(lab, 'sinks'), 'sinks', 5) == []


def test_all_samples_of_a_resource_are_handled_by_the_same_agent(lab):
    found = handled_in_peace(lab, 'calm', 20)
    assert len({sample.host for sample in found}) > 1
    # The other sink writes by how much a counter has grown, which only who has seen the sample before can tell.
    assert [sample.number for sample in handled(lab, 'calm', 'growth')] == [1] * RESOURCES * 19


def handled_in_peace(lab, name, count):
    """Send samples while nobody comes or goes: each is handled once, those of a resource by the same agent."""
    with sending(lab, name, count):
        pass
    found = handled(lab, name)
    assert (lost(found, name, count), doubled(found)) == ([], [])
    assert {len(agents) for agents in hands(found).values()} == {1}
    return found


@pytest.mark.parametrize('how', ['killed', 'restarted'])
def test_no_sample_is_lost_when_an_agent_ends_and_comes_again(lab, measured, how):
    count, before = 90, set(group(lab))
    with sending(lab, how, count):
        pass_time(time.time() + 15)
        victim = busiest(lab, how)
        ended = time.time()
        victim.kill(AGENT) if how == 'killed' else victim.run(f'systemctl restart {AGENT}')
        waiting.until(lambda: set(group(lab)) - before, 60, 'another member')
        await_shared(lab)
        shared = time.time()
    found = handled(lab, how)
    assert lost(found, how, count) == []
    twice = doubled(found)
    measured(f'notification agent {how}: {len(twice)} of {RESOURCES * count} samples handled twice, all shared after',
             shared - ended)
    # An agent is sure of its share when it has looked at the members once more.
    apart = [sample for sample in found if not ended - BATCH < sample.sent < shared + WATCH]
    assert doubled(apart) == []
    handled_in_peace(lab, f'after-{how}', 10)


def busiest(lab, name):
    """The controller whose agent has handled most of these samples."""
    counts = collections.Counter(sample.host for sample in handled(lab, name))
    return lab.hosts[counts.most_common(1)[0][0]]


def test_a_failover_of_the_store_moves_no_share(lab):
    before, victim = set(group(lab)), master(lab)
    with sending(lab, 'failover', 60):
        pass_time(time.time() + 10)
        with cluster.unattended(lab.controllers[0]):
            victim.kill(REDIS)
            waiting.until(lambda: master(lab) not in (None, victim), 60, 'another master')
    found = handled(lab, 'failover')
    assert (lost(found, 'failover', 60), doubled(found)) == ([], [])
    assert {len(agents) for agents in hands(found).values()} == {1}
    assert set(group(lab)) == before

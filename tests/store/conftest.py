# SPDX-License-Identifier: Apache-2.0
"""A real store: redis servers and sentinels as three controllers, or as many as a test wants, have them.

The redis-server is the one on PATH. These tests run under Python 2.7 as well, with Redis of Fuel's era and the oldest
python-redis (tools/test-store).
"""

import copy
import glob
import io
import os
import re
import subprocess
import sys

import pytest
import redis
import yaml

import era
import guarding
from ceilometer_redis.deployment import build
from ceilometer_redis.guard import access, agent_logs, decision, processes, supervisor, turn
from ceilometer_redis.health import daemons, snapshot
from ceilometer_redis.pacemaker import tools
from ceilometer_redis.store.connection import disconnect_clients
from ceilometer_redis.store.master import find_master
from ceilometer_redis.store.queries import daemon_version, master_state
from ceilometer_redis.store.sentinel import apply_sentinel
from ceilometer_redis.store.server import SINCE_MIN_SLAVES
from namespaces import Network
from services import running
from waiting import wait

if sys.version_info[0] == 2:
    # Of Fuel's Redis they have nothing to say, and run other Pythons themselves.
    collect_ignore = ['test_agents_python.py', 'test_backend_url_tooz.py', 'test_coordinator.py',
                      'test_guard_at_services.py', 'test_joining.py']

FILTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sentinel_2_8_4.py')
ASTUTE = os.path.join(os.path.dirname(__file__), '..', 'data', 'astute', '9.2-five-controllers')
NAME = build.MASTER_NAME
PASSWORD = 'S3cretS3cret'

# Fuel's data that were read once.
PARSED = {}

REDIS_CONF = """\
bind {node[address]}
port {redis[port]}
dir {folder}
logfile {folder}/redis.log
requirepass {redis[password]}
masterauth {redis[password]}
appendonly yes
lua-time-limit 0
min-slaves-to-write {redis[min_slaves_to_write]}
min-slaves-max-lag {redis[min_slaves_max_lag]}
"""
SENTINEL_CONF = """\
bind {node[address]}
port {sentinel[port]}
dir {folder}
logfile {folder}/sentinel.log
"""
# Of one that sentinel_2_8_4.py stands before, at its port.
BEHIND_FILTER = SENTINEL_CONF.replace('{sentinel[port]}', '26380') + 'sentinel announce-port {sentinel[port]}\n'

# How often a sentinel asks for replicas and tells the others of itself, in milliseconds: by itself, and while a store
# is made (redis 7.0 on). Not in a failover: a sentinel that has not heard of it for four of the latter undoes it.
USUAL = ('info-period', '10000', 'publish-period', '2000')
OFTEN = ('info-period', '100', 'publish-period', '100')


class Store(object):
    """Controllers, numbered from 0, each with a redis server and a sentinel on a host of its own.

    network: the hosts; addresses and folders (of redis.conf, sentinel.conf, the logs) by number; ports: of redis, of
    the sentinels; controllers: the numbers of those that Fuel's data have, the first being its primary controller;
    three at first; filtered: whether the sentinels answer as those of 2.8.4.
    """

    names = ('node-1', 'node-2', 'node-3', 'node-6', 'node-7')
    ports = (6379, 26379)

    def __init__(self, network, directory, filtered=False):
        self.network = network
        self.filtered = filtered
        self.addresses = network.addresses
        self.folders = [os.path.join(str(directory), name) for name in self.names]
        self.version = daemon_version({'redis_version': subprocess.check_output(
            ['redis-server', '--version']).decode().partition('v=')[2]})
        # Sooner than usual; 2.8.4 takes all that is watched for down with less.
        self.down_after = 3000 if self.version < (2, 8, 8) else 1000
        self.processes = {}
        self.controllers = []
        self.add(0, 1, 2)

    def add(self, *numbers):
        """Let Fuel's data have more controllers, of which nothing runs yet."""
        self.controllers.extend(numbers)
        for number in numbers:
            folder = self.folders[number]
            if not os.path.isdir(folder):
                os.makedirs(folder)
            values = dict(self.deployment(number), folder=folder)
            write(os.path.join(folder, 'redis.conf'), REDIS_CONF.format(**values))
            sentinel_conf = BEHIND_FILTER if self.filtered else SENTINEL_CONF
            write(os.path.join(folder, 'sentinel.conf'), sentinel_conf.format(**values))

    def remove(self, *numbers):
        """Let Fuel's data have controllers no more, whether their daemons run or not."""
        for number in numbers:
            self.controllers.remove(number)

    def deployment(self, number, **sentinel):
        """The deployment of one controller, from Fuel's data with these addresses and ports; sentinel: what differs."""
        astute = fuels_data(self.names[number])
        known = astute['network_metadata']['nodes']
        nodes = dict((self.names[index], known[self.names[index]]) for index in self.controllers)
        for index in self.controllers:
            nodes[self.names[index]]['network_roles']['ceilometer/api'] = self.addresses[index]
        nodes[self.names[self.controllers[0]]]['node_roles'] = ['primary-controller']
        astute['network_metadata']['nodes'] = nodes
        astute['ceilometer-redis'].update(redis_password=PASSWORD)
        built = build.build(astute)
        built['sentinel'].update(dict({'down_after': self.down_after}, **sentinel))
        return built

    def begin(self):
        """Start everything; returns when the store is complete."""
        for number in self.controllers:
            self.start_redis(number)
        # A sentinel asks for replicas when it begins and 10 s later.
        wait(self.linked)
        for number in self.controllers:
            self.start_sentinel(number)
        self.meet()

    def meet(self):
        """Let the sentinels find each other and the replicas soon; returns when the store is complete."""
        self.set_periods(OFTEN)
        wait(self.complete)
        self.set_periods(USUAL)

    def set_periods(self, periods):
        for number in self.controllers:
            try:
                self.sentinel(number).execute_command('sentinel', 'debug', *periods)
            except redis.ResponseError:
                pass  # before redis 7.0 a store takes longer

    def start_redis(self, number):
        """Start a redis server as the OCF agent does: as replica of the master that the running system names."""
        master = find_master(self.deployment(number), self.folders[number])
        own = master.address == self.addresses[number]
        self.start(number, 'redis', *([] if own else ['--slaveof', str(master.address), str(master.port)]))

    def start_sentinel(self, number):
        """Start a sentinel and tell it what to watch, as a deployment does."""
        self.start(number, 'sentinel', '--sentinel')
        apply_sentinel(self.deployment(number), conf_dir=self.folders[number])

    def start(self, number, kind, *options):
        """Start a daemon ('redis' or 'sentinel') as the OCF agents do; returns when it answers."""
        if kind == 'redis' and self.version < SINCE_MIN_SLAVES:
            options += ('--min-slaves-to-write', '0')
        command = self.network.command(number, 'redis-server', os.path.join(self.folders[number], kind + '.conf'),
                                       *options)
        with open(os.devnull, 'r+') as nothing:
            self.processes[number, kind] = subprocess.Popen(command, stdin=nothing, stdout=nothing)
        if kind == 'sentinel' and self.filtered:
            self.processes[number, 'filter'] = subprocess.Popen(self.network.command(
                number, sys.executable, FILTER, self.addresses[number], str(self.ports[1]), '26380'))
        process = self.processes[number, kind]
        wait(lambda: process.poll() is not None or getattr(self, kind)(number).ping())
        assert process.poll() is None, 'see %s' % self.folders[number]
        if kind == 'redis':
            # As the OCF agent does: a replica that needs all data waits for no others.
            try:
                self.redis(number).config_set('repl-diskless-sync-delay', 0)
            except redis.RedisError:
                pass  # redis before 2.8.18 does not know it; a server may have another password than a test

    def kill(self, number, kind=None):
        """End a daemon, or both of a controller, without warning, as a crash does."""
        ended = [kind] if kind else ['sentinel', 'redis']
        if 'sentinel' in ended and self.filtered:
            ended.append('filter')
        for daemon in ended:
            process = self.processes.pop((number, daemon))
            process.kill()
            process.wait()

    def signal(self, number, kind, signal):
        """SIGSTOP freezes a daemon: its connections stay open and say nothing; SIGCONT lets it go on."""
        self.processes[number, kind].send_signal(signal)

    def end(self):
        """End every daemon that still runs."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.processes.clear()

    def redis(self, number, password=PASSWORD):
        return redis.StrictRedis(self.addresses[number], self.ports[0], password=password, socket_timeout=2,
                                 decode_responses=True)

    def sentinel(self, number):
        return redis.StrictRedis(self.addresses[number], self.ports[1], socket_timeout=2, decode_responses=True)

    def cut_connections(self, password=PASSWORD):
        """Cut off all clients: before redis 6.2 a sentinel that is told a password keeps the connections it has."""
        for number in self.controllers:
            client = self.redis(number, password)
            disconnect_clients(client, [found['addr'] for found in client.client_list()])

    def states(self):
        """The master's state as each sentinel that answers has it."""
        deployment = self.deployment(self.controllers[0])
        found = [master_state(deployment, self.addresses[number]) for number in self.controllers]
        return [state for state in found if state]

    def master(self):
        """The number of the controller that all sentinels that answer name as master; None while they differ."""
        named = set(state['ip'] for state in self.states())
        return self.addresses.index(named.pop()) if len(named) == 1 else None

    def snapshot(self, number=0):
        """What a controller sees; there is no Pacemaker here."""
        return snapshot.take(self.deployment(number), self.folders[number], '/nowhere')

    def findings(self, number=0):
        """What is wrong with the redis servers and the sentinels, as a controller sees it."""
        return list(daemons.of_store(self.snapshot(number)))

    def wrong(self, number=0):
        """The same as (name of the problem, controller)."""
        return sorted((finding.name, finding.where) for finding in self.findings(number))

    def complete(self, password=PASSWORD):
        """Whether all sentinels see each other, the others' replicas and one master, whose replicas are linked."""
        seen = [(state['ip'], int(state['num-slaves']), int(state['num-other-sentinels'])) for state in self.states()]
        master, others = self.master(), len(self.controllers) - 1
        return (master is not None and seen == [(self.addresses[master], others, others)] * (others + 1)
                and self.linked(password))

    def linked(self, password=PASSWORD):
        """Whether there is one master, all other redis servers are linked to it, and it counts them as good."""
        found = [self.redis(number, password).info('replication') for number in self.controllers]
        masters = [server for server in found if server['role'] == 'master']
        others = len(self.controllers) - 1
        if len(masters) != 1 or masters[0].get('min_slaves_good_slaves', others) != others:
            return False
        return [masters[0].get('slave%s' % index, {}).get('state') for index in range(others)] == ['online'] * others


def fuels_data(name):
    """Fuel's data of a controller, which the caller may change: to read them again and again took a fifth of a run."""
    if name not in PARSED:
        path, = glob.glob(os.path.join(ASTUTE, '%s.*.yaml' % name))
        with io.open(path, encoding='utf-8') as content:
            PARSED[name] = yaml.safe_load(content)
    return copy.deepcopy(PARSED[name])


def write(path, text):
    """Write a file that nobody else reads: it may hold the password."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as stream:
        stream.write(text)


#: Of pytest-xdist's workers, which share a network namespace, the number of this one.
WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:])


@pytest.fixture(scope='session')
def network():
    """Hosts of five controllers, which the stores of this process use one after another."""
    found = Network(WORKER, 5)
    yield found
    found.end()


@pytest.fixture(autouse=True)
def no_journal(tmp_path, monkeypatch):
    """This machine's own history is none of the tests'."""
    monkeypatch.setattr('ceilometer_redis.history.journal.PATH', str(tmp_path / 'journal' / 'history.log'))


@pytest.fixture
def stopped_store(network, tmp_path):
    """A store of which nothing has run yet. Each test has its own: tests end its daemons."""
    store = Store(network, tmp_path)
    try:
        yield store
    finally:
        store.end()


@pytest.fixture
def store(stopped_store):
    """A complete store, number 0 being the master."""
    stopped_store.begin()
    return stopped_store


@pytest.fixture(scope='session')
def lasting_store(tmp_path_factory):
    """What shared_store gives out."""
    network = Network(100 + WORKER, 5)
    store = Store(network, tmp_path_factory.mktemp('store'))
    try:
        store.begin()
        yield store
    finally:
        store.end()
        network.end()


@pytest.fixture
def shared_store(lasting_store):
    """A complete, empty store, number 0 being the master, for tests that leave its daemons as they are."""
    assert lasting_store.complete() and lasting_store.master() == 0
    lasting_store.redis(0).flushall()
    return lasting_store


@pytest.fixture
def agents_command(monkeypatch, tmp_path):
    """What the command lines of this test's members match, as a guard asks it; pytest-xdist's workers share a host."""
    client = tmp_path / 'tooz_client.py'
    client.symlink_to(era.CLIENT)
    monkeypatch.setattr(era, 'CLIENT', str(client))
    return re.escape(str(client).lstrip('/')) + ' (beat|poll)'


@pytest.fixture
def member():
    """Start members; ends them after the test."""
    started = []

    def start(*arguments):
        started.append(era.Member(*arguments))
        return started[-1]
    yield start
    for each in started:
        each.end()


@pytest.fixture
def pacemaker(monkeypatch):
    found = guarding.Pacemaker()
    monkeypatch.setattr(tools, 'query', found.query)
    monkeypatch.setattr('ceilometer_redis.pacemaker.guard.give_turn', found.give_turn)
    monkeypatch.setattr('ceilometer_redis.pacemaker.guard.has_turn', found.has_turn)
    return found


@pytest.fixture
def supervised(monkeypatch):
    """The word of a supervisor, who started what descends from this test, as it would of its main process."""
    monkeypatch.setattr(supervisor.Supervisors, 'find_main', lambda *_: processes.Process(os.getpid(), 0))


@pytest.fixture
def guarded(monkeypatch, supervised, tmp_path, agents_command, pacemaker):
    """The patience of a test; and its members that beat are this host's agents, with their logs in tmp_path."""
    monkeypatch.setattr(decision, 'GRACE', 4)
    monkeypatch.setattr(turn, 'READ_RING', 0.1)
    monkeypatch.setattr(access, 'LOCK_EXPIRY', 2000)
    monkeypatch.setattr(agent_logs, 'LOGS', str(tmp_path))
    monkeypatch.setitem(processes.PROGRAMS, guarding.SERVICE, agents_command)


@pytest.fixture
def agent(member):
    """Start a member; by its command it beats as an agent of this host, or (join) it is another host's."""
    def start(store, name, command='beat', tooz='newest'):
        started = member(era.python_of(tooz), command, store.deployment(0)['coordination']['backend_url'], name)
        started.hear()
        return started
    return start


@pytest.fixture(params=['zookeeper', 'memcached'])
def service(request, tmp_path):
    """An existing service of each kind that is not redis."""
    with running(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def redis_service(tmp_path):
    """An existing redis server."""
    with running('redis', tmp_path) as found:
        yield found

"""A real store on loopback: redis servers and sentinels as three controllers, or as many as a test wants, have them."""

import contextlib
import glob
import os
import re
import socket
import subprocess
import time

import pytest
import redis
import yaml

import era
from ceilometer_redis import deployment, settings
from ceilometer_redis import store as helper

ASTUTE = os.path.join(os.path.dirname(__file__), '..', 'data', 'astute', '9.2-five-controllers')
NAME = deployment.MASTER_NAME
PASSWORD = 'S3cretS3cret'

# On loopback the source of a link says nothing about who links, so each daemon announces its address.
REDIS_CONF = """\
bind {node[address]}
replica-announce-ip {node[address]}
port {redis[port]}
dir {folder}
logfile {folder}/redis.log
requirepass {redis[password]}
masterauth {redis[password]}
appendonly yes
repl-diskless-sync-delay 0
min-slaves-to-write {redis[min_slaves_to_write]}
min-slaves-max-lag {redis[min_slaves_max_lag]}
"""
SENTINEL_CONF = """\
bind {node[address]}
sentinel announce-ip {node[address]}
port {sentinel[port]}
dir {folder}
logfile {folder}/sentinel.log
"""

# How often a sentinel asks for replicas and tells the others of itself, in milliseconds: by itself, and while a store
# is made (redis 7.0 on). Not in a failover: a sentinel that has not heard of it for four of the latter undoes it.
USUAL = ('info-period', '10000', 'publish-period', '2000')
OFTEN = ('info-period', '100', 'publish-period', '100')


def wait(condition, seconds=30):
    """The first true value of condition(), asked every 0.05 s. An error of redis-py is no value."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(redis.RedisError):
            value = condition()
            if value:
                return value
        assert time.monotonic() < end, f'not within {seconds} s'
        time.sleep(0.05)


class Store:
    """Controllers, numbered from 0, each with a redis server and a sentinel on a loopback address of its own.

    addresses and folders (of redis.conf, sentinel.conf, the logs) by number; ports: of redis, of the sentinels;
    controllers: the numbers of those that Fuel's data have, the first being its primary controller; three at first.
    """

    addresses = ('127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5')
    names = ('node-1', 'node-2', 'node-3', 'node-6', 'node-7')

    def __init__(self, directory):
        self.ports = free_ports(self.addresses, 2)
        self.folders = [os.path.join(str(directory), name) for name in self.names]
        self.processes = {}
        self.controllers = []
        self.add(0, 1, 2)

    def add(self, *numbers):
        """Let Fuel's data have more controllers, of which nothing runs yet."""
        self.controllers.extend(numbers)
        for number in numbers:
            folder = self.folders[number]
            os.makedirs(folder, exist_ok=True)
            values = dict(self.deployment(number), folder=folder)
            write(os.path.join(folder, 'redis.conf'), REDIS_CONF.format(**values))
            write(os.path.join(folder, 'sentinel.conf'), SENTINEL_CONF.format(**values))

    def remove(self, *numbers):
        """Let Fuel's data have controllers no more, whether their daemons run or not."""
        for number in numbers:
            self.controllers.remove(number)

    def deployment(self, number, **sentinel):
        """The deployment of one controller, from Fuel's data with these addresses and ports; sentinel: what differs."""
        path, = glob.glob(os.path.join(ASTUTE, f'{self.names[number]}.*.yaml'))
        with open(path) as content:
            astute = yaml.safe_load(content)
        known = astute['network_metadata']['nodes']
        nodes = {self.names[index]: known[self.names[index]] for index in self.controllers}
        for index in self.controllers:
            nodes[self.names[index]]['network_roles']['ceilometer/api'] = self.addresses[index]
        nodes[self.names[self.controllers[0]]]['node_roles'] = ['primary-controller']
        astute['network_metadata']['nodes'] = nodes
        astute['ceilometer-redis'].update(redis_password=PASSWORD, redis_port=str(self.ports[0]),
                                          sentinel_port=str(self.ports[1]), down_after='1')
        built = deployment.build(astute)
        built['sentinel'].update(sentinel)
        return built

    def begin(self):
        """Start everything; returns when the store is complete."""
        for number in self.controllers:
            self.start_redis(number)
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
            with contextlib.suppress(redis.ResponseError):  # before redis 7.0 a store takes longer
                self.sentinel(number).execute_command('sentinel', 'debug', *periods)

    def start_redis(self, number):
        """Start a redis server as the OCF agent does: as replica of the master that the running system names."""
        master = helper.find_master(self.deployment(number), self.folders[number])
        own = master.address == self.addresses[number]
        self.start(number, 'redis', *([] if own else ['--slaveof', master.address, str(master.port)]))

    def start_sentinel(self, number):
        """Start a sentinel and tell it what to watch, as a deployment does."""
        self.start(number, 'sentinel', '--sentinel')
        helper.apply_sentinel(self.deployment(number), conf_dir=self.folders[number])

    def start(self, number, kind, *options):
        """Start a daemon ('redis' or 'sentinel'); returns when it answers."""
        command = ['redis-server', os.path.join(self.folders[number], kind + '.conf')]
        self.processes[number, kind] = subprocess.Popen(command + list(options), stdin=subprocess.DEVNULL,
                                                        stdout=subprocess.DEVNULL)
        wait(getattr(self, kind)(number).ping)

    def kill(self, number, kind=None):
        """End a daemon, or both of a controller, without warning, as a crash does."""
        for daemon in [kind] if kind else ['sentinel', 'redis']:
            process = self.processes.pop((number, daemon))
            process.kill()
            process.wait()

    def signal(self, number, kind, signal):
        """SIGSTOP freezes a daemon: its connections stay open and say nothing; SIGCONT lets it go on."""
        self.processes[number, kind].send_signal(signal)

    def end(self):
        """End every daemon that still runs."""
        for number, kind in list(self.processes):
            self.kill(number, kind)

    def redis(self, number, password=PASSWORD):
        return redis.Redis(self.addresses[number], self.ports[0], password=password, socket_timeout=2,
                           decode_responses=True)

    def sentinel(self, number):
        return redis.Redis(self.addresses[number], self.ports[1], socket_timeout=2, decode_responses=True)

    def watched(self):
        """What each sentinel that answers knows of the master."""
        deployment = self.deployment(self.controllers[0])
        known = [helper.watched_master(deployment, self.addresses[number]) for number in self.controllers]
        return [each for each in known if each]

    def master(self):
        """The number of the controller that all sentinels that answer name as master; None while they differ."""
        named = set(known['ip'] for known in self.watched())
        return self.addresses.index(named.pop()) if len(named) == 1 else None

    def complete(self, password=PASSWORD):
        """Whether all sentinels see each other, the others' replicas and one master, whose replicas are linked."""
        seen = [(known['ip'], int(known['num-slaves']), int(known['num-other-sentinels'])) for known in self.watched()]
        master, others = self.master(), len(self.controllers) - 1
        if master is None or seen != [(self.addresses[master], others, others)] * (others + 1):
            return False
        replication = self.redis(master, password).info('replication')
        return [replication.get(f'slave{index}', {}).get('state') for index in range(others)] == ['online'] * others


def write(path, text):
    """Write a file that nobody else reads: it may hold the password."""
    with open(path, 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        stream.write(text)


def free_ports(addresses, count):
    """Ports that nobody uses on any of the addresses, and that the settings allow."""
    found = []
    with contextlib.ExitStack() as sockets:
        while len(found) < count:
            port = sockets.enter_context(socket.create_server((addresses[0], 0))).getsockname()[1]
            if port in settings.CORE_PORTS:
                continue
            with contextlib.suppress(OSError):
                for address in addresses[1:]:
                    sockets.enter_context(socket.create_server((address, port)))
                found.append(port)
    return found


@pytest.fixture
def stopped_store(tmp_path):
    """A store of which nothing has run yet. Each test has its own: tests end its daemons."""
    store = Store(tmp_path)
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
    store = Store(tmp_path_factory.mktemp('store'))
    try:
        store.begin()
        yield store
    finally:
        store.end()


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

"""A real store on loopback: three redis servers and three sentinels, as three controllers have them."""

import contextlib
import glob
import os
import socket
import subprocess
import time

import pytest
import redis
import yaml

import era
from ceilometer_redis import deployment
from ceilometer_redis import store as helper

ASTUTE = os.path.join(os.path.dirname(__file__), '..', 'data', 'astute', '9.2')
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
    """Three controllers, numbered 0 to 2, each with a redis server and a sentinel on a loopback address of its own.

    addresses and folders (of redis.conf, sentinel.conf, the logs) by number; ports: of redis, of the sentinels.
    """

    addresses = ('127.0.0.1', '127.0.0.2', '127.0.0.3')

    def __init__(self, directory):
        self.ports = free_ports(self.addresses, 2)
        self.folders = [os.path.join(str(directory), f'node-{number}') for number in (1, 2, 3)]
        self.processes = {}
        for number, folder in enumerate(self.folders):
            os.makedirs(folder)
            values = dict(self.deployment(number), folder=folder)
            write(os.path.join(folder, 'redis.conf'), REDIS_CONF.format(**values))
            write(os.path.join(folder, 'sentinel.conf'), SENTINEL_CONF.format(**values))

    def deployment(self, number, **sentinel):
        """The deployment of one controller, from Fuel's data with these addresses and ports; sentinel: what differs."""
        path, = glob.glob(os.path.join(ASTUTE, f'node-{number + 1}.*.yaml'))
        with open(path) as content:
            astute = yaml.safe_load(content)
        for index, address in enumerate(self.addresses, 1):
            astute['network_metadata']['nodes'][f'node-{index}']['network_roles']['ceilometer/api'] = address
        astute['ceilometer-redis'].update(redis_password=PASSWORD, redis_port=str(self.ports[0]),
                                          sentinel_port=str(self.ports[1]), down_after='1')
        built = deployment.build(astute)
        built['sentinel'].update(sentinel)
        return built

    def begin(self):
        """Start everything; returns when the store is complete."""
        for number in range(3):
            self.start_redis(number)
        for number in range(3):
            self.start_sentinel(number)
        self.meet()

    def meet(self):
        """Let the sentinels find each other and the replicas soon; returns when the store is complete."""
        self.set_periods(OFTEN)
        wait(self.complete)
        self.set_periods(USUAL)

    def set_periods(self, periods):
        for number in range(3):
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

    def redis(self, number):
        return redis.Redis(self.addresses[number], self.ports[0], password=PASSWORD, socket_timeout=2,
                           decode_responses=True)

    def sentinel(self, number):
        return redis.Redis(self.addresses[number], self.ports[1], socket_timeout=2, decode_responses=True)

    def watched(self):
        """What each sentinel that answers knows of the master."""
        deployment = self.deployment(0)
        known = [helper.watched_master(deployment, address) for address in self.addresses]
        return [each for each in known if each]

    def master(self):
        """The number of the controller that all sentinels that answer name as master; None while they differ."""
        named = set(known['ip'] for known in self.watched())
        return self.addresses.index(named.pop()) if len(named) == 1 else None

    def complete(self):
        """Whether all sentinels see two replicas, each other and one master, whose replicas are linked."""
        seen = [(known['ip'], known['num-slaves'], known['num-other-sentinels']) for known in self.watched()]
        master = self.master()
        if master is None or seen != [(self.addresses[master], '2', '2')] * 3:
            return False
        replication = self.redis(master).info('replication')
        return [replication.get(f'slave{index}', {}).get('state') for index in (0, 1)] == ['online', 'online']


def write(path, text):
    """Write a file that nobody else reads: it may hold the password."""
    with open(path, 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        stream.write(text)


def free_ports(addresses, count):
    """Ports that nobody uses on any of the addresses."""
    found = []
    with contextlib.ExitStack() as sockets:
        while len(found) < count:
            port = sockets.enter_context(socket.create_server((addresses[0], 0))).getsockname()[1]
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
def member():
    """Start members; ends them after the test."""
    started = []

    def start(*arguments):
        started.append(era.Member(*arguments))
        return started[-1]
    yield start
    for each in started:
        each.end()

# SPDX-License-Identifier: Apache-2.0
"""A controller: namespaces of this machine with the plugin's files where Puppet puts them, and the agents called there.

Everything on it is real but for the cluster's tools and syslog: attrd_updater, cibadmin, crm_diff and logger are a
stand-in (controller.sh) that records how it was called. Pacemaker itself is played: Action is what it would see.
"""

import collections
import contextlib
import glob
import operator
import os
import signal
import subprocess
import tempfile
import time
from concurrent import futures

import redis
import yaml

from ceilometer_redis.pacemaker import clones
from namespaces import Network
from waiting import wait

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SETUP = os.path.join(PROJECT, 'tests', 'ocf', 'controller.sh')
ASTUTE = os.path.join(PROJECT, 'tests', 'data', 'astute', '9.2')
PYTHON2 = os.path.join(PROJECT, '.venv27', 'bin', 'python')
PASSWORD = 'S3cretS3cret'
AGENTS = '/usr/lib/ocf/resource.d/ceilometer-redis/'

#: What agents answer, by the names of the OCF standard.
OK, ERROR, UNIMPLEMENTED, NOT_INSTALLED, NOT_RUNNING = 0, 1, 3, 5, 7

#: Seconds an action may take, those of Pacemaker, by agent.
TIMEOUTS = {agent: dict({name: int(timeout.rstrip('s')) for name, _, timeout in operations}, **{
    'meta-data': 5, 'validate-all': 20}) for agent, operations in clones.OPERATIONS.items()}

#: The daemons' own configuration files and root's copies of what was made.
CONF = {'redis-server': '/etc/ceilometer-redis/redis/redis.conf',
        'redis-sentinel': '/etc/ceilometer-redis/redis/sentinel.conf'}
DATA = '/var/lib/ceilometer-redis'
RUN = '/run/ceilometer-redis'
PORTS = {'redis-server': 6379, 'redis-sentinel': 26379}

#: Seconds after which a command on a controller is given up: more than any action's timeout.
BOUND = 200

#: What is left of the processes: the first one and this shell.
RENEW = f"""\
kill -s KILL -- -1 || true
until set -- /proc/[0-9]* && [ $# -le 2 ]; do sleep 0.02; done
rm -rf /run/* /mnt/calls /etc/ceilometer-redis {DATA}/* /var/log/redis/*
cp -a /mnt/made/ceilometer-redis /mnt/made/astute.yaml /etc
install /mnt/made/packed /usr/local/bin/ceilometer-redis
ln -sf /mnt/real/redis-server /mnt/real/redis-cli /usr/bin
"""

#: What Pacemaker's executor gives an agent besides its parameters.
ENVIRONMENT = {'LC_ALL': 'C', 'PATH': '/sbin:/bin:/usr/sbin:/usr/bin', 'OCF_ROOT': '/usr/lib/ocf',
               'OCF_RA_VERSION_MAJOR': '1', 'OCF_RA_VERSION_MINOR': '0', 'OCF_RESOURCE_PROVIDER': 'ceilometer-redis',
               'HA_LOGFACILITY': 'none', 'HA_LOGD': 'no', 'HA_debug': '0', 'HA_RSCTMP': '/run/resource-agents',
               'OCF_EXIT_REASON_PREFIX': 'ocf-exit-reason:'}

#: Which Redis ('Debian': this machine's) and which shell (as /bin/sh) a controller has.
Era = collections.namedtuple('Era', 'redis shell')


class Action(collections.namedtuple('Action', 'code said seconds')):
    """What came of an agent's action: its exit code, what it said, how many seconds it took."""

    @property
    def reasons(self):
        """The exit reasons that it gave. crm_mon shows the last one, of which Pacemaker keeps 128 characters."""
        prefix = ENVIRONMENT['OCF_EXIT_REASON_PREFIX']
        return [line[len(prefix):] for line in self.said.splitlines() if line.startswith(prefix)]


class Controllers:
    """As many controllers as there are files of Fuel's data to take, up to three; the first is Fuel's primary one."""

    def __init__(self, number, count, era, helper):
        self.network = Network(number, count, whole=True)
        paths = sorted(glob.glob(os.path.join(ASTUTE, '*controller.yaml')))[:count]
        try:
            self.all = [Controller(self.network, index, era, helper, fuels_data(path, self.network.addresses))
                        for index, path in enumerate(paths)]
        except BaseException:
            self.end()
            raise

    def end(self):
        self.network.end()


def begin(controllers):
    """Start everything as Pacemaker does: the servers, then the sentinels; returns when the store is complete."""
    for agent in CONF:
        at_once(controllers, operator.methodcaller('start', agent))
    wait(lambda: complete(controllers))
    for controller in controllers:
        # For twice this time no sentinel would start another failover.
        controller.sentinel().execute_command('sentinel', 'set', 'ceilometer-redis', 'failover-timeout', 3000)


def at_once(controllers, function):
    """Do something on all controllers at the same time; returns what came of it."""
    with futures.ThreadPoolExecutor(len(controllers)) as pool:
        return list(pool.map(function, controllers))


def master_of(controllers):
    """The controller that all sentinels name to those who ask for the master; None while they differ."""
    named = set(controller.named() for controller in controllers)
    found = [controller for controller in controllers if {controller.address} == named]
    return found[0] if found else None


def complete(controllers):
    """Whether all sentinels see each other, the others' replicas and one master, whose replicas are linked."""
    others = len(controllers) - 1
    watched = set(controller.watched() for controller in controllers)
    masters = [controller for controller in controllers if controller.role() == 'master']
    if len(masters) != 1 or watched != {(masters[0].address, others, others)}:
        return False
    replication = masters[0].redis().info('replication')
    return [replication.get(f'slave{index}', {}).get('state') for index in range(others)] == ['online'] * others


def fuels_data(path, addresses):
    """Fuel's data of one controller, with these addresses for the first controllers and no others."""
    with open(path) as content:
        astute = yaml.safe_load(content)
    known = astute['network_metadata']['nodes']
    names = [name for name in sorted(known) if 'ontroller' in ''.join(known[name]['node_roles'])][:len(addresses)]
    for name, address in zip(names, addresses):
        known[name]['network_roles']['ceilometer/api'] = address
    astute['network_metadata']['nodes'] = {name: known[name] for name in names}
    astute['ceilometer-redis']['redis_password'] = PASSWORD
    return yaml.safe_dump(astute)


class Controller:
    """One controller; address: its own in the network."""

    def __init__(self, network, index, era, helper, astute):
        self.network, self.index, self.era = network, index, era
        self.address = network.addresses[index]
        where = '' if era.redis == 'Debian' else os.path.join(PROJECT, '.cache', 'redis-' + era.redis)
        python = PYTHON2 if where and os.path.exists(PYTHON2) else ''
        said = self.run('sh', SETUP, PROJECT, helper, era.shell, where, python, stdin=astute)
        if said.code:
            raise RuntimeError(f'controller.sh: {said.said}')

    def run(self, *words, stdin=''):
        """Run a command on it; a process that it leaves behind may keep its output open."""
        began = time.monotonic()
        with tempfile.TemporaryFile('w+') as given, tempfile.TemporaryFile('w+', errors='replace') as said:
            given.write(stdin)
            given.seek(0)
            code = subprocess.call(self.network.command(self.index, *words), stdin=given, stdout=said, stderr=said,
                                   timeout=BOUND)
            seconds = time.monotonic() - began
            said.seek(0)
            return Action(code, said.read(), seconds)

    def shell(self, script):
        """Run lines of shell on it, which must not fail; returns their output."""
        done = self.run('sh', '-euc', script)
        assert done.code == 0, done.said
        return done.said

    def act(self, agent, action, **settings):
        """Let an agent do what Pacemaker would ask of it, within its timeout (exit code 124 of `timeout` after it)."""
        environment = dict(ENVIRONMENT, OCF_RESOURCE_TYPE=agent, OCF_RESOURCE_INSTANCE='p_' + agent, **settings)
        if agent in CONF:
            environment['OCF_RESKEY_config'] = CONF[agent]
        return self.run('env', '-i', *[f'{name}={value}' for name, value in environment.items()],
                        'timeout', '--kill-after=1', str(TIMEOUTS[agent].get(action, 20)), AGENTS + agent, action)

    def start(self, *agents):
        """Start agents' daemons, which must not fail."""
        for agent in agents:
            done = self.act(agent, 'start')
            assert done.code == OK, f'{agent}: {done}'

    def path(self, path):
        """Where this process finds a file of the controller."""
        return self.network.path(self.index, path)

    def read(self, path):
        with open(self.path(path), errors='replace') as content:
            return content.read()

    def write(self, path, text):
        """Replace the content of a file that is there, or make one of root's."""
        with open(self.path(path), 'w') as content:
            content.write(text)

    def calls(self):
        """How the stand-ins were called since the controller was made anew, one line a call."""
        with contextlib.suppress(FileNotFoundError):
            return self.read('/mnt/calls').splitlines()
        return []

    def processes(self, words='redis-server'):
        """{pid on the controller: command line} of its processes whose command line has these words."""
        lines = [line.split(None, 1) for line in self.shell('ps -eww -o pid=,args=').splitlines()]
        return {int(pid): args for pid, args in lines if words in args and not args.startswith('ps ')}

    def pid(self, agent):
        """The pid of an agent's daemon, by itself: its title, which begins with its binary, names its port."""
        pid, = [pid for pid, args in self.processes(':%d' % PORTS[agent]).items() if 'redis-server' in args]
        return pid

    def signal(self, pid, number):
        self.shell(f'kill -{int(number)} {pid}')

    def kill(self, agent):
        """End a daemon without warning, as a crash does."""
        pid = self.pid(agent)
        self.signal(pid, signal.SIGKILL)
        wait(lambda: not os.path.exists(self.path(f'/proc/{pid}')))

    def redis(self, password=PASSWORD):
        return redis.Redis(self.address, PORTS['redis-server'], password=password, socket_timeout=10,
                           decode_responses=True)

    def sentinel(self):
        return redis.Redis(self.address, PORTS['redis-sentinel'], socket_timeout=10, decode_responses=True)

    def role(self):
        return self.redis().info('replication')['role']

    def watched(self):
        """What its sentinel knows: (address of the master, replicas, other sentinels); None if it watches nothing."""
        try:
            answer = self.sentinel().execute_command('sentinel', 'master', 'ceilometer-redis')
        except redis.ResponseError:
            return None
        known = dict(zip(answer[::2], answer[1::2]))
        return known['ip'], int(known['num-slaves']), int(known['num-other-sentinels'])

    def replace(self, program, script):
        """Let lines of shell take a program's place."""
        self.shell(f'rm -f {program}')
        self.write(program, f'#!/bin/sh\n{script}\n')
        self.shell(f'chmod 0755 {program}')

    def replace_helper(self, script):
        """Let a stand-in take the helper's place: it records how it was called and runs lines of shell."""
        self.replace('/usr/local/bin/ceilometer-redis', f'echo "helper $*" >>/mnt/calls\n{script}')

    def named(self):
        """The address that its sentinel tells those who ask for the master."""
        return self.sentinel().execute_command('sentinel', 'get-master-addr-by-name', 'ceilometer-redis')[0]

    def follows(self, master):
        """Whether its redis server is a replica that has the data of another one."""
        found = self.redis().info('replication')
        wanted = ('slave', master.address, 'up')
        return (found['role'], found.get('master_host'), found.get('master_link_status')) == wanted

    def renew(self):
        """Make it as it was before anything ran: no processes, no data, files as Puppet made them."""
        self.shell(RENEW)

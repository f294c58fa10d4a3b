# SPDX-License-Identifier: Apache-2.0
"""Existing services on loopback: Debian's own redis, zookeeper and memcached, one server each."""

import contextlib
import os
import signal
import socket
import subprocess

from waiting import wait

ADDRESS = '127.0.0.1'

# What every tooz calls them, that of Kilo too.
SCHEMES = {'zookeeper': 'kazoo'}

ZOO_CFG = """\
tickTime=500
dataDir={folder}
clientPort={port}
clientPortAddress={address}
admin.enableServer=false
"""


def free_port():
    """A port that nobody uses here."""
    with contextlib.closing(socket.socket()) as found:
        found.bind((ADDRESS, 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def running(kind, folder):
    """A service that runs in a context."""
    service = Service(kind, folder)
    service.start()
    try:
        yield service
    finally:
        service.kill()


class Service(object):
    """A service of one kind ('redis', 'zookeeper', 'memcached') with its data in a folder; url: for tooz."""

    def __init__(self, kind, folder):
        self.kind = kind
        self.folder = str(folder)
        self.port = free_port()
        self.url = '%s://%s:%s' % (SCHEMES.get(kind, kind), ADDRESS, self.port)
        self.process = None

    def start(self):
        """Start it; returns when it answers. After kill() redis and memcached have lost all, zookeeper nothing."""
        with open(os.devnull, 'r+') as nothing:
            self.process = subprocess.Popen(getattr(self, self.kind)(), stdin=nothing, stdout=nothing, stderr=nothing)
        wait(self.answers, 60)

    def redis(self):
        return ['redis-server', '--bind', ADDRESS, '--port', str(self.port), '--dir', self.folder, '--save', '']

    def memcached(self):
        return ['memcached', '-l', ADDRESS, '-p', str(self.port), '-u', 'root']

    def zookeeper(self):
        path = os.path.join(self.folder, 'zoo.cfg')
        with open(path, 'w') as conf:
            conf.write(ZOO_CFG.format(folder=self.folder, port=self.port, address=ADDRESS))
        return ['java', '-Xmx128m', '-cp', '/usr/share/java/zookeeper.jar',
                'org.apache.zookeeper.server.quorum.QuorumPeerMain', path]

    def answers(self):
        """Whether it greets: each in its own words."""
        question, answer = {'redis': (b'PING\r\n', b'+PONG'), 'memcached': (b'version\r\n', b'VERSION'),
                            'zookeeper': (b'srvr', b'Zookeeper version')}[self.kind]
        try:
            with contextlib.closing(socket.create_connection((ADDRESS, self.port), 2)) as connection:
                connection.sendall(question)
                return connection.recv(1024).startswith(answer)
        except EnvironmentError:
            return False

    def kill(self):
        """End it without warning."""
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """Let it hang: its connections stay open and say nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


def deployment(url, node='node-1.example.com', guarded=True):
    """That of a controller in an environment that uses the service at a URL."""
    agents = {'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'}}
    return {'node': {'fqdn': node}, 'controllers': [{'fqdn': node}], 'guard': guarded, 'agents': agents, 'services': [],
            'coordination': {'backend_url': url, 'service': 'a service'}}

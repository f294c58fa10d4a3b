# SPDX-License-Identifier: Apache-2.0
"""A coordinator of tooz for the helper: a process of the Python that the agents run on, with their tooz.

A process can be ended. tooz itself waits for a service that hangs as long as its driver pleases, for ever with some.
"""

import json
import os
import pkgutil
import select
import subprocess
import sys
import uuid

from ceilometer_redis import clock
from ceilometer_redis.coordination import agents_python, python_redis, service
from ceilometer_redis.errors import BadInput, NotDone

#: Seconds for one answer: tooz's own 10 s for a connection, and once more for what is asked then.
PATIENCE = 20


class Process(object):
    """The program coordinator_process as it runs.

    Args:
        url: For tooz.
        member: The id under which the coordinator is known.
        patience: Seconds for one answer.
        python: The Python that runs it, as the words of a command.
        arguments: Of the program.
    """

    def __init__(self, url, member, patience, python, arguments=()):
        self.url = url
        self.patience = patience
        program = pkgutil.get_data('ceilometer_redis.coordination', 'coordinator_process.py').decode('ascii')
        with open(os.devnull, 'w') as silence:
            self.process = subprocess.Popen(python + ['-c', program] + list(arguments), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=silence, close_fds=True)
        # Not among the arguments, which everybody may read.
        self.send(url)
        self.send(member)

    def send(self, line):
        """Give the process a line."""
        try:
            self.process.stdin.write(line.encode('ascii') + b'\n')
            self.process.stdin.flush()
        except EnvironmentError:
            pass  # it has ended, which receive() finds

    def receive(self, request):
        """Return what the process found.

        Args:
            request: What it was asked, for the error.

        Raises:
            NotDone: It does not answer in time, or with a reason why not, which is without secrets.
        """
        line = self.read_line()
        if line is None:
            self.kill()
            raise NotDone('%s: %s: no answer within %d s' % (self, request, self.patience))
        if not line:
            raise NotDone('%s: %s: tooz has ended without an answer' % (self, request))
        done, found = json.loads(line.decode('utf-8'))
        if not done:
            raise NotDone('%s: %s: %s' % (self, request, service.hide(found, self.url)))
        return found

    def read_line(self):
        """Return a line of the process: b'' if it has ended, None if there was none in time."""
        line, deadline = b'', clock.uptime() + self.patience
        while not line.endswith(b'\n'):
            left = deadline - clock.uptime()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            found = os.read(self.process.stdout.fileno(), 65536)
            if not found:
                return b''
            line += found
        return line

    def kill(self):
        """End the process at once."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __str__(self):
        return service.identity(self.url)


class Coordinator(Process):
    """A member of groups, named by its id; ask() says what it does.

    Args:
        url: For tooz.
        member: Its id.
        patience: Seconds for one answer.
        python: As the words of a command; by default that of the agents.

    Raises:
        NotDone: tooz cannot reach the service.
    """

    def __init__(self, url, member, patience=PATIENCE, python=None):
        python = python or (agents_python.interpreters() + [[sys.executable]])[0]
        super(Coordinator, self).__init__(url, member, patience, python)
        self.receive('start')

    def ask(self, name, *arguments):
        """Return what a request of coordinator_process answers.

        Raises:
            NotDone: It could not be done, or not in time.
        """
        self.send(json.dumps((name,) + arguments))
        return self.receive(name)

    def close(self):
        """Leave the service, and end."""
        try:
            self.process.stdin.close()
            self.read_line()
        except EnvironmentError:
            pass  # it has ended
        self.kill()


def prove(url, python):
    """Prove that a Python of the agents can make a coordinator of a URL: nothing is connected.

    Args:
        url: For tooz.
        python: As the words of a command.

    Raises:
        BadInput: It lacks tooz, or the package with which tooz reaches the service.
    """
    name = service.client_package(url)
    try:
        lacking = _lacking(url, python, name)
    except EnvironmentError as error:
        lacking = error.strerror
    except NotDone as refusal:
        lacking = '%s' % refusal
    if lacking:
        raise BadInput(' '.join(python), 'have tooz and python-%s for the agents'
                       % (name + (' 2.10 or newer' if name == 'redis' else '')),
                       advice='%s; %s' % (lacking, python_redis.ADVICE))


def _lacking(url, python, name):
    process = Process(url, 'ceilometer-redis', PATIENCE, python, [name])
    try:
        version, refusal = process.receive('make')
    finally:
        process.kill()
    if name == 'redis' and version and not python_redis.can_serve(version):
        return 'it has python-redis %s' % version
    return refusal and service.hide(refusal, url)


def check(url, patience=PATIENCE, python=None):
    """Be a member of a group of its own for a moment, as an agent is.

    Args:
        url: For tooz.
        patience: Seconds for one answer.
        python: As the words of a command; by default that of the agents.

    Raises:
        NotDone: That fails, with the reason.
    """
    name = 'ceilometer-redis-%s' % uuid.uuid4()
    coordinator = Coordinator(url, name, patience, python)
    try:
        if coordinator.ask('check', name) != [name]:
            raise NotDone('%s: check: the group has other members than its own' % coordinator)
    finally:
        coordinator.close()

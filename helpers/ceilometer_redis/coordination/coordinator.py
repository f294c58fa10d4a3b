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

#: Seconds for status.
LOOK = 10


class Process(object):
    """coordinator_process, run by a Python that is the words of a command. Raises NotDone if it does not answer."""

    def __init__(self, url, member, patience, python, arguments=()):
        self.url = url
        self.patience = patience
        program = pkgutil.get_data('ceilometer_redis.coordination', 'coordinator_process.py').decode('ascii')
        with open(os.devnull, 'w') as silence:
            self.process = subprocess.Popen(python + ['-c', program] + list(arguments), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=silence, close_fds=True)
        # Not among the arguments, which everybody may read.
        self.say(url)
        self.say(member)

    def say(self, line):
        try:
            self.process.stdin.write(line.encode('ascii') + b'\n')
            self.process.stdin.flush()
        except EnvironmentError:
            pass  # it has ended, which hear() finds

    def hear(self, request):
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
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __str__(self):
        return service.identity(self.url)


class Coordinator(Process):
    """A member of groups, named by its id; ask() says what it does. Raises NotDone if tooz cannot reach the service.

    python: by default that of the agents.
    """

    def __init__(self, url, member, patience=PATIENCE, python=None):
        python = python or (agents_python.interpreters() + [[sys.executable]])[0]
        super(Coordinator, self).__init__(url, member, patience, python)
        self.hear('start')

    def ask(self, name, *arguments):
        """Return what a request of coordinator_process answers. Raises NotDone with the reason, without secrets."""
        self.say(json.dumps((name,) + arguments))
        return self.hear(name)

    def close(self):
        """Leave the service, and end."""
        try:
            self.process.stdin.close()
            self.read_line()
        except EnvironmentError:
            pass  # it has ended
        self.kill()


def prove(url, python):
    """Prove that a Python of the agents can make a coordinator of a URL: nothing is connected. Raises BadInput if not.

    python: the words of the command that runs it.
    """
    name = service.client(url)
    try:
        lacking = _lacking(url, python, name)
    except EnvironmentError as error:
        lacking = error.strerror
    except NotDone as refusal:
        lacking = '%s' % refusal
    if lacking:
        raise BadInput(' '.join(python), "tooz and python-%s are needed in this Python, the agents', %s: %s"
                       % (name + (' 2.10 or newer' if name == 'redis' else ''), lacking, python_redis.ADVICE))


def _lacking(url, python, name):
    process = Process(url, 'ceilometer-redis', PATIENCE, python, [name])
    try:
        version, refusal = process.hear('make')
    finally:
        process.kill()
    if name == 'redis' and version and not python_redis.can_serve(version):
        return 'which has python-redis %s' % version
    return refusal and service.hide(refusal, url)


def check(url, patience=PATIENCE, python=None):
    """Be a member of a group of its own for a moment, as an agent is; raises NotDone with the reason if that fails."""
    name = 'ceilometer-redis-%s' % uuid.uuid4()
    coordinator = Coordinator(url, name, patience, python)
    try:
        if coordinator.ask('check', name) != [name]:
            raise NotDone('%s: check: the group has other members than its own' % coordinator)
    finally:
        coordinator.close()


def problems(url):
    """Return sentences about what is wrong with the service of a URL, as seen from here."""
    try:
        check(url, LOOK)
    except NotDone as refusal:
        return ['%s' % refusal]
    return []

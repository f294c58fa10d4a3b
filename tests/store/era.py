"""The eras of tooz: a Python with each, and members of a group as processes of it."""

import fcntl
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(HERE, 'tooz_client.py')
PROJECT = os.path.join(HERE, '..', '..')


def python_of(tooz):
    """A Python with a tooz: 'newest' is that of the tests, '1.34' and '0.13' are of Fuel, on Python 2.7.

    'trusty' has 0.13 too, beside the python-redis of Ubuntu 14.04 itself.

    Those are made once, from requirements-tooz-*.txt; skips with the reason where there can be none.
    """
    if tooz == 'newest':
        return os.path.join(PROJECT, '.venv', 'bin', 'python')
    try:
        python2 = subprocess.check_output(['tools/python2'], cwd=PROJECT).decode().strip()
    except subprocess.CalledProcessError:
        pytest.skip('no Python 2.7 on PATH or in pyenv')
    environment = os.path.join(PROJECT, '.cache', 'tooz-%s' % tooz)
    python = os.path.join(environment, 'bin', 'python')
    done = os.path.join(environment, 'installed')
    wanted = os.path.join(HERE, 'requirements-tooz-%s.txt' % tooz)
    with open(wanted) as text:
        requirements = text.read()
    if not os.path.isdir(os.path.dirname(environment)):
        os.makedirs(os.path.dirname(environment))
    # pytest-xdist's workers want the same ones at the same time.
    with open('%s.lock' % environment, 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(done) or open(done).read() != requirements:
            install(python2, environment, wanted)
            with open(done, 'w') as installed:
                installed.write(requirements)
    return python


def install(python, environment, wanted):
    """Make a virtual environment of a Python 2.7 with what a file wants."""
    subprocess.check_call([python_of('newest'), '-m', 'virtualenv', '--quiet', '--python', python, environment])
    subprocess.check_call([os.path.join(environment, 'bin', 'python'), '-m', 'pip', '--no-python-version-warning',
                           'install', '--quiet', '--no-warn-script-location', '--requirement', wanted])


class Member(object):
    """tooz_client.py in a process of its own. The URL goes over standard input: it holds the password."""

    def __init__(self, python, command, url, name):
        self.process = subprocess.Popen([python, CLIENT] + command.split(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.say(url, name)

    def say(self, *lines):
        self.process.stdin.write(''.join(line + '\n' for line in lines).encode('ascii'))
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline().decode('ascii')
        assert line, self.process.stderr.read().decode('ascii', 'replace')
        return json.loads(line)

    def peers(self):
        """The members it knows now."""
        self.say('')
        return self.hear()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

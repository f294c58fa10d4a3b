# SPDX-License-Identifier: Apache-2.0
"""The eras of tooz: a Python with each, and members of a group as processes of it.

As a program, given a Python 2.7: makes the environments, once. The tests themselves reach no registry.
"""

import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(HERE, 'tooz_client.py')
PROJECT = os.path.join(HERE, '..', '..')

#: Of Fuel, on Python 2.7, as requirements-tooz-*.txt say; 'trusty' is 0.13 beside the python-redis of Ubuntu 14.04.
ERAS = ('0.13', '1.34', 'trusty')


def python_of(tooz):
    """A Python with a tooz: one of ERAS, or 'newest', that of the tests. Skips with the reason where there is none."""
    if tooz == 'newest':
        return os.path.join(PROJECT, '.venv', 'bin', 'python')
    if not os.path.exists(environment(tooz)):
        pytest.skip('no Python 2.7 on PATH or in pyenv')
    return os.path.join(environment(tooz), 'bin', 'python')


def environment(tooz):
    return os.path.join(PROJECT, '.cache', 'tooz-%s' % tooz)


def make(python2, tooz):
    """Have the environment of a tooz."""
    wanted, done = (os.path.join(HERE, 'requirements-tooz-%s.txt' % tooz), os.path.join(environment(tooz), 'installed'))
    with open(wanted) as text:
        requirements = text.read()
    if os.path.exists(done) and open(done).read() == requirements:
        return
    subprocess.check_call([python_of('newest'), '-m', 'virtualenv', '--quiet', '--python', python2, environment(tooz)])
    subprocess.check_call([python_of(tooz), '-m', 'pip', '--no-python-version-warning', 'install', '--quiet',
                           '--no-warn-script-location', '--requirement', wanted])
    with open(done, 'w') as installed:
        installed.write(requirements)


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


if __name__ == '__main__':
    for each in ERAS:
        make(sys.argv[1], each)

"""What the real tooz makes of our backend_url: the newest one, and the one of Fuel 9.x on Python 2.7."""

import json
import os
import subprocess
import sys

import pytest

from ceilometer_redis import backend_url, deployment
from conftest import PASSWORD, wait

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.join(HERE, '..', '..')
REQUIREMENTS = os.path.join(HERE, 'requirements-tooz-1.34.txt')


def python_of_tooz_1_34():
    """A Python 2.7 with tooz 1.34.0, made once; skips with the reason where there can be none."""
    found = subprocess.run(['tools/python2'], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    if found.returncode:
        pytest.skip('no Python 2.7 on PATH or in pyenv')
    environment = os.path.join(PROJECT, '.cache', 'tooz-1.34')
    python = os.path.join(environment, 'bin', 'python')
    done = os.path.join(environment, 'installed')
    with open(REQUIREMENTS) as wanted:
        requirements = wanted.read()
    if not os.path.exists(done) or open(done).read() != requirements:
        subprocess.run([sys.executable, '-m', 'virtualenv', '--quiet', '--python', found.stdout.strip(), environment],
                       check=True)
        subprocess.run([python, '-m', 'pip', '--no-python-version-warning', 'install', '--quiet',
                        '--no-warn-script-location', '--requirement', REQUIREMENTS], check=True)
        with open(done, 'w') as installed:
            installed.write(requirements)
    return python


@pytest.fixture(scope='module', params=['newest', '1.34.0'])
def tooz(request):
    """(its Python, its version) of each tooz."""
    python = python_of_tooz_1_34() if request.param == '1.34.0' else sys.executable
    answer = subprocess.run([python, '-c', backend_url.ASK_VERSION], check=True, stdout=subprocess.PIPE, text=True)
    return python, backend_url.version(answer.stdout)


class Member:
    """tooz_client.py in a process of its own. The URL goes over standard input: it holds the password."""

    def __init__(self, python, command, url, name):
        self.process = subprocess.Popen([python, os.path.join(HERE, 'tooz_client.py'), command], text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.say(url, name)

    def say(self, *lines):
        self.process.stdin.write(''.join(line + '\n' for line in lines))
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def end(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def member():
    """Start members; ends them after the test."""
    started = []

    def start(*arguments):
        started.append(Member(*arguments))
        return started[-1]
    yield start
    for each in started:
        each.end()


def read(member, tooz, addresses):
    url = backend_url.render(addresses, 26400, PASSWORD, deployment.MASTER_NAME, tooz[1])
    return member(tooz[0], 'read', url, 'm1').hear()


@pytest.mark.parametrize('addresses', [['10.0.0.2', '10.0.0.1', '10.0.0.3'], ['10.0.0.1'], ['fd00::1']])
def test_tooz_reads_from_the_url_what_we_meant(tooz, member, addresses):
    connect_timeout = 2 if tooz[1] >= backend_url.SINCE_CONNECT_TIMEOUT else None
    assert read(member, tooz, addresses) == {
        'sentinels': [[address, 26400] for address in addresses],
        'sentinel_passwords': [None] * len(addresses),
        'master_name': 'ceilometer-redis',
        'client': {'password': PASSWORD, 'db': 0, 'socket_timeout': 5, 'socket_connect_timeout': connect_timeout},
        'timeout': 10,
        'lock_timeout': 10,
        'membership_timeout': 60,
    }


def test_ipv6_in_a_fallback_is_refused_for_exactly_the_tooz_that_cannot_read_it(tooz, member):
    addresses = ['fd00::1', 'fd00::2']
    if tooz[1] >= backend_url.SINCE_IPV6_FALLBACK:
        assert read(member, tooz, addresses)['sentinels'] == [['fd00::1', 26400], ['fd00::2', 26400]]
        return
    with pytest.raises(backend_url.BadInput):
        read(member, tooz, addresses)
    # And with good reason: given all the same, this tooz fails on it.
    url = backend_url.render(addresses, 26400, PASSWORD, deployment.MASTER_NAME, (6, 0, 0))
    with pytest.raises(AssertionError, match='ValueError: too many values to unpack'):
        member(tooz[0], 'read', url, 'm1').hear()


def test_members_meet_through_their_urls_and_stay_together_over_a_failover(store, tooz, member):
    urls = [backend_url.render(store.addresses[number:3] + store.addresses[:number], store.ports[1], PASSWORD,
                               deployment.MASTER_NAME, tooz[1]) for number in range(3)]
    members = []
    for number, url in enumerate(urls):
        members.append(member(tooz[0], 'join', url, f'node-{number + 1}'))
        assert members[-1].hear() == [f'node-{index + 1}' for index in range(number + 1)]
    # With the host of the master, the first sentinel of one member is gone as well.
    store.kill(0)
    wait(lambda: store.master() in (1, 2))
    for each in members:
        each.say('')
        assert each.hear() == ['node-1', 'node-2', 'node-3']

"""Which member is which local agent: real members of both eras' tooz, told apart by what the store sees of them."""

import os
import subprocess
import sys
import threading

import pytest

from ceilometer_redis import members
from ceilometer_redis import store as helper
from conftest import wait
from test_backend_url_tooz import HERE, tooz  # noqa: F401 (a fixture)

GROUP = 'central-global'


class Agent:
    """A process that is a member and beats every second."""

    def __init__(self, python, url, name):
        command = [python, os.path.join(HERE, 'tooz_client.py'), 'beat']
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f'{url}\n{name}\n')
        self.process.stdin.flush()
        self.process.stdout.readline()

    def share(self):
        """The members it knows."""
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def end(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def agents(store, tooz, monkeypatch):  # noqa: F811
    """Two members on this host, of two services."""
    python, version = tooz
    url = store.deployment(0)['coordination']['backend_url']
    started = {name: Agent(python, url, f'{name}-id') for name in ('first', 'second')}
    monkeypatch.setattr(members, 'processes', lambda service: [members.Process(
        started[service].process.pid, members.started(started[service].process.pid))])
    yield started
    for agent in started.values():
        agent.end()


@pytest.fixture
def client(store):
    return helper.connect_redis(store.deployment(0), store.addresses[0], decode=False)


def test_each_agents_own_member_is_found_by_its_beat(agents, client):
    found = members.identify(client, ['first', 'second'])
    assert {service: member.id for service, member in found.items()} == {'first': 'first-id', 'second': 'second-id'}
    assert {service: member.process.pid for service, member in found.items()} == {
        service: agent.process.pid for service, agent in agents.items()}
    assert [sorted(member.groups) for member in found.values()] == [[GROUP], [GROUP]]


def test_a_member_put_back_into_an_emptied_store_is_a_member_for_tooz(agents, client):
    found = members.identify(client, ['first', 'second'])
    client.flushall()
    wait(lambda: all(members.beat_left(client, member.id) for member in found.values()))
    for member in found.values():
        assert members.missing(client, member) == [GROUP]
        members.rejoin(client, member, GROUP)
        assert members.missing(client, member) == []
    assert agents['first'].share() == agents['second'].share() == '["first-id", "second-id"]\n'


def test_an_ended_member_is_gone_for_its_peers_at_once(agents, client):
    found = members.identify(client, ['first', 'second'])
    agents['second'].end()
    members.end(client, 'second-id', found['second'].groups)
    assert agents['first'].share() == '["first-id"]\n'


def test_an_agent_that_does_not_beat_is_nobody(client, monkeypatch):
    own = members.Process(os.getpid(), members.started(os.getpid()))
    monkeypatch.setattr(members, 'processes', lambda service: [own])
    assert members.identify(client, ['silent'], seconds=2) == {}


def test_another_clients_question_about_a_beat_is_not_taken_for_the_beat(client, store):
    peer = helper.connect_redis(store.deployment(0), store.addresses[0])
    peer.ping()
    addresses = {row['addr'] for row in peer.client_list()}
    timer = threading.Timer(0.5, lambda: peer.exists(members.BEAT + 'somebody'))
    timer.start()
    assert members.beats(client, {'peer': addresses}, seconds=2) == {}
    timer.join()


def test_what_one_guard_publishes_the_others_read(client):
    member = members.Member(members.Process(1, 1), 'm', {GROUP: b'\xc4\x00'})
    members.publish(client, 'node-1', member)
    assert members.published(client, 'node-1') == {'m': [GROUP]}
    members.withdraw(client, 'node-1', 'm')
    assert members.published(client, 'node-1') == {}


@pytest.mark.parametrize('end, printed', [
    ('0100007F:1F90', '127.0.0.1:8080'),
    ('B80D0120000000000000000001000000:0016', '[2001:db8::1]:22'),
])
@pytest.mark.skipif(sys.byteorder != 'little', reason='the examples are of a little-endian host')
def test_an_end_of_a_connection_is_read_as_redis_prints_it(end, printed):
    assert members.printed(end) == printed

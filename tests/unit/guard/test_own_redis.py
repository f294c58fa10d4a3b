# SPDX-License-Identifier: Apache-2.0
"""When the end of this controller's redis server is the sentinels' alone to see."""

import socket
import threading
import xml.etree.ElementTree as ElementTree

import pytest
import redis

from ceilometer_redis.errors import BadInput
from ceilometer_redis.guard import own_redis
from ceilometer_redis.pacemaker import tools

OWN, OTHER, THIRD = '127.0.0.1', '127.0.0.2', '127.0.0.3'
NODE = 'node-1.example.com'
CIB = ('<cib have-quorum="1"><configuration><crm_config><cluster_property_set id="c">%s</cluster_property_set>'
       '</crm_config><nodes/><resources/></configuration><status/></cib>')


@pytest.fixture
def server():
    """What listens as the redis server does."""
    listening = socket.socket()
    listening.bind((OWN, 0))
    listening.listen(5)
    yield listening
    listening.close()


@pytest.fixture
def deployment(server):
    return {'node': {'address': OWN, 'fqdn': NODE}, 'addresses': [OWN, OTHER, THIRD],
            'redis': {'port': server.getsockname()[1]}, 'sentinel': {'master_name': 'm', 'failover_timeout': 15000}}


class Daemons(object):
    """The other daemons of a store whose master has just ended. states, infos: what they say, by address; asked: what
    sentinels were asked; tilt: of the sentinel that is."""

    def __init__(self, deployment):
        self.states = dict((address, {'ip': OWN, 'port': deployment['redis']['port'], 'flags': 'master,disconnected',
                                      'role-reported-time': '30000'}) for address in deployment['addresses'])
        self.infos = dict((address, {'role': 'slave', 'master_host': OWN, 'master_link_down_since_seconds': 0})
                          for address in (OTHER, THIRD))
        self.asked, self.tilt = [], 0

    def connect_sentinel(self, deployment, address):
        self.address = address
        return self

    def info(self):
        return {'sentinel_tilt': self.tilt}

    def command(self, client, *words):
        self.asked.append((client.address,) + words)


@pytest.fixture
def daemons(deployment, monkeypatch):
    found = Daemons(deployment)
    monkeypatch.setattr(own_redis, 'master_state', lambda deployment, address: found.states[address])
    monkeypatch.setattr(own_redis, 'redis_info', lambda deployment, address: found.infos[address])
    monkeypatch.setattr(own_redis, 'connect_sentinel', found.connect_sentinel)
    monkeypatch.setattr(own_redis, 'sentinel_command', found.command)
    monkeypatch.setattr(own_redis.handover, 'await_name', lambda deployment, client: OTHER)
    monkeypatch.setattr(own_redis.handover, 'follow', lambda deployment: None)
    monkeypatch.setattr(tools, 'query', lambda patience: ElementTree.fromstring(CIB % ''))
    return found


def watch(deployment, server, closed=True):
    """Let the server end, or its connection alone, while a guard looks on."""
    watched = own_redis.OwnRedis(lambda: deployment)
    watched.watch(0)
    connection = server.accept()[0]
    if closed:
        server.close()
    threading.Timer(0.05, connection.close).start()
    watched.watch(10)
    return watched


def test_another_sentinel_is_asked_to_replace_a_master_that_has_ended(deployment, server, daemons, log):
    assert watch(deployment, server).held is None
    assert daemons.asked == [(OTHER, 'failover', 'm')]
    assert log == ['the redis master here has ended: the sentinel at 127.0.0.2 was asked to replace it at once']


def test_a_connection_that_ends_is_no_end(deployment, server, daemons, log):
    watched = watch(deployment, server, closed=False)
    assert (daemons.asked, log) == ([], [])
    watched.watch(0)
    assert watched.held


@pytest.mark.parametrize('what', [
    {'ip': OTHER}, {'ip': '192.0.2.1'}, {'port': 1}, {'flags': 's_down,master,disconnected'},
    {'flags': 's_down,o_down,master'}, {'flags': 'master,failover_in_progress'}, {'role-reported-time': '29999'}, None])
@pytest.mark.parametrize('address', [OWN, THIRD])
def test_nobody_is_asked_while_a_sentinel_has_another_view(deployment, server, daemons, log, address, what):
    daemons.states[address] = what and dict(daemons.states[address], **what)
    watch(deployment, server)
    assert daemons.asked == []
    assert ['nobody is asked to replace it: ' in line for line in log] == [True]


@pytest.mark.parametrize('what', [
    None, {'role': 'master'}, {'role': 'slave', 'master_host': OTHER},
    {'role': 'slave', 'master_host': OWN, 'master_link_down_since_seconds': 3},
    {'role': 'slave', 'master_host': OWN, 'master_link_down_since_seconds': -1},
    {'role': 'slave', 'master_host': OWN, 'master_link_down_since_seconds': 1700000000}])
def test_nobody_is_asked_while_a_replica_has_not_all(deployment, server, daemons, what):
    daemons.infos[THIRD] = what
    watch(deployment, server)
    assert daemons.asked == []


@pytest.mark.parametrize('cib', [
    CIB % '<nvpair id="m" name="maintenance-mode" value="true"/>', (CIB % '').replace('quorum="1"', 'quorum="0"')])
def test_nobody_is_asked_where_pacemaker_would_not_act_either(deployment, server, daemons, monkeypatch, cib):
    monkeypatch.setattr(tools, 'query', lambda patience: ElementTree.fromstring(cib))
    watch(deployment, server)
    assert daemons.asked == []


def test_a_single_controller_has_nobody_to_ask(deployment, server, daemons, log):
    watch(dict(deployment, addresses=[OWN]), server)
    assert daemons.asked == []
    assert log == ['the redis server here has ended, nobody is asked to replace it: there is no other controller']


def test_a_sentinel_that_does_nothing_now_is_not_asked_for_later(deployment, server, daemons):
    daemons.tilt = 1
    watch(deployment, server)
    assert daemons.asked == []


@pytest.mark.parametrize('failure', [redis.ResponseError('NOGOODSLAVE'), redis.TimeoutError()])
def test_what_a_sentinel_refuses_is_said(deployment, server, daemons, monkeypatch, log, failure):
    def refuse(*words):
        raise failure
    monkeypatch.setattr(own_redis, 'sentinel_command', refuse)
    watch(deployment, server)
    assert log == ['the redis server here could not be watched: %s' % failure]


def test_without_a_server_a_file_or_a_store_there_is_nothing_to_watch(deployment, server, log):
    server.close()
    refused = BadInput('redis.port', 'be there', None)

    def unreadable():
        raise refused
    own_redis.OwnRedis(unreadable).watch(0)
    own_redis.OwnRedis(lambda: None).watch(0)
    own_redis.OwnRedis(lambda: deployment).watch(0)
    assert [line.startswith('the redis server here could not be watched: ') for line in log] == [True, True]

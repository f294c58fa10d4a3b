"""How the helper asks a daemon."""

import socket
import threading

import pytest
import redis

from ceilometer_redis import store


def test_a_daemon_that_does_not_answer_is_asked_once(monkeypatch):
    asked = []

    def connect(*_):
        asked.append('once')
        raise socket.timeout('timed out')
    monkeypatch.setattr(redis.Connection, '_connect', connect)
    with pytest.raises(redis.RedisError):
        store.connect('192.0.2.1', 6379).ping()
    assert asked == ['once']


class Silent(object):
    """Daemons of controllers that are off. Asked, each answers None when so many have been asked, or after 1 s;
    ``together`` says of each which it was."""

    def __init__(self, count):
        self.left = count
        self.together = []
        self.lock = threading.Lock()
        self.all_asked = threading.Event()

    def answer(self, *asked):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.all_asked.set()
        self.together.append(self.all_asked.wait(1))


def test_a_server_that_starts_waits_once_for_all_daemons_that_are_away(monkeypatch, tmpdir):
    addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
    deployment = {'node': {'address': addresses[1]}, 'addresses': addresses, 'redis': {'port': 6379},
                  'sentinel': {'master_name': 'ceilometer-redis'},
                  'controllers': [{'address': address, 'primary': address == addresses[0]} for address in addresses]}
    daemons = Silent(2 * len(addresses))
    monkeypatch.setattr(store, 'watched_master', daemons.answer)
    monkeypatch.setattr(store, 'replication', daemons.answer)
    assert store.find_master(deployment, str(tmpdir)) == ('10.0.0.1', 6379, 'fuel')
    assert daemons.together == [True] * 6

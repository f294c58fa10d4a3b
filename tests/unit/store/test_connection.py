# SPDX-License-Identifier: Apache-2.0
"""How the helper asks a daemon."""

import socket

import pytest
import redis

from ceilometer_redis.store import connection


def test_a_daemon_that_does_not_answer_is_asked_once(monkeypatch):
    asked = []

    def connect(*_):
        asked.append('once')
        raise socket.timeout('timed out')
    monkeypatch.setattr(redis.Connection, '_connect', connect)
    with pytest.raises(redis.RedisError):
        connection.connect('192.0.2.1', 6379).ping()
    assert asked == ['once']

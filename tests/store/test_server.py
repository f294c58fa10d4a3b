# SPDX-License-Identifier: Apache-2.0
"""What a deployment applies to a running redis server."""

import functools
import subprocess
import sys
import time

import pytest
import redis

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, handover
from ceilometer_redis.store.queries import priorities
from ceilometer_redis.store.server import apply_redis
from conftest import PASSWORD
from waiting import wait


def test_a_master_whose_replicas_would_refuse_what_it_sends_needs_none(store, monkeypatch):
    monkeypatch.setattr('ceilometer_redis.store.server.SINCE_MIN_SLAVES', (99,))
    needed = [] if store.version < (2, 8, 10) else ['min-slaves-to-write']
    for number in range(3):
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == needed
        assert store.redis(number).config_get('min-slaves-to-write') == {'min-slaves-to-write': '0'}
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == []
    assert handover.handover(store.deployment(0)) in store.addresses[1:]


def test_replicas_that_no_sentinel_would_promote_are_candidates_again(store):
    """With the priority 0 on all of them the loss of the master is the end of the store."""
    for number in range(3):
        store.redis(number).config_set('slave-priority', 0)
        apply = functools.partial(apply_redis, store.deployment(number), conf_dir=store.folders[number])
        assert (apply(check=True), apply(), apply(check=True)) == (['slave-priority'], ['slave-priority'], [])
    wait(lambda: all(priorities(store.deployment(0), address) == [100, 100] for address in store.addresses[:3]))
    store.kill(0)
    wait(lambda: store.master() in (1, 2))


def test_another_priority_of_an_operators_stays(shared_store):
    client = shared_store.redis(1)
    client.config_set('slave-priority', 10)
    try:
        assert apply_redis(shared_store.deployment(1), conf_dir=shared_store.folders[1]) == []
        assert client.config_get('slave-priority') == {'slave-priority': '10'}
    finally:
        client.config_set('slave-priority', 100)


@pytest.mark.parametrize('script', ['while true do end', "while true do redis.call('set', 'key', 'value') end"])
def test_a_master_with_a_script_that_never_ends_is_replaced_as_one_that_hangs(store, script):
    """Not ended by the sentinels' SCRIPT KILL while they replace it: it would be a second master for 10 s."""
    began = clock.uptime()
    loop = subprocess.Popen([sys.executable, '-c', LOOP, store.addresses[0], PASSWORD, script])
    try:
        wait(lambda: not responds(store.redis(0)))
        wait(lambda: store.master() in (1, 2) and store.redis(store.master()).set('key', 'value'))
        assert clock.uptime() - began < store.down_after / 1000.0 + 6
        while clock.uptime() - began < 12:
            assert not responds(store.redis(0)), 'two masters'
            time.sleep(0.5)
    finally:
        loop.kill()
        loop.wait()


LOOP = """
import sys
import redis
redis.StrictRedis(sys.argv[1], 6379, password=sys.argv[2], socket_timeout=100).eval(sys.argv[3], 0)
"""


def responds(client):
    """Whether a server says anything, be it that it is busy."""
    try:
        return client.ping()
    except redis.ResponseError:
        return True
    except redis.RedisError:
        return False


def test_an_unanswering_daemon_is_an_error_within_the_bound(stopped_store, monkeypatch):
    monkeypatch.setattr(connection, 'START_TIMEOUT', 1)
    with pytest.raises(NotDone) as refusal:
        apply_redis(stopped_store.deployment(0), conf_dir=stopped_store.folders[0])
    assert str(refusal.value) == 'an answer of the redis server here: not within 1 s'

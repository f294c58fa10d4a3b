# SPDX-License-Identifier: Apache-2.0
"""The lock in a real redis server."""

import pytest

from ceilometer_redis.store import lock
from waiting import wait

NAME = 'ceilometer-redis:test'


@pytest.fixture
def client(shared_store):
    return shared_store.redis(0)


def test_who_has_the_lock_keeps_the_others_from_it_until_he_gives_it_up(client):
    assert lock.take(client, NAME, 'node-1', 60000) is True
    assert lock.take(client, NAME, 'node-2', 60000) is False
    lock.release(client, NAME, 'node-1')
    assert lock.take(client, NAME, 'node-2', 60000) is True


def test_a_lock_is_not_given_up_by_somebody_who_has_it_no_longer(client):
    lock.take(client, NAME, 'node-1', 60000)
    lock.release(client, NAME, 'node-2')
    assert client.get(NAME) == 'node-1'
    assert lock.take(client, NAME, 'node-2', 60000) is False


def test_who_takes_his_own_lock_again_has_it_for_longer_and_nobody_else_prolongs_it(client):
    lock.take(client, NAME, 'node-1', 5000)
    lock.take(client, NAME, 'node-2', 60000)
    assert client.pttl(NAME) <= 5000
    assert lock.take(client, NAME, 'node-1', 60000) is True
    assert client.pttl(NAME) > 5000


def test_the_lock_of_one_that_lost_power_is_anybodys_when_it_has_expired(client):
    lock.take(client, NAME, 'node-1', 100)
    wait(lambda: lock.take(client, NAME, 'node-2', 60000), 5)
    assert client.get(NAME) == 'node-2'


@pytest.mark.parametrize('words', [('rpush', NAME, 'x'), ('set', NAME, 'somebody'), ('set', NAME, 'x', 'px', 10 ** 9)])
def test_what_would_never_go_by_itself_is_no_lock(client, words):
    client.execute_command(*words)
    lock.release(client, NAME, 'node-1')
    assert [lock.take(client, NAME, 'node-1', 60000) for _ in range(2)] == [False, True]

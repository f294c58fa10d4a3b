# SPDX-License-Identifier: Apache-2.0
"""The helper with sentinels of Redis 2.8.4, Ubuntu 14.04's, as far as sentinel_2_8_4.py stands in for them."""

import pytest
import redis

import test_password
import test_peers
from ceilometer_redis.store import connection, peers, queries, sentinel
from conftest import NAME, Store
from waiting import wait


@pytest.fixture
def stopped(network, tmp_path):
    store = Store(network, tmp_path, filtered=True)
    try:
        yield store
    finally:
        store.end()


@pytest.fixture
def store(stopped):
    stopped.begin()
    return stopped


def test_the_stand_in_is_of_that_version_and_cannot_be_told_a_quorum(store):
    assert queries.daemon_version(store.sentinel(0).info()) == (2, 8, 4)
    before = queries.master_state(store.deployment(0), store.addresses[0])
    with pytest.raises(redis.ResponseError, match="^Unknown option 'quorum' for SENTINEL SET$"):
        connection.sentinel_command(store.sentinel(0), 'set', NAME, 'parallel-syncs', 3, 'quorum', 3)
    after = queries.master_state(store.deployment(0), store.addresses[0])
    assert (before['parallel-syncs'], after['parallel-syncs'], after['quorum']) == ('1', '3', before['quorum'])


def test_from_one_controller_to_three_and_to_five_quorum_and_peers_follow(stopped):
    test_peers.grow(stopped)


def test_each_sentinel_takes_another_quorum_when_the_others_have_the_majority_and_once(store):
    for number in range(3):
        deployment, folder = store.deployment(number, quorum=3), store.folders[number]
        assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == []
        assert peers.apply_peers(deployment, check=True, conf_dir=folder) == ['quorum']
        assert peers.apply_peers(deployment, conf_dir=folder) == ['quorum']
        assert peers.apply_peers(deployment, conf_dir=folder) == []
        assert sentinel.apply_sentinel(deployment, conf_dir=folder) in ([], ['password in the log'])
    assert [state['quorum'] for state in store.states()] == ['3'] * 3
    wait(store.complete)
    store.kill(0, 'redis')
    wait(lambda: store.master() in (1, 2))


def test_a_sentinel_that_begins_beside_a_dead_master_is_of_use(store):
    for number in (1, 2):
        store.kill(number, 'sentinel')
    store.kill(0)
    for number in (1, 2):
        store.start_sentinel(number)
    with pytest.raises(redis.ResponseError, match='IDONTKNOW'):
        store.sentinel(1).execute_command('sentinel', 'get-master-addr-by-name', NAME)
    # Some elections: the two may vote for themselves, and try again after 30 s.
    wait(lambda: store.master() in (1, 2), 120)
    wait(lambda: store.redis(store.master()).set('after', 'failover'))


def test_a_controller_that_was_off_while_the_password_changed_is_healed_by_its_deployment(store):
    test_password.miss_a_change(store)

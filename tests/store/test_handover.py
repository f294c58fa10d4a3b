# SPDX-License-Identifier: Apache-2.0
"""A planned change of the master, and one that a master comes back to."""

import subprocess
import threading
import time

import pytest
import redis
from redis.sentinel import Sentinel

from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, handover
from ceilometer_redis.store.queries import master_state
from ceilometer_redis.store.server import apply_redis
from conftest import NAME, PASSWORD
from waiting import wait


def test_a_handover_makes_another_master_and_this_one_its_replica_at_once(store):
    client = store.redis(0)
    client.set('before', 'handover')
    # Replication does not wait for itself.
    wait(lambda: [store.redis(number).get('before') for number in (1, 2)] == ['handover'] * 2)
    address = handover.handover(store.deployment(0))
    assert address in store.addresses[1:]
    assert client.info()['role'] == 'slave'
    new = store.redis(store.addresses.index(address))
    wait(lambda: new.set('after', 'handover'))
    assert new.get('before') == 'handover'
    wait(store.complete)


def test_a_handover_leaves_a_master_that_takes_writes_without_the_former_one(store):
    new = store.addresses.index(handover.handover(store.deployment(0)))
    store.kill(0)
    for number in (1, 2):
        agent = Sentinel([(store.addresses[number], store.ports[1])]).master_for(NAME, password=PASSWORD)
        agent.set('after', 'handover')
        assert agent.connection_pool.master_address[0] == store.addresses[new]


def test_a_master_that_hands_over_does_not_miss_its_replicas(store):
    said, ended = [], threading.Event()

    def write():
        client = store.redis(0)
        while not ended.wait(0.02):
            try:
                client.set('written', 'meanwhile')
            except redis.RedisError as refusal:
                said.append(str(refusal))
    writer = threading.Thread(target=write)
    writer.start()
    handover.handover(store.deployment(0))
    ended.set()
    writer.join()
    assert not [refusal for refusal in said if 'replicas' in refusal]
    assert apply_redis(store.deployment(0), conf_dir=store.folders[0]) == []


def test_a_replica_has_nothing_to_hand_over(shared_store):
    assert handover.handover(shared_store.deployment(1)) is None
    assert shared_store.master() == 0


def test_a_single_controller_has_nobody_to_hand_over_to(stopped_store):
    stopped_store.remove(1, 2)
    stopped_store.begin()
    assert handover.handover(stopped_store.deployment(0)) is None
    assert stopped_store.redis(0).info()['role'] == 'master'


def test_a_handover_goes_on_when_the_own_sentinel_has_ended_already(store):
    store.kill(0, 'sentinel')
    assert handover.handover(store.deployment(0)) in store.addresses[1:]


def test_who_was_replaced_while_cut_off_hands_nothing_over_and_follows(store):
    """The replicas that have left look connected still: another failover would take the master from its successor."""
    cable = store.network.command(0, 'ip', 'link', 'set', 'eth0')
    store.kill(0, 'sentinel')
    subprocess.check_call(cable + ['down'])
    others = [store.sentinel(number) for number in (1, 2)]

    def successor():
        named = set(sentinel.execute_command('sentinel', 'get-master-addr-by-name', NAME)[0] for sentinel in others)
        return named.pop() if len(named) == 1 and store.addresses[0] not in named else None
    address = wait(successor)
    number = store.addresses.index(address)
    wait(lambda: store.redis(number).info('replication')['connected_slaves'] == 1)
    epoch = master_state(store.deployment(1), address)['config-epoch']
    subprocess.check_call(cable + ['up'])
    assert store.redis(0).info('replication')['connected_slaves']
    assert handover.handover(store.deployment(0)) == address
    assert store.redis(0).info('replication')['master_host'] == address
    time.sleep(2)
    states = [master_state(store.deployment(1), store.addresses[number]) for number in (1, 2)]
    assert [(state['ip'], state['config-epoch']) for state in states] == [(address, epoch)] * 2


def test_a_handover_without_sentinels_ends_with_one_clear_error(store):
    for number in range(3):
        store.kill(number, 'sentinel')
    with pytest.raises(NotDone) as refusal:
        handover.handover(store.deployment(0))
    assert str(refusal.value).startswith('no sentinel starts a failover')
    assert store.redis(0).info()['role'] == 'master'


def back_while_replaced(store):
    """Kill the master and start it again as one, as Pacemaker does, when a sentinel has begun to replace it."""
    store.kill(0, 'redis')
    wait(lambda: any('failover_in_progress' in state['flags'] for state in store.states()))
    store.start(0, 'redis')


def test_a_master_that_is_back_while_the_sentinels_replace_it_follows_the_new_one(store):
    back_while_replaced(store)
    address = handover.follow(store.deployment(0))
    assert address in store.addresses[1:]
    server = store.redis(0).info()
    assert (server['role'], server['master_host']) == ('slave', address)
    wait(store.complete)


def test_a_client_does_not_stay_with_a_master_that_follows_another(store):
    connection.sentinel_command(store.sentinel(1), 'failover', NAME)
    client = store.redis(0).connection_pool.get_connection('ping')
    client.connect()
    assert handover.follow(store.deployment(0)) == store.addresses[wait(store.master)]
    client.send_command('ping')
    with pytest.raises(redis.ConnectionError):
        client.read_response()


def test_a_master_that_is_back_before_anybody_replaces_it_stays(store):
    store.kill(0, 'redis')
    store.start_redis(0)
    assert handover.follow(store.deployment(0)) is None
    wait(store.complete)
    assert store.master() == 0


def test_a_replica_follows_nobody_else(shared_store):
    assert handover.follow(shared_store.deployment(1)) is None
    assert shared_store.master() == 0


def test_a_master_whose_sentinels_are_not_all_there_is_left_as_it_is(store, monkeypatch):
    monkeypatch.setattr(handover, 'FOLLOW_TIMEOUT', 3)
    store.kill(2, 'sentinel')
    with pytest.raises(NotDone) as refusal:
        handover.follow(store.deployment(0))
    assert str(refusal.value) == 'one redis master for all sentinels: not within 3 s'
    assert store.redis(0).info()['role'] == 'master'

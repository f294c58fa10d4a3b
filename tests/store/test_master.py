# SPDX-License-Identifier: Apache-2.0
"""Which redis server is found to be the master, and told to clients."""

import pytest

from ceilometer_redis.store import connection, handover
from ceilometer_redis.store.master import find_master, master_for_clients
from conftest import NAME
from waiting import wait


def test_the_first_master_of_a_new_store_is_fuels_primary_controller(stopped_store):
    for number in range(3):
        assert find_master(stopped_store.deployment(number), stopped_store.folders[number]) == (
            stopped_store.addresses[0], stopped_store.ports[0], 'fuel')


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 1, 0)])
def test_a_new_store_is_complete_whichever_controller_comes_first(stopped_store, order):
    for number in order:
        stopped_store.start_redis(number)
        stopped_store.start_sentinel(number)
    stopped_store.meet()
    assert stopped_store.master() == 0


def test_a_restarted_former_master_follows_the_one_the_sentinels_name(store):
    store.kill(0)
    wait(lambda: store.master() not in (0, None))
    assert find_master(store.deployment(0)).source == 'sentinel'
    store.start_redis(0)
    assert store.redis(0).info()['role'] == 'slave'
    store.start(0, 'sentinel', '--sentinel')
    wait(store.complete)
    assert store.master() != 0


def test_after_a_cold_start_the_last_master_is_remembered(store):
    handover.handover(store.deployment(0))
    last = wait(lambda: store.master())
    store.end()
    for number in range(3):
        assert find_master(store.deployment(number), store.folders[number]) == (
            store.addresses[last], store.ports[0], 'sentinel.conf')


def test_without_sentinels_the_redis_servers_are_asked(store):
    for number in range(3):
        store.kill(number, 'sentinel')
    assert find_master(store.deployment(2)) == (store.addresses[0], store.ports[0], 'redis')


def test_sentinels_reset_to_a_former_master_are_not_believed(store):
    handover.handover(store.deployment(0))
    new = wait(lambda: store.master())
    for number in range(3):
        connection.sentinel_command(store.sentinel(number), 'remove', NAME)
    connection.sentinel_command(store.sentinel(1), 'monitor', NAME, store.addresses[0], store.ports[0], 2)
    assert find_master(store.deployment(2)) == (store.addresses[new], store.ports[0], 'redis')


def test_a_sentinel_that_missed_a_failover_is_not_believed(store):
    handover.handover(store.deployment(0))
    new = wait(lambda: store.master())
    connection.sentinel_command(store.sentinel(0), 'remove', NAME)
    connection.sentinel_command(store.sentinel(0), 'monitor', NAME, store.addresses[3], store.ports[0], 2)
    for number in range(3):
        assert find_master(store.deployment(number)) == (store.addresses[new], store.ports[0], 'sentinel')


@pytest.mark.parametrize('epoch, believed', [(0, 'sentinel'), (1, 'sentinel.conf')])
def test_a_file_is_believed_only_when_it_knows_of_a_later_failover_than_the_sentinels(shared_store, tmp_path, epoch,
                                                                                     believed):
    # A master that is gone: one that answers would be asked.
    port, addresses = shared_store.ports[0], {'sentinel': shared_store.addresses[0],
                                              'sentinel.conf': shared_store.addresses[3]}
    (tmp_path / 'sentinel.conf').write_text(u'sentinel monitor %s %s %s 2\nsentinel config-epoch %s %s\n' % (
        NAME, shared_store.addresses[3], port, NAME, epoch))
    deployment = shared_store.deployment(1)
    deployment['addresses'] = deployment['addresses'] + [shared_store.addresses[3]]
    assert find_master(deployment, str(tmp_path)) == (addresses[believed], port, believed)


def test_of_two_masters_the_one_with_replicas_is_believed_without_sentinels(store):
    for number in range(3):
        store.kill(number, 'sentinel')
    store.redis(2).execute_command('slaveof', 'no', 'one')
    wait(lambda: store.redis(0).info()['connected_slaves'] == 1)
    for number in range(3):
        assert find_master(store.deployment(number)) == (store.addresses[0], store.ports[0], 'redis')


def test_agents_are_told_the_master_by_the_first_sentinel_that_knows_one(store):
    store.kill(0, 'sentinel')
    connection.sentinel_command(store.sentinel(1), 'remove', NAME)
    assert master_for_clients(store.deployment(0)) == store.addresses[0]
    store.kill(2, 'sentinel')
    assert master_for_clients(store.deployment(0)) is None


def test_a_controller_that_missed_a_failover_and_is_back_first_is_not_believed(store):
    store.kill(0)
    new = wait(lambda: store.master())
    wait(lambda: store.redis(new).set('after', 'failover'))
    store.end()
    store.start_redis(0)
    store.start_sentinel(0)
    assert find_master(store.deployment(new), store.folders[new])[:2] == (store.addresses[new], store.ports[0])
    for number in (1, 2):
        store.start_redis(number)
        store.start_sentinel(number)
    wait(store.complete, 60)
    assert store.master() == new
    assert store.redis(0).get('after') == 'failover'

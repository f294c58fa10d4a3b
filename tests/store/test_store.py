"""The helper against real redis servers and sentinels."""

import os
import signal
import threading
import time

import pytest
import redis
from redis.sentinel import Sentinel

from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, handover, health, peers, queries, sentinel
from ceilometer_redis.store.master import find_master, master_for_clients
from ceilometer_redis.store.queries import master_state, redis_info
from ceilometer_redis.store.server import apply_redis
from conftest import NAME, PASSWORD, wait


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
    assert find_master(shared_store.deployment(1), str(tmp_path)) == (addresses[believed], port, believed)


def test_of_two_masters_the_one_with_replicas_is_believed_without_sentinels(store):
    for number in range(3):
        store.kill(number, 'sentinel')
    store.redis(2).execute_command('slaveof', 'no', 'one')
    wait(lambda: store.redis(0).info()['connected_slaves'] == 1)
    for number in range(3):
        assert find_master(store.deployment(number)) == (store.addresses[0], store.ports[0], 'redis')


def test_a_new_controller_that_met_a_dying_master_gets_its_successor(store):
    """Nobody tells it: who is new is known to those alone who know the master that it follows and watches."""
    store.kill(0)
    store.add(3)
    store.start_redis(3)
    store.start_sentinel(3)
    store.remove(0)
    deployment, folder = store.deployment(3), store.folders[3]
    wait(lambda: find_master(deployment, folder).address != store.addresses[0])
    for apply, changes in ((apply_redis, ['slaveof']), (sentinel.apply_sentinel, ['monitor'])):
        assert apply(deployment, check=True, conf_dir=folder)[:1] == changes
        assert apply(deployment, conf_dir=folder)[:1] == changes
        assert apply(deployment, check=True, conf_dir=folder) == []
    for number in (1, 2):
        peers.apply_peers(store.deployment(number), conf_dir=store.folders[number])
    wait(store.complete)


def test_a_sentinel_of_which_the_file_was_lost_is_told_the_real_master(store):
    handover.handover(store.deployment(0))
    new = wait(lambda: store.master())
    connection.sentinel_command(store.sentinel(2), 'remove', NAME)
    assert 'monitor' in sentinel.apply_sentinel(store.deployment(2), conf_dir=store.folders[2])
    assert master_state(store.deployment(2), store.addresses[2])['ip'] == store.addresses[new]
    wait(store.complete)


def test_a_sentinel_that_is_told_the_master_logs_in_with_its_first_connection(store):
    # It connects within 0.1 s; before redis 6.2 one that did so without the password was refused for good.
    for _ in range(20):
        connection.sentinel_command(store.sentinel(2), 'remove', NAME)
        assert sentinel.apply_sentinel(store.deployment(2), conf_dir=store.folders[2])[0] == 'monitor'
        wait(lambda: master_state(store.deployment(2), store.addresses[2])['runid'], 5)


def test_a_sentinel_that_was_told_the_master_meanwhile_is_content(shared_store):
    """By its start, while a deployment waits for it: both found that it watches nothing."""
    deployment, folder = shared_store.deployment(1), shared_store.folders[1]
    master = find_master(deployment, folder)
    sentinel.monitor(deployment, shared_store.sentinel(1), master, folder)
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) in ([], ['password in the log'])
    assert shared_store.complete()


def test_applying_twice_changes_nothing(shared_store):
    for number in range(3):
        for apply in (apply_redis, sentinel.apply_sentinel):
            assert apply(shared_store.deployment(number), conf_dir=shared_store.folders[number]) == []
            assert apply(shared_store.deployment(number), check=True, conf_dir=shared_store.folders[number]) == []


def test_changed_settings_reach_the_running_daemons_and_outlive_their_restart(store):
    deployment = store.deployment(1, down_after=4000, parallel_syncs=2)
    deployment['redis']['min_slaves_max_lag'] = 12
    folder = store.folders[1]
    changes = ['down-after-milliseconds', 'parallel-syncs']
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == changes
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == changes
    assert apply_redis(deployment, conf_dir=folder) == ['min-slaves-max-lag']
    store.kill(1)
    store.start(1, 'redis')
    store.start(1, 'sentinel', '--sentinel')
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == []
    assert apply_redis(deployment, check=True, conf_dir=folder) == []
    assert store.redis(1).info()['role'] == 'slave'


def test_a_master_whose_replicas_would_refuse_what_it_sends_needs_none(store, monkeypatch):
    monkeypatch.setattr('ceilometer_redis.store.server.SINCE_MIN_SLAVES', (99,))
    needed = [] if store.version < (2, 8, 10) else ['min-slaves-to-write']
    for number in range(3):
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == needed
        assert store.redis(number).config_get('min-slaves-to-write') == {'min-slaves-to-write': '0'}
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == []
    assert handover.handover(store.deployment(0)) in store.addresses[1:]


def test_a_sentinel_does_not_make_its_master_a_replica_of_itself(store):
    store.kill(1, 'sentinel')
    with open(os.path.join(store.folders[1], 'sentinel.conf'), 'a') as conf:
        conf.write('sentinel known-slave %s %s %d\n' % (NAME, store.addresses[0], store.ports[0]))
    store.start(1, 'sentinel', '--sentinel')
    deployment, folder = store.deployment(1), store.folders[1]
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == ['replicas']
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == ['replicas']
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == []
    wait(store.complete)


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


def test_agents_are_told_the_master_by_the_first_sentinel_that_knows_one(store):
    store.kill(0, 'sentinel')
    connection.sentinel_command(store.sentinel(1), 'remove', NAME)
    assert master_for_clients(store.deployment(0)) == store.addresses[0]
    store.kill(2, 'sentinel')
    assert master_for_clients(store.deployment(0)) is None


def test_a_handover_goes_on_when_the_own_sentinel_has_ended_already(store):
    store.kill(0, 'sentinel')
    assert handover.handover(store.deployment(0)) in store.addresses[1:]


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
    wait(lambda: any('failover_in_progress' in known['flags'] for known in store.watched()))
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


def test_a_hung_redis_server_is_no_answer(store):
    store.signal(1, 'redis', signal.SIGSTOP)
    assert redis_info(store.deployment(0), store.addresses[1]) is None
    store.signal(1, 'redis', signal.SIGCONT)
    assert redis_info(store.deployment(0), store.addresses[1])['role'] == 'slave'


def test_a_healthy_store_has_no_problems(shared_store):
    status = health.status(shared_store.deployment(0))
    assert status['problems'] == []
    assert status['master'] == shared_store.addresses[0]
    assert [row['role'] for row in status['controllers']] == ['master', 'slave', 'slave']


def test_status_names_the_controller_whose_daemons_are_gone(store):
    store.kill(2)
    assert health.status(store.deployment(0))['problems'] == [
        'node-3: no answer of redis', 'node-3: no answer of the sentinel, or it watches nothing']


def test_status_names_a_replica_that_cannot_log_in(store):
    store.redis(2).config_set('masterauth', 'wrong')
    store.redis(2).execute_command('slaveof', 'no', 'one')
    store.redis(2).execute_command('slaveof', store.addresses[0], store.ports[0])
    assert 'node-3: replica is not linked to its master' in health.status(store.deployment(0))['problems']


def test_status_names_a_sentinel_that_could_elect_nobody(store):
    assert health.can_fail_over(store.deployment(0), store.addresses[0], 2)
    store.kill(1, 'sentinel')
    wait(lambda: not health.can_fail_over(store.deployment(0), store.addresses[0], 3))
    assert health.can_fail_over(store.deployment(0), store.addresses[0], 2)
    store.kill(2, 'sentinel')
    wait(lambda: not health.can_fail_over(store.deployment(0), store.addresses[0], 1))
    assert 'node-1: sentinel sees too few others for a failover' in health.status(store.deployment(0))['problems']


def cut_connections(store, password):
    """Before redis 6.2 a sentinel that is told a password keeps the connections that it has."""
    for number in range(3):
        client = store.redis(number, password)
        connection.disconnect_clients(client, [found['addr'] for found in client.client_list()])


def test_status_names_a_server_that_a_sentinel_cannot_log_in_to(store):
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'auth-pass', 'wrong')
    cut_connections(store, PASSWORD)
    wait(lambda: len(health.status(store.deployment(0))['problems']) == 3)
    servers = store.addresses[:3]
    assert health.status(store.deployment(0))['problems'] == [
        'node-2: sentinel takes the redis server at %s for down, which answers' % address for address in servers]


def test_status_names_a_sentinel_that_was_paused(store):
    store.signal(1, 'sentinel', signal.SIGSTOP)
    time.sleep(3)
    store.signal(1, 'sentinel', signal.SIGCONT)
    wait(lambda: any('TILT' in problem for problem in health.status(store.deployment(0))['problems']))
    assert [problem for problem in health.status(store.deployment(0))['problems'] if 'TILT' in problem] == [
        'node-2: sentinel was paused or its clock was set: it does nothing for 30 s (TILT)']


def test_a_sentinel_that_was_refused_is_told_the_password_again(store):
    deployment, folder = store.deployment(1), store.folders[1]
    for number in range(3):
        store.redis(number).config_set('requirepass', 'An0therPassword')
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'auth-pass', PASSWORD)
    cut_connections(store, 'An0therPassword')
    wait(lambda: sorted(queries.subjectively_down(deployment, store.addresses[1])) == list(store.addresses[:3]))
    for number in range(3):
        store.redis(number, 'An0therPassword').config_set('requirepass', PASSWORD)
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder)[0] == 'auth-pass'
    assert sentinel.apply_sentinel(deployment, conf_dir=folder)[0] == 'auth-pass'
    wait(lambda: queries.subjectively_down(deployment, store.addresses[1]) == [], 5)
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == []


def test_an_unanswering_daemon_is_an_error_within_the_bound(stopped_store, monkeypatch):
    monkeypatch.setattr(connection, 'START_TIMEOUT', 1)
    with pytest.raises(NotDone) as refusal:
        apply_redis(stopped_store.deployment(0), conf_dir=stopped_store.folders[0])
    assert str(refusal.value) == 'an answer of the redis server here: not within 1 s'


def test_the_password_is_in_no_log(store):
    handover.handover(store.deployment(0))
    logs = [os.path.join(store.folders[number], name) for number in range(3) for name in ('redis.log', 'sentinel.log')]
    assert all(PASSWORD not in open(log).read() for log in logs)


def test_a_password_that_a_sentinel_has_logged_is_hidden_and_nothing_else_of_the_log_is_lost(shared_store):
    deployment, folder = shared_store.deployment(1), shared_store.folders[1]
    log = os.path.join(folder, 'sentinel.log')
    with open(log) as lines:
        before = lines.read()
    with open(log, 'a') as lines:
        lines.write('+set master %s auth-pass %s\n' % (NAME, PASSWORD))
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == ['password in the log']
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == ['password in the log']
    with open(log) as lines:
        assert lines.read() == '%s+set master %s auth-pass ************\n' % (before, NAME)
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == []


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

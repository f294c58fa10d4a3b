# SPDX-License-Identifier: Apache-2.0
"""What sentinels know of each other and of the replicas when controllers come, go and are replaced."""

import os
import re
import shutil
import threading

import pytest
import redis

from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, lock, peers, queries, sentinel, server
from ceilometer_redis.store.queries import master_state
from conftest import NAME, PASSWORD
from waiting import wait

#: What a sentinel says when it forgets; one of 2.8.4 is told to watch anew.
FORGETS = ('+reset-master', '+monitor')


def deploy(store, number):
    """The store's part of a deployment on one controller; what its sentinel forgot."""
    for apply in (server.apply_redis, sentinel.apply_sentinel):
        apply(store.deployment(number), conf_dir=store.folders[number])
    done = peers.apply_peers(store.deployment(number), conf_dir=store.folders[number])
    # For another quorum one of 2.8.4 has to forget as well.
    return [line for line in done if line != 'quorum']


def replace(store, gone, new):
    """Take one controller away for ever and start another; returns when no failover is needed or going on any more."""
    store.kill(gone)
    store.remove(gone)
    store.add(new)
    wait(lambda: store.master() not in (gone, None), 60)
    store.start_redis(new)
    store.start_sentinel(new)
    wait(lambda: peers.why_not_at_rest(store.deployment(new)) is None, 60)


def peers_of(store, number, kind):
    """The addresses of the sentinels or the slaves that a sentinel knows."""
    reply = connection.sentinel_command(store.sentinel(number), kind, NAME)
    return set(address for address, _ in queries.endpoints(reply))


def sentinel_flags(store, number, other):
    """What a sentinel says of another one."""
    reply = connection.sentinel_command(store.sentinel(number), 'sentinels', NAME)
    found = dict((known['ip'], known['flags']) for known in map(queries.as_dict, reply))
    return found[store.addresses[other]].split(',')


def events(store, numbers, *names):
    """What sentinels logged of these events, as (time, number, event, of what), in the order of time."""
    found = []
    for number in numbers:
        with open(os.path.join(store.folders[number], 'sentinel.log')) as log:
            said = re.findall(r'^.*? ([0-9]+:[0-9]+:[0-9.]+) \S (\S+) (.*)', log.read(), re.MULTILINE)
        found += [(time, number, event, what) for time, event, what in said if event in names]
    return sorted(found)


def test_three_controllers_that_are_there_have_nothing_to_forget(store):
    for number in store.controllers:
        assert peers.apply_peers(store.deployment(number), check=True) == []
        assert peers.apply_peers(store.deployment(number)) == []


@pytest.mark.parametrize('gone', (0, 2), ids=('master', 'replica'))
def test_a_replaced_controller_is_forgotten_and_the_next_loss_survived(store, gone):
    replace(store, gone, 3)
    former = ['sentinel %s port %s is forgotten' % (store.addresses[gone], store.ports[1]),
              'replica %s port %s is forgotten' % (store.addresses[gone], store.ports[0])]
    survivors = [number for number in (0, 1, 2) if number != gone]
    assert [peers.apply_peers(store.deployment(number), check=True) for number in survivors] == [former, former]
    assert [deploy(store, number) for number in survivors] == [former, former]
    # It may have heard of the former one from a peer's hello.
    assert set(deploy(store, 3)) <= set(former)
    wait(store.complete)
    assert [peers.apply_peers(store.deployment(number), check=True) for number in store.controllers] == [[]] * 3
    master = store.master()
    store.kill(master)
    wait(lambda: store.master() not in (master, None))


def test_what_is_forgotten_stays_forgotten_over_a_restart_of_the_sentinel(store):
    for number in (1, 2):
        store.kill(number)
        store.remove(number)
    assert len(deploy(store, 0)) == 4
    assert store.redis(0).set('written', 'without replicas')
    store.kill(0, 'sentinel')
    store.start(0, 'sentinel', '--sentinel')
    assert peers.apply_peers(store.deployment(0), check=True) == []
    assert store.complete()


def test_sentinels_forget_one_after_another(store):
    store.add(3, 4)
    for number in (3, 4):
        store.start_redis(number)
        store.start_sentinel(number)
    wait(store.complete)
    for number in (2, 4):
        store.kill(number)
        store.remove(number)
    before = events(store, store.controllers, '+sentinel', '+slave')
    monitored = events(store, store.controllers, *FORGETS)
    runs = [threading.Thread(target=deploy, args=(store, number)) for number in store.controllers]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    learnt = set(events(store, store.controllers, '+sentinel', '+slave')) - set(before)
    forgotten = sorted(set(events(store, store.controllers, *FORGETS)) - set(monitored))
    assert sorted(number for _, number, _, _ in forgotten) == store.controllers
    for (_, number, _, _), (later, _, _, _) in zip(forgotten, forgotten[1:]):
        assert len([event for event in learnt if event[1] == number and event[0] < later]) == 4
    assert store.complete()


def test_from_one_controller_to_three_and_to_five_quorum_and_peers_follow(stopped_store):
    grow(stopped_store)


def grow(store):
    """Let one controller become three, and five, each deployed."""
    store.remove(1, 2)
    store.begin()
    for numbers in ([1, 2], [3, 4]):
        store.add(*numbers)
        for number in numbers:
            store.start_redis(number)
            store.start_sentinel(number)
        assert [deploy(store, number) for number in store.controllers] == [[]] * len(store.controllers)
        wait(store.complete)
        assert store.wrong() == []


def test_a_single_master_accepts_writes_until_it_has_replicas_and_then_no_more_without(stopped_store):
    store = stopped_store
    if store.version < server.SINCE_MIN_SLAVES:
        pytest.skip('redis before 2.8.10 has no min-slaves-to-write that is of use')
    store.remove(1, 2)
    store.begin()
    deploy(store, 0)
    store.add(1, 2)
    assert server.apply_redis(store.deployment(0), conf_dir=store.folders[0]) == []
    assert store.redis(0).set('written', 'without replicas')
    store.start_redis(1)
    wait(lambda: store.redis(1).info()['master_link_status'] == 'up')
    for number, changed in ((0, ['min-slaves-to-write']), (1, [])):
        assert server.apply_redis(store.deployment(number), conf_dir=store.folders[number]) == changed
    store.kill(1, 'redis')
    wait(lambda: store.redis(0).info()['connected_slaves'] == 0)
    with pytest.raises(redis.ResponseError, match='NOREPLICAS'):
        store.redis(0).set('written', 'without replicas')


def test_a_sentinel_that_takes_itself_for_another_one_forgets_that(store):
    """As one that is new at the address of another may: it hears what that one said last, and greets it."""
    address, port, client = store.addresses[2], store.ports[1], store.sentinel(2)
    if store.version < (3, 2):
        own = client.info('server')['run_id']
    else:
        own = client.execute_command('sentinel', 'myid')
    hello = (address, port, own, 0, NAME, store.addresses[0], store.ports[0], 0)
    client.execute_command('publish', '__sentinel__:hello', ','.join(map(str, hello)))
    assert address in peers_of(store, 2, 'sentinels')
    assert peers.apply_peers(store.deployment(2)) == ['sentinel %s port %s is forgotten' % (address, port)]
    assert peers_of(store, 2, 'sentinels') == set(store.addresses[:2])
    wait(store.complete)


def test_a_controller_installed_anew_at_its_address_is_no_new_one(store):
    store.kill(2)
    # What it said last is on its way no more: a new one that hears it would greet itself.
    wait(lambda: 's_down' in sentinel_flags(store, 0, 2))
    shutil.rmtree(store.folders[2])
    store.remove(2)
    store.add(2)
    store.start_redis(2)
    store.start_sentinel(2)
    assert [deploy(store, number) for number in store.controllers] == [[], [], []]
    wait(store.complete)


def test_nothing_is_forgotten_while_the_master_has_a_replica_that_is_no_controllers(shared_store):
    """It would be learnt again from the master."""
    deployment, (stranger, port) = shared_store.deployment(0), (shared_store.addresses[2], shared_store.ports[0])
    assert peers.why_not_at_rest(deployment) is None
    deployment['addresses'].remove(stranger)
    reason = "the redis master still has the replica %s port %s, which is no controller's" % (stranger, port)
    assert peers.why_not_at_rest(deployment) == reason
    with pytest.raises(NotDone) as refusal:
        peers.take_lock(deployment)
    assert str(refusal.value) == reason


def test_nothing_is_forgotten_while_the_sentinels_name_different_masters_or_one_that_is_no_controllers(store):
    port = store.ports[0]
    deployment = store.deployment(1)
    deployment['addresses'].remove(store.addresses[0])
    assert peers.why_not_at_rest(deployment) == 'the sentinels name as master: %s port %s' % (store.addresses[0], port)
    client, other = store.sentinel(2), store.addresses[1]
    store.redis(1).execute_command('slaveof', 'no', 'one')  # the sentinels undo it after 8 s
    for words in (['remove', NAME], ['monitor', NAME, other, port, 2], ['set', NAME, 'auth-pass', PASSWORD]):
        connection.sentinel_command(client, *words)
    wait(lambda: master_state(store.deployment(2), store.addresses[2])['flags'] == 'master')
    assert peers.why_not_at_rest(store.deployment(1)) == (
        'the sentinels name as master: %s port %s, %s port %s' % (store.addresses[0], port, other, port))


def test_nothing_is_forgotten_while_the_master_is_away(store, monkeypatch):
    monkeypatch.setattr(peers, 'PATIENCE', 2)
    store.kill(2)
    store.remove(2)
    connection.sentinel_command(store.sentinel(0), 'set', NAME, 'down-after-milliseconds', 600000)
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'down-after-milliseconds', 600000)
    store.kill(0, 'redis')
    with pytest.raises(NotDone, match='^nothing could be forgotten within 2 s: the sentinel at (%s|%s) says of the '
                                      'redis master: master,disconnected$' % tuple(store.addresses[:2])):
        peers.apply_peers(store.deployment(1))
    assert store.addresses[2] in peers_of(store, 1, 'sentinels')


def test_a_controller_that_is_off_keeps_nobody_from_forgetting(store):
    store.kill(2)
    assert peers.why_not_at_rest(store.deployment(0)) is None
    assert peers.knows_all(store.deployment(0)) is False


def test_during_a_failover_forgetting_waits_for_its_end(store):
    store.kill(2)
    store.remove(2)
    store.kill(0, 'redis')
    forgotten = deploy(store, 1)
    assert forgotten[0] == 'sentinel %s port %s is forgotten' % (store.addresses[2], store.ports[1])
    last, forgets = [event for _, _, event, _ in events(store, [1], '+switch-master', *FORGETS)][-2:]
    assert last == '+switch-master' and forgets in FORGETS


def test_while_another_sentinel_forgets_this_one_waits(store, monkeypatch):
    monkeypatch.setattr(peers, 'PATIENCE', 2)
    store.kill(2)
    store.remove(2)
    client = connection.connect_redis(store.deployment(0), store.addresses[0])
    assert lock.take(client, peers.LOCK, 'node-2.example.com', peers.LOCK_EXPIRY)
    wait(lambda: peers.why_not_at_rest(store.deployment(0)) is None)
    with pytest.raises(NotDone) as refusal:
        peers.apply_peers(store.deployment(0))
    assert str(refusal.value) == 'nothing could be forgotten within 2 s: another sentinel is forgetting'
    lock.release(client, peers.LOCK, 'node-2.example.com')
    assert len(peers.apply_peers(store.deployment(0))) == 2
    assert client.get(peers.LOCK) is None


def test_a_sentinel_that_still_runs_on_a_removed_controller_is_named(store, monkeypatch):
    monkeypatch.setattr(peers, 'LEARNING', 4)
    store.kill(2, 'redis')
    store.remove(2)
    with pytest.raises(NotDone) as refusal:
        peers.apply_peers(store.deployment(0))
    assert str(refusal.value).endswith('still there: sentinel %s port %s' % (store.addresses[2], store.ports[1]))


def test_a_sentinel_at_another_port_is_no_controllers(store):
    deployment = store.deployment(0)
    deployment['sentinel']['port'] += 1
    deployment['node'] = dict(deployment['node'])
    known = peers.known_peers(store.deployment(0))
    assert known.sentinels - peers.expected_peers(deployment).sentinels == known.sentinels
    assert known.replicas - peers.expected_peers(deployment).replicas == set()

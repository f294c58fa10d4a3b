# SPDX-License-Identifier: Apache-2.0
"""The end of a redis server, as the guard of its controller notices it."""

import signal
import threading

import pytest

from ceilometer_redis.guard import own_redis
from ceilometer_redis.store import handover
from ceilometer_redis.store.connection import disconnect_clients, sentinel_command
from ceilometer_redis.store.queries import as_dict
from conftest import NAME
from waiting import wait

pytestmark = pytest.mark.usefixtures('pacemaker')

#: Milliseconds of down-after in which no sentinel does anything by itself.
PATIENT = 60000


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """What a guard asked of sentinels; every master counts for a settled one."""
    commands, command = [], own_redis.sentinel_command

    def noted(client, *words):
        commands.append(words)
        return command(client, *words)
    monkeypatch.setattr(own_redis, 'sentinel_command', noted)
    monkeypatch.setattr(own_redis, 'SETTLED', 0)
    return commands


@pytest.fixture
def patient_store(stopped_store):
    """A complete store whose sentinels take nobody for down."""
    stopped_store.down_after = PATIENT
    stopped_store.begin()
    return stopped_store


class Watch(object):
    """A controller's guard that waits for the end of its redis server."""

    def __init__(self, store, number):
        self.own_redis = own_redis.OwnRedis(lambda: store.deployment(number))
        self.own_redis.watch(0)
        assert self.own_redis.held
        self.thread = threading.Thread(target=self.own_redis.watch, args=(30,))
        self.thread.start()

    def end(self):
        """Return when it has done all that it does."""
        self.thread.join(60)
        assert not self.thread.is_alive()


def end(store, number=0):
    """Kill a redis server whose controller's guard looks on."""
    watch = Watch(store, number)
    store.kill(number, 'redis')
    watch.end()


def is_at_rest(store):
    """Whether the store is complete, and all sentinels know it, as they do some seconds after a failover."""
    replicas = [as_dict(replica) for number in range(3)
                for replica in sentinel_command(store.sentinel(number), 'slaves', NAME)]
    return (store.complete() and all(state['flags'] == 'master' for state in store.states())
            and all(replica['master-link-status'] == 'ok' for replica in replicas))


def replace(store, master):
    """Have the master's guard replace it, and a complete store again."""
    end(store, master)
    wait(lambda: store.master() not in (None, master), 5)
    store.start_redis(master)
    wait(lambda: is_at_rest(store))


def epochs(store):
    return set(int(state['config-epoch']) for state in store.states())


def test_a_master_that_is_killed_is_replaced_before_a_sentinel_misses_it(patient_store):
    end(patient_store)
    new = wait(patient_store.master, 5)
    wait(lambda: patient_store.redis(new).set('after', 'the crash'), 5)
    patient_store.start_redis(0)
    wait(patient_store.complete)
    assert patient_store.master() == new


def test_one_master_after_another_is_killed_and_replaced(patient_store):
    for _ in range(2):
        replace(patient_store, patient_store.master())


def test_in_a_crash_loop_the_sentinels_vote(store, asked, monkeypatch):
    replace(store, 0)
    monkeypatch.setattr(own_redis, 'SETTLED', 2)
    new = store.master()
    end(store, new)
    assert len(asked) == 1
    wait(lambda: store.master() not in (None, new))


def test_a_master_that_handed_over_is_not_missed(patient_store, asked):
    new = handover.handover(patient_store.deployment(0))
    watch, before = Watch(patient_store, 0), epochs(patient_store)
    patient_store.signal(0, 'redis', signal.SIGTERM)
    watch.end()
    assert (asked, epochs(patient_store)) == ([], before)
    assert patient_store.addresses[patient_store.master()] == new


def test_a_replica_is_not_missed(patient_store, asked):
    end(patient_store, 1)
    assert (asked, patient_store.master()) == ([], 0)


def test_a_server_that_lives_is_left_alone(patient_store, asked):
    watched = own_redis.OwnRedis(lambda: patient_store.deployment(0))
    watched.watch(1)
    held = watched.held
    patient_store.cut_connections()
    watched.watch(1)
    assert watched.held is None and held
    patient_store.signal(0, 'redis', signal.SIGSTOP)
    watched.watch(1)
    assert watched.held
    assert asked == []


@pytest.mark.parametrize('kind', ['redis', 'sentinel'])
def test_a_store_that_has_lost_more_is_left_to_the_sentinels(patient_store, asked, kind):
    patient_store.kill(2, kind)
    end(patient_store)
    assert asked == []


def test_a_replica_without_its_masters_data_is_not_promoted(patient_store, asked):
    replica = patient_store.redis(2)
    replica.config_set('masterauth', 'another')
    disconnect_clients(replica, [found['addr'] for found in replica.client_list() if found['flags'] == 'M'])
    wait(lambda: replica.info()['master_link_down_since_seconds'] > own_redis.JUST)
    end(patient_store)
    assert asked == []


def test_two_controllers_replace_the_master_as_well(stopped_store):
    stopped_store.down_after = PATIENT
    stopped_store.remove(2)
    stopped_store.begin()
    end(stopped_store)
    wait(lambda: stopped_store.redis(1).info()['role'] == 'master', 5)
    stopped_store.start_redis(0)
    wait(stopped_store.complete)


def test_a_master_that_is_back_before_the_guard_asks_follows_the_new_one(patient_store, asked, monkeypatch):
    looks, refuses = [], own_redis.refuses

    def late(deployment):
        looks.append(refuses(deployment))
        if len(looks) > 1:
            patient_store.start(0, 'redis')
        return True
    monkeypatch.setattr(own_redis, 'refuses', late)
    monkeypatch.setattr(own_redis, 'TRIES', 1)
    monkeypatch.setattr(own_redis, 'CLOSING', 1)
    end(patient_store)
    assert len(asked) == 1
    server = patient_store.redis(0).info()
    assert (server['role'], server['master_host'] in patient_store.addresses[1:]) == ('slave', True)
    wait(patient_store.complete)

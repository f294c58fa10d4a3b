# SPDX-License-Identifier: Apache-2.0
"""A new password: on all daemons at once, with every step of it taken by the commands that run meanwhile."""

import os
import signal

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, handover, master, password, queries, server
from ceilometer_redis.store.sentinel import apply_sentinel
from conftest import NAME, PASSWORD, write
from waiting import wait

NEW = 'An0therPassword'


def deployment(store, number, **sentinel):
    """A controller's deployment with the new password."""
    built = store.deployment(number, **sentinel)
    built['redis']['password'] = NEW
    return built


def apply(store, number, **options):
    return password.apply_password(deployment(store, number), conf_dir=store.folders[number], **options)


def servers(store, *numbers):
    return ['the redis server at %s' % store.addresses[number] for number in numbers]


def taken(store, number, word):
    """Whether a redis server takes a password from a new client."""
    return connection.responds(store.redis(number, word))


def taken_for_down(store, number):
    """The redis servers that a sentinel takes for down, which it would not make master."""
    return queries.subjectively_down(deployment(store, number), store.addresses[number])


def kept(store, number):
    """The passwords in the files of a controller's daemons."""
    found = set()
    for name in ('redis.conf', 'sentinel.conf'):
        with open(os.path.join(store.folders[number], name)) as conf:
            found.update(line.split()[-1].strip('"') for line in conf
                         if line.startswith(('requirepass', 'masterauth', 'sentinel auth-pass %s' % NAME)))
    return found


def test_one_controllers_deployment_changes_every_redis_server_and_sentinel(store):
    assert apply(store, 1, check=True) == servers(store, 1, 0, 2)
    assert [taken(store, number, PASSWORD) for number in range(3)] == [True] * 3
    assert apply(store, 1) == servers(store, 1, 0, 2)
    assert [(taken(store, number, PASSWORD), taken(store, number, NEW)) for number in range(3)] == [(False, True)] * 3
    assert [kept(store, number) for number in range(3)] == [{NEW}] * 3


def test_the_other_deployments_and_a_second_one_find_nothing_to_change(store):
    apply(store, 0)
    for number in range(3):
        assert apply(store, number, check=True) == apply(store, number) == []
        assert server.apply_redis(deployment(store, number), conf_dir=store.folders[number]) == []
        # Redis 3.0 to 6.2: each controller finds it in the log of its own sentinel.
        said = apply_sentinel(deployment(store, number), conf_dir=store.folders[number])
        assert said in ([], ['password in the log'])
        assert NEW not in open(os.path.join(store.folders[number], 'sentinel.log')).read()
        assert apply_sentinel(deployment(store, number), conf_dir=store.folders[number]) == []


def test_clients_replicas_and_sentinels_keep_their_connections(store):
    client = store.redis(0)
    client.set('before', 'the change')
    apply(store, 0)
    assert client.set('after', 'the change')
    wait(lambda: store.redis(1, NEW).get('after') == 'the change')
    wait(lambda: store.complete(NEW), 10)


def test_the_master_can_fail_afterwards(store):
    apply(store, 0)
    store.kill(0)
    new = wait(lambda: store.master() or None)
    wait(lambda: store.redis(new, NEW).set('after', 'the failover'))


def test_a_controller_that_is_off_is_left_to_its_own_deployment(store):
    miss_a_change(store)


def miss_a_change(store):
    """Change the password while a controller is off; it is back, and deployed."""
    store.kill(2)
    assert apply(store, 0) == servers(store, 0, 1)
    store.start_redis(2)
    store.start(2, 'sentinel', '--sentinel')
    assert apply(store, 0, check=True) == []
    # What it has refused stays open: one connection of each other sentinel at least.
    wait(lambda: set(store.addresses[:2]) <= set(
        client['addr'].rpartition(':')[0] for client in store.redis(2).client_list()))
    wait(lambda: taken_for_down(store, 0) == taken_for_down(store, 1) == [store.addresses[2]])
    assert apply(store, 2) == servers(store, 2)
    wait(lambda: [taken_for_down(store, number) for number in range(3)] == [[]] * 3, 10)
    wait(lambda: store.complete(NEW), 60)


def test_a_half_done_change_is_completed_by_the_next_run(store):
    store.signal(2, 'redis', signal.SIGSTOP)
    assert apply(store, 0) == servers(store, 0, 1)
    store.signal(2, 'redis', signal.SIGCONT)
    assert apply(store, 1) == []
    assert apply(store, 2) == servers(store, 2)
    assert [taken(store, number, NEW) for number in range(3)] == [True] * 3


@pytest.mark.parametrize('name', ['masterauth', 'requirepass'])
def test_a_server_that_has_one_of_the_two_passwords_is_given_the_other(store, name):
    store.redis(2).config_set(name, NEW)
    assert apply(store, 0) == servers(store, 0, 1, 2)
    assert [kept(store, number) for number in range(3)] == [{NEW}] * 3


def test_a_server_that_cannot_keep_the_password_is_named_and_the_others_have_it(store):
    os.rename(store.folders[2], store.folders[2] + '.gone')
    with pytest.raises(NotDone) as refusal:
        apply(store, 0)
    assert str(refusal.value).startswith('password: refused by %s: ' % store.addresses[2])
    assert NEW not in str(refusal.value) and PASSWORD not in str(refusal.value)
    os.rename(store.folders[2] + '.gone', store.folders[2])
    assert [kept(store, number) for number in (0, 1)] == [{NEW}] * 2
    wait(lambda: store.complete(NEW))
    assert apply(store, 0, check=True) == []
    assert apply(store, 2, check=True) == apply(store, 2) == servers(store, 2)
    assert (kept(store, 2), apply(store, 2)) == ({NEW}, [])


def test_without_the_own_redis_server_nothing_is_changed(store, monkeypatch):
    monkeypatch.setattr(connection, 'START_TIMEOUT', 1)
    store.kill(0, 'redis')
    with pytest.raises(NotDone) as refusal:
        apply(store, 0)
    assert str(refusal.value) == 'an answer of the redis server here: not within 1 s'
    assert taken(store, 1, PASSWORD)


@pytest.mark.parametrize('changed', [False, True])
def test_commands_see_the_store_whether_deployment_file_or_servers_are_ahead(store, changed):
    """The deployment file is a task earlier than the servers; on Fuel 7.0 and 8.0 others' servers are earlier still."""
    handover.handover(store.deployment(0))
    new = wait(lambda: store.master() or None)
    wait(store.complete)
    if changed:
        apply(store, 0)
    seen = (store.deployment if changed else lambda number: deployment(store, number))(2)
    assert master.find_master(seen, store.folders[2]).address == store.addresses[new]
    for number in range(3):
        store.kill(number, 'sentinel')
    assert master.find_master(seen, store.folders[2]) == (store.addresses[new], store.ports[0], 'redis')


def test_a_sentinel_that_restarts_before_the_change_still_logs_in(store):
    folder = store.folders[1]
    assert apply_sentinel(deployment(store, 1), conf_dir=folder) == []
    apply(store, 0)
    # A server that was off meanwhile has the old password in its file: the master has the right one.
    with open(os.path.join(folder, 'redis.conf')) as conf:
        text = conf.read()
    write(os.path.join(folder, 'redis.conf'), text.replace(NEW, PASSWORD))
    assert 'auth-pass' not in apply_sentinel(deployment(store, 1), conf_dir=folder)

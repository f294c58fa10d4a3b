# SPDX-License-Identifier: Apache-2.0
"""What a deployment applies to a running sentinel."""

import os

from ceilometer_redis.store import connection, handover, sentinel
from ceilometer_redis.store.master import find_master
from ceilometer_redis.store.queries import master_state, subjectively_down
from conftest import NAME, PASSWORD
from waiting import wait


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
        wait(lambda: master_state(store.deployment(2), store.addresses[2])['runid'], 20)


def test_a_sentinel_that_was_told_the_master_meanwhile_is_content(shared_store):
    """By its start, while a deployment waits for it: both found that it watches nothing."""
    deployment, folder = shared_store.deployment(1), shared_store.folders[1]
    master = find_master(deployment, folder)
    sentinel.monitor(deployment, shared_store.sentinel(1), master, folder)
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) in ([], ['password in the log'])
    assert shared_store.complete()


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


def test_a_sentinel_that_was_refused_is_told_the_password_again(store):
    deployment, folder = store.deployment(1), store.folders[1]
    for number in range(3):
        store.redis(number).config_set('requirepass', 'An0therPassword')
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'auth-pass', PASSWORD)
    store.cut_connections('An0therPassword')
    wait(lambda: sorted(subjectively_down(deployment, store.addresses[1])) == list(store.addresses[:3]))
    for number in range(3):
        store.redis(number, 'An0therPassword').config_set('requirepass', PASSWORD)
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder)[0] == 'auth-pass'
    assert sentinel.apply_sentinel(deployment, conf_dir=folder)[0] == 'auth-pass'
    wait(lambda: subjectively_down(deployment, store.addresses[1]) == [], 5)
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == []


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

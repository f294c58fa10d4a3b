# SPDX-License-Identifier: Apache-2.0
"""What status says of a store."""

import signal
import time

from ceilometer_redis.store import connection, health
from conftest import NAME, PASSWORD
from waiting import wait


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
    wait(lambda: health.can_fail_over(store.deployment(0), store.addresses[0], 2))
    store.kill(2, 'sentinel')
    wait(lambda: not health.can_fail_over(store.deployment(0), store.addresses[0], 1))
    assert 'node-1: sentinel sees too few others for a failover' in health.status(store.deployment(0))['problems']


def test_status_names_a_server_that_a_sentinel_cannot_log_in_to(store):
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'auth-pass', 'wrong')
    store.cut_connections(PASSWORD)
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

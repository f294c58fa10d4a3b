# SPDX-License-Identifier: Apache-2.0
"""What is found wrong with a real store, and how soon."""

import os
import shutil
import signal
import time

import pytest
import redis

from ceilometer_redis import clock
from ceilometer_redis.guard import groups
from ceilometer_redis.health import members, screen, snapshot, summary
from ceilometer_redis.store import connection
from ceilometer_redis.store.connection import connect_redis
from conftest import NAME, PASSWORD
from guarding import GROUP, SERVICE, guard_of
from waiting import wait

#: Seconds: less than one after another those that are off would take. It is 1.5 s where nothing else runs.
SOON = 4


def test_nothing_is_wrong_with_a_store_that_was_just_made(shared_store):
    assert shared_store.wrong() == []
    found = summary.summarize(shared_store.snapshot(), [])
    assert found['master'] == shared_store.addresses[0]
    assert [(row['role'], row['sentinel_master'], row['sentinels'], row['replicas'], row['quorum'])
            for row in found['controllers']] == [
                (role, shared_store.addresses[0], 3, 2, 2) for role in ('master', 'slave', 'slave')]
    assert [row['lag'] in (0, 1, 2) for row in found['controllers']] == [False, True, True]
    assert found['failover'] == {'epoch': 0, 'at': None, 'from': None, 'to': None, 'why': None}


def test_a_controller_whose_daemons_are_gone_is_named(store):
    store.kill(2)
    assert store.wrong() == [('redis-down', 'node-3'), ('sentinel-down', 'node-3')]


def test_after_the_masters_end_an_election_is_said_to_be_near_and_then_when_it_was(store):
    store.kill(0)
    assert ('electing-a-master', '') in store.wrong()
    wait(lambda: store.wrong(1) == [('redis-down', 'node-1'), ('sentinel-down', 'node-1')])
    failover = summary.summarize(store.snapshot(1), [])['failover']
    assert failover['epoch'] == 1 and failover['to'] in ('node-2', 'node-3')
    # Of sentinels that run for less than half a minute nobody knows whether it was their start.
    assert failover['at'] is None


def test_without_a_majority_of_sentinels_there_is_no_election(store):
    store.kill(0)
    store.kill(1, 'sentinel')
    assert ('no-redis-master', '') in store.wrong(2)


@pytest.mark.parametrize('daemon', ['redis', 'sentinel'])
def test_a_daemon_that_hangs_costs_no_time(store, daemon):
    store.signal(0, daemon, signal.SIGSTOP)
    store.signal(1, daemon, signal.SIGSTOP)
    begun = clock.uptime()
    found = store.wrong(2)
    assert clock.uptime() - begun < SOON
    assert ('%s-down' % daemon, 'node-1') in found and ('%s-down' % daemon, 'node-2') in found
    for number in (0, 1):
        store.signal(number, daemon, signal.SIGCONT)


def test_addresses_that_nobody_has_cost_no_time(store):
    deployment = store.deployment(0)
    for controller in deployment['controllers'][1:]:
        controller['address'] = '192.0.2.%s' % controller['address'].rpartition('.')[2]
    deployment['addresses'] = [controller['address'] for controller in deployment['controllers']]
    begun = clock.uptime()
    snapshot.take(deployment, store.folders[0], '/nowhere')
    assert clock.uptime() - begun < SOON


def test_a_replica_that_cannot_log_in_is_named(store):
    store.redis(2).config_set('masterauth', 'wrong')
    store.redis(2).execute_command('slaveof', 'no', 'one')
    store.redis(2).execute_command('slaveof', store.addresses[0], store.ports[0])
    assert ('replica-not-linked', 'node-3') in store.wrong()


def test_a_sentinel_that_could_elect_nobody_is_named(store):
    store.kill(1, 'sentinel')
    wait(lambda: store.wrong() == [('sentinel-down', 'node-2')])
    store.kill(2, 'sentinel')
    wait(lambda: ('no-failover', 'node-1') in store.wrong())


def test_a_server_that_a_sentinel_cannot_log_in_to_is_named(store):
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'auth-pass', 'wrong')
    store.cut_connections(PASSWORD)
    wait(lambda: store.wrong() == [('sentinel-blind', 'node-2')])
    found, = [finding for finding in store.findings() if finding.name == 'sentinel-blind']
    assert found.what == 'sentinel on node-2 calls redis on node-1, node-2, node-3 down, but it answers'


def test_a_sentinel_that_was_paused_is_named(store):
    store.signal(1, 'sentinel', signal.SIGSTOP)
    time.sleep(3)
    store.signal(1, 'sentinel', signal.SIGCONT)
    wait(lambda: ('sentinel-paused', 'node-2') in store.wrong())


def test_replicas_that_must_not_be_promoted_are_named_before_the_master_ends(store):
    for number in (1, 2):
        store.redis(number).config_set('slave-priority', 0)
    assert store.wrong() == [('no-candidate', '')]
    store.kill(0)
    assert ('no-redis-master', '') in store.wrong(1)


def test_other_settings_of_a_sentinel_are_named(store):
    connection.sentinel_command(store.sentinel(1), 'set', NAME, 'down-after-milliseconds', 30000)
    if store.version >= (2, 8, 5):
        connection.sentinel_command(store.sentinel(2), 'set', NAME, 'quorum', 1)
    assert store.wrong() == [('sentinel-settings', 'node-2')] + (
        [('sentinel-settings', 'node-3')] if store.version >= (2, 8, 5) else [])


def test_a_sentinel_that_is_no_controllers_is_named(store):
    # It was a controller's, and has gone without being forgotten.
    store.add(3)
    store.start_redis(3)
    store.start_sentinel(3)
    wait(lambda: all(int(state['num-other-sentinels']) == 3 for state in store.states()), 60)
    store.kill(3)
    store.remove(3)
    found = store.wrong()
    assert [('phantom-sentinel', 'node-%d' % number) for number in (1, 2, 3)] == [
        each for each in found if each[0] == 'phantom-sentinel']


def test_a_master_that_refuses_writes_is_named(store):
    store.redis(0).config_set('maxmemory-policy', 'noeviction')  # before 3.0 that is not the default
    store.redis(0).config_set('maxmemory', 1)
    assert store.wrong() == [('no-writes', 'node-1')]
    store.redis(0).config_set('maxmemory', 0)
    assert store.wrong() == []


def test_a_master_that_does_not_count_its_replicas_is_named(store):
    if store.version < (2, 8, 10):
        pytest.skip('this redis has no min-slaves-to-write that is of use')
    store.redis(0).config_set('min-slaves-to-write', 3)
    assert store.wrong() == [('no-writes', 'node-1')]


def test_a_file_that_cannot_be_rewritten_is_named(store):
    # Nothing can be made in a directory that is gone.
    shutil.rmtree(store.folders[2])
    try:
        store.redis(2).bgrewriteaof()
    except redis.ResponseError:
        pass  # since 7.0 it fails before it has begun
    wait(lambda: store.wrong() == [('data-not-saved', 'node-3')])


def test_clients_near_their_limit_are_named(store):
    client = store.redis(2)
    client.config_set('maxclients', client.info()['connected_clients'] + 2)
    wait(lambda: store.wrong() == [('clients-near-limit', 'node-3')])


@pytest.mark.usefixtures('guarded')
def test_members_are_whose_their_guards_say_and_others_nobodys(shared_store, agent, tmp_path):
    living, stranger = agent(shared_store, 'living'), agent(shared_store, 'stranger', 'join')
    guard_of(shared_store, 0, tmp_path).look()
    seen = shared_store.snapshot()
    own = shared_store.deployment(0)['node']['fqdn']
    assert seen['store']['groups'] == {GROUP: ['living', 'stranger']}
    assert seen['store']['published'][own] == {'living': [GROUP]}
    assert set(seen['store']['left']) == set(['living', 'stranger'])
    assert 0 <= seen['store']['looked'][own] < 5
    group, = summary.summarize(seen, [])['groups']
    assert [(found['member'], found['controller']) for found in group['members']] == [
        ('living', 'node-1'), ('stranger', None)]
    assert 0 <= group['members'][0]['beat'] < 5
    assert group['service'] == SERVICE
    assert 'stranger' in screen.render(summary.summarize(seen, []))
    assert living and stranger


def test_what_tooz_and_the_guards_did_not_write_is_passed_over(shared_store):
    client, deployment = shared_store.redis(0), shared_store.deployment(0)
    own = deployment['node']['fqdn']
    client.sadd(groups.GROUPS, b'\xff', 'central-global', 'central-7', 'central-' + 'x' * 100, 'alarm_evaluator')
    client.hset(groups.GROUP + 'central-global', b'\xfe', 1)
    client.hset(groups.GROUP + 'central-global', 'x', 1)
    client.set(groups.GROUP + 'central-7', 'no hash')
    for number in range(members.LONGEST + 1):
        client.hset(groups.GROUP + 'alarm_evaluator', str(number), 1)
    client.hset(groups.REGISTRY + own, 'x', 'no list')
    client.set(groups.BEAT + 'x', 'for ever')
    bytes_client = connect_redis(deployment, shared_store.addresses[0], decode=False, conf_dir=shared_store.folders[0])
    found = members.read(bytes_client, deployment)
    assert found['groups'] == {'central-global': ['x']}
    assert found['left'] == {}
    assert set(map(str, found['published'])) == set(each['fqdn'] for each in deployment['controllers'])
    assert not any(found['published'].values())


def test_the_password_is_in_no_part_of_a_snapshot_but_the_deployment(shared_store):
    seen = shared_store.snapshot()
    assert PASSWORD not in repr(dict(seen, deployment=None))
    assert PASSWORD not in repr(summary.summarize(seen, shared_store.findings()))
    assert not os.path.exists('/nowhere')

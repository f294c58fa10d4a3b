# SPDX-License-Identifier: Apache-2.0
"""The agents redis-server and redis-sentinel on three controllers, whose sentinels decide who is master."""

import pytest

from controller import CONF, DATA, ERROR, OK, PASSWORD, begin, master_of, wait

SERVER, SENTINEL = CONF


def roles(controllers):
    return [controller.role() for controller in controllers]


def test_the_first_start_makes_fuels_primary_controller_master(controllers):
    """Whoever is first."""
    starts = [controller.act(SERVER, 'start') for controller in reversed(controllers)][::-1]
    assert [start.code for start in starts] == [OK] * 3
    assert roles(controllers) == ['master', 'slave', 'slave']
    assert 'start: as master' in starts[0].said
    for start in starts[1:]:
        assert f'start: as replica of {controllers[0].address} port 6379' in start.said
    begin(controllers)
    assert [controller.act(agent, 'monitor').code for controller in controllers for agent in CONF] == [OK] * 6


def test_what_the_master_is_told_its_replicas_have(store):
    """Without that a failover empties the store; a link that is up does not say so."""
    master_of(store).redis().set('told', 'value')
    wait(lambda: [controller.redis().get('told') for controller in store] == ['value'] * 3)


def test_a_master_that_stops_hands_over_first(store):
    old = master_of(store)
    stop = old.act(SERVER, 'stop')
    new = master_of(store)
    assert (stop.code, old.processes(':6379')) == (OK, {})
    assert 'no handover' not in stop.said
    assert new not in (old, None), 'sentinels alone take 5 s'
    assert new.role() == 'master'


def test_a_master_that_was_dead_follows_the_new_one(store):
    old = master_of(store)
    old.kill(SERVER)
    new = wait(lambda: master_of(store) not in (old, None) and master_of(store))
    old.start(SERVER)
    wait(lambda: old.follows(new))
    assert roles(store).count('master') == 1


@pytest.mark.alone
def test_a_master_that_a_script_keeps_busy_is_replaced_and_follows_the_new_one_when_it_was_restarted(store):
    old = master_of(store)
    old.shell(f"(printf 'AUTH {PASSWORD}\\nEVAL \"while true do end\" 0\\n' | redis-cli -h {old.address}) "
              '>/dev/null 2>&1 &')
    monitor = old.act(SERVER, 'monitor')
    assert monitor.code == ERROR
    new = wait(lambda: master_of(store) not in (old, None) and master_of(store), 20)
    stop = old.act(SERVER, 'stop')
    assert (stop.code, old.processes(':6379')) == (OK, {})
    old.start(SERVER)
    wait(lambda: old.follows(new))
    assert roles(store).count('master') == 1


def test_a_replica_whose_data_cannot_be_read_gets_the_masters(store):
    master = master_of(store)
    master.redis().set('key', 'value')
    broken = store[store.index(master) - 1]
    spoil(broken)
    broken.start(SERVER)
    wait(lambda: broken.follows(master))
    assert broken.redis().get('key') == 'value'


def test_a_master_whose_data_cannot_be_read_gets_its_successors(store):
    """They are those of all: with its own gone it would be the master of an empty store."""
    old = master_of(store)
    old.redis().set('key', 'value')
    wait(lambda: all(controller.redis().get('key') for controller in store))
    spoil(old)
    old.start(SERVER)
    new = wait(lambda: master_of(store) not in (old, None) and master_of(store))
    wait(lambda: old.follows(new))
    assert [controller.redis().get('key') for controller in store] == ['value'] * 3


@pytest.mark.parametrize('loss', [f'rm -r {DATA}/*', f'find {DATA} -type f -exec truncate -s 0 {{}} +'])
def test_a_master_that_has_lost_its_data_gets_its_successors(store, loss):
    """It would empty the others."""
    old = master_of(store)
    old.redis().set('key', 'value')
    wait(lambda: all(controller.redis().get('key') for controller in store))
    old.kill(SERVER)
    old.shell(loss)
    start = old.act(SERVER, 'start')
    assert start.code == OK, start
    new = wait(lambda: master_of(store) not in (old, None) and master_of(store))
    wait(lambda: old.follows(new))
    assert [controller.redis().get('key') for controller in store] == ['value'] * 3


def test_a_stop_that_can_hand_over_to_nobody_is_a_stop(store):
    for controller in store:
        controller.kill(SENTINEL)
    master, = [controller for controller in store if controller.role() == 'master']
    stop = master.act(SERVER, 'stop')
    assert (stop.code, master.processes()) == (OK, {})
    assert 'stop: no handover, the sentinels will find out: ' in stop.said


def spoil(controller):
    """Kill a controller's redis server and give it data that it cannot read."""
    controller.kill(SERVER)
    controller.shell(f'rm -r {DATA}/*')
    controller.write(f'{DATA}/appendonly.aof', 'not a command\r\n*1\r\n$4\r\nPING\r\n')
    controller.shell(f'chown redis:redis {DATA}/*')

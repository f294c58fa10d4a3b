"""The agents redis-server and redis-sentinel on three controllers, whose sentinels decide who is master."""

import os

import pytest

from controller import CONF, DATA, OK, at_once, begin, wait

SERVER, SENTINEL = CONF


def roles(controllers):
    return [controller.role() for controller in controllers]


def named(controller):
    """The address that a controller's sentinel tells those who ask for the master."""
    return controller.sentinel().execute_command('sentinel', 'get-master-addr-by-name', 'ceilometer-redis')[0]


def linked(controller, master):
    """Whether a controller's redis server is a replica that has its master's data."""
    found = controller.redis().info('replication')
    return (found['role'], found.get('master_host'), found.get('master_link_status')) == ('slave', master.address, 'up')


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


def test_a_master_that_was_dead_follows_the_new_one(store):
    old = store[0]
    old.kill(SERVER)
    wait(lambda: {named(controller) for controller in store} - {old.address} and len(set(map(named, store))) == 1)
    old.start(SERVER)
    new, = [controller for controller in store if controller.address == named(old)]
    wait(lambda: linked(old, new))
    assert roles(store).count('master') == 1


def test_a_master_that_stops_hands_over_first(store):
    old = store[0]
    stop = old.act(SERVER, 'stop')
    masters = set(map(named, store))
    assert (stop.code, old.processes(':6379')) == (OK, {})
    assert 'no handover' not in stop.said
    assert len(masters) == 1 and masters != {old.address}
    new, = [controller for controller in store[1:] if controller.address in masters]
    assert new.role() == 'master'


def test_a_stop_that_can_hand_over_to_nobody_is_a_stop(store):
    for controller in store:
        controller.kill(SENTINEL)
    stop = store[0].act(SERVER, 'stop')
    assert (stop.code, store[0].processes()) == (OK, {})
    assert 'stop: no handover, the sentinels will find out: ' in stop.said


def test_a_replica_whose_data_cannot_be_read_gets_the_masters(store):
    store[0].redis().set('key', 'value')
    broken = store[2]
    broken.kill(SERVER)
    spoil(broken)
    broken.start(SERVER)
    wait(lambda: linked(broken, store[0]))
    assert broken.redis().get('key') == 'value'
    assert kept_aside(broken)


def test_a_master_whose_data_cannot_be_read_gets_its_successors(store):
    """They are those of all: with its own gone it would be the master of an empty store."""
    store[0].redis().set('key', 'value')
    wait(lambda: all(controller.redis().get('key') for controller in store))
    old = store[0]
    old.kill(SERVER)
    spoil(old)
    old.start(SERVER)
    new, = [controller for controller in store if controller.address == named(old)]
    assert new is not old
    wait(lambda: linked(old, new))
    assert [controller.redis().get('key') for controller in store] == ['value'] * 3
    assert kept_aside(old)


def spoil(controller):
    """Make what a server has kept unreadable for it."""
    controller.shell(f'find {DATA} -name "*.aof" -type f -exec sh -c \'echo "not a command" >$1; '
                     'printf "%s\\r\\n" "*1" "\\$4" PING >>$1\' - {} \\;; find ' + DATA + ' -name "*.rdb" -delete')


def kept_aside(controller):
    return [name for name in os.listdir(controller.path(DATA)) if name.startswith('unreadable.')]

# SPDX-License-Identifier: Apache-2.0
"""What the agent redis-sentinel does besides what daemons have in common."""

from controller import ERROR, OK

AGENT = 'redis-sentinel'


def test_one_watches_the_master_after_its_start(controller):
    controller.start('redis-server', AGENT)
    assert controller.watched() == (controller.address, 0, 0)


def test_one_starts_beside_a_dead_master_that_it_knows(controller):
    controller.start('redis-server', AGENT)
    controller.kill('redis-server')
    controller.kill(AGENT)
    controller.start(AGENT)
    assert controller.act(AGENT, 'monitor').code == OK
    assert controller.watched() == (controller.address, 0, 0)


def test_one_that_watches_nothing_is_an_error_and_its_start_mends_it(controller):
    controller.start('redis-server', AGENT)
    controller.sentinel().execute_command('sentinel', 'remove', 'ceilometer-redis')
    monitor = controller.act(AGENT, 'monitor')
    assert monitor.code == ERROR
    assert monitor.reasons == [f'{AGENT} (pid {controller.pid(AGENT)}) does not watch the master ceilometer-redis, '
                               'which only a start mends']
    controller.start(AGENT)
    assert controller.act(AGENT, 'monitor').code == OK
    assert controller.watched() == (controller.address, 0, 0)


def test_one_that_cannot_be_told_the_master_has_not_started(controller):
    controller.replace_helper("echo 'ceilometer-redis: sentinel: no such thing' >&2; exit 1")
    start = controller.act(AGENT, 'start')
    assert start.code == ERROR
    assert start.reasons == ['ceilometer-redis apply sentinel fails: sentinel: no such thing']

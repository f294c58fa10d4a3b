# SPDX-License-Identifier: Apache-2.0
"""What the operator is promised: each resource is polled exactly once per cycle, whatever ends."""

import time

from lab import telemetry, waiting
from polling import cycles, master, members, status

REDIS = 'redis-server .*:6379'


def test_each_image_is_polled_once_per_cycle_by_more_than_one_controller(settled):
    report = cycles(settled, 6)
    assert len(report['cycles']) >= 6
    assert report['exactly_once'], report
    assert len({host for cycle in report['cycles'] for host in cycle['by']}) > 1


def test_a_redis_master_that_is_killed_runs_again_and_each_image_is_polled_once(settled):
    victim = master(settled)
    killed = victim.kill(REDIS)
    waiting.until(lambda: victim.pids(REDIS) not in ([], killed), 60, 'the redis server again')
    waiting.until(lambda: status(victim)['problems'] == [], 90, 'a healthy store')
    report = cycles(settled, 3)
    assert report['exactly_once'], report


def test_the_loss_of_the_masters_controller_costs_a_failover_and_a_membership(settled, measured):
    lab, victim = settled, master(settled)
    witness = next(host for host in lab.controllers if host is not victim)
    lost = time.time()
    victim.power_off()
    waiting.until(lambda: status(witness)['master'] not in (None, victim.address), 60, 'another redis master')
    measured("power loss of the master's controller, another master after", time.time() - lost)
    waiting.until(lambda: len(members(witness)) == 2, 90, 'the end of the membership')
    ended = time.time()
    measured("power loss of the master's controller, membership ended after", ended - lost)
    report = cycles(lab, 4, since=ended + 2 * telemetry.INTERVAL)
    assert report['exactly_once'], report
    assert victim.fqdn not in {host for cycle in report['cycles'] for host in cycle['by']}

"""What the operator is promised: each resource is polled exactly once per cycle, whatever ends."""

import time

from lab import telemetry, waiting
from polling import cycles, members, status


def test_each_image_is_polled_once_per_cycle_by_more_than_one_controller(settled):
    report = cycles(settled, 6)
    assert len(report['cycles']) >= 6
    assert report['exactly_once'], report
    assert len({host for cycle in report['cycles'] for host in cycle['by']}) > 1


def test_the_loss_of_the_masters_controller_costs_a_failover_and_a_membership(settled, measured):
    lab, master = settled, status(settled.controllers[0])['master']
    victim = next(host for host in lab.controllers if host.address == master)
    witness = next(host for host in lab.controllers if host is not victim)
    lost = time.time()
    victim.power_off()
    waiting.until(lambda: status(witness)['master'] not in (None, master), 60, 'another redis master')
    measured("power loss of the master's controller, another master after", time.time() - lost)
    waiting.until(lambda: len(members(witness)) == 2, 90, 'the end of the membership')
    ended = time.time()
    measured("power loss of the master's controller, membership ended after", ended - lost)
    report = cycles(lab, 4, since=ended + telemetry.INTERVAL)
    assert report['exactly_once'], report
    assert victim.fqdn not in {host for cycle in report['cycles'] for host in cycle['by']}

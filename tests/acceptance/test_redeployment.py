# SPDX-License-Identifier: Apache-2.0
"""The plugin's tasks a second time, as every `deploy changes` runs them."""

import time

from lab import astute, waiting
from polling import AGENT, EVALUATOR, GUARD, pids, status

PROCESSES = ('redis-server', AGENT, EVALUATOR, GUARD)


def test_a_second_deployment_changes_nothing_and_leaves_the_master_where_it_is(settled, visible, measured):
    lab, primary = settled, settled.controllers[0]
    if status(primary)['master'] == primary.address:
        primary.run('ceilometer-redis handover')
        waiting.until(lambda: status(primary)['problems'] == [], 60, 'a healthy store')
    before, master = pids(lab, *PROCESSES), status(primary)['master']
    assert master != primary.address
    started = time.monotonic()
    with visible():
        runs = astute.deploy(lab)
    measured('second deployment', time.monotonic() - started)
    assert [(run.task, run.node) for run in runs if run.changed] == []
    assert pids(lab, *PROCESSES) == before
    assert status(primary)['master'] == master

# SPDX-License-Identifier: Apache-2.0
"""Faults in an order that nobody planned; played with ``-m walk`` alone.

Each step is one of ``moves.py``: a fault, and its repair before the next one.
"""

import contextlib
import itertools
import os

import pytest

import invariants
import moves
import polling
from lab import telemetry
from lab.failure import Failure

SEEDS, STEPS = [int(seed) for seed in os.environ.get('SEED', '1').split()], int(os.environ.get('STEPS', '20'))

# Seconds until the store takes writes again.
WRITABLE = 15

# Seconds until the agents of a controller that Pacemaker had given up run again, in their turn.
TURN = 6 * telemetry.INTERVAL

# Seconds until Pacemaker has nothing left to do, and until no check finds anything wrong.
SETTLED, HEALTHY = 180, 120

# When these hold nothing is left of a fault: not the half minute in which a sentinel that hung does nothing either.
OVER = (invariants.STORE, invariants.Invariant('the check finds nothing wrong', HEALTHY, invariants.healthy))


@contextlib.contextmanager
def named(what, seed):
    """A context whose failure says in which step it was and how to play the walk again."""
    try:
        yield
    except (AssertionError, Failure) as failure:
        again = f"make faults FAULTS='-m walk' SEED={seed} STEPS={STEPS}"
        raise AssertionError(f'{what}, of: {again}\n{failure}') from failure


def await_end(scene):
    """Wait until nothing is left of a fault that has been repaired."""
    scene.controllers[0].run(f'crm_resource --wait --timeout {SETTLED}', timeout=SETTLED + 10)
    for invariant in OVER:
        wrong = invariants.judge(invariant, scene).wrong
        assert not wrong, f'{invariant.name}: {"; ".join(wrong)}'


@pytest.mark.walk
@pytest.mark.unseen('a step is a fault whose own scenario says it; it may be shorter here')
@pytest.mark.parametrize('seed', SEEDS, ids='seed-{}'.format)
def test_a_random_walk(scene, visible, seed):
    """One fault after another, each repaired before the next: whatever the order, none leaves anything behind."""
    for number, step in enumerate(itertools.islice(moves.walk(seed), STEPS), 1):
        (fault, repair, play, *_), role, seconds, checked = step
        where = f'step {number} of {STEPS}'
        with named(f'{where}: {role}: {fault}', seed):
            host = moves.ROLES[role](scene)
            with visible():
                print(f'seed {seed}, {where}: {host.name}, of the {role}: {fault}, {seconds} s', flush=True)
            scene.fault(f'{host.name}, of the {role}: {fault}')
            broken = scene.noted
            with play(scene, host):
                polling.pass_time(scene.noted + seconds)
                scene.repaired(f'{host.name}: {repair}')
            await_end(scene)
            assert scene.longest_gap(since=broken) <= WRITABLE
            if checked or number == STEPS:
                scene.check(right=TURN)

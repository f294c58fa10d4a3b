# SPDX-License-Identifier: Apache-2.0
"""A random walk of faults: the seed alone decides, one fault at a time, and a failure says how to play it again."""

import contextlib
import itertools
import types

import pytest

import moves
import test_walk

STEPS = 20


def walk(seed, steps=STEPS):
    return list(itertools.islice(moves.walk(seed), steps))


def test_a_seed_has_one_walk_and_a_shorter_one_is_its_beginning():
    assert walk(1) == walk(1)
    assert walk(1) != walk(2)
    assert walk(1, 5) == walk(1)[:5]


def test_every_move_is_played_on_a_role_of_its_own_within_ten_seeds():
    steps = [step for seed in range(1, 11) for step in walk(seed)]
    assert {step.move.fault for step in steps} == {move.fault for move in moves.MOVES}
    assert {step.role for step in steps} == set(moves.ROLES)
    assert all(step.role in step.move.roles and step.seconds in step.move.lasts for step in steps)


def test_no_two_moves_have_one_name():
    assert len({move.fault for move in moves.MOVES}) == len(moves.MOVES)


@pytest.mark.parametrize('seed', range(1, 11))
def test_all_invariants_are_asked_at_least_every_few_steps(seed):
    unchecked = [len(list(steps)) for checked, steps in itertools.groupby(walk(seed, 200), lambda step: step.checked)
                 if not checked]
    assert max(unchecked) < moves.UNCHECKED


class Host:
    """A host that notes what is done to it; what was killed runs anew."""

    def __init__(self, name, done):
        self.name = self.fqdn = name
        self.done, self.last = done, 0

    def kill(self, pattern, signal='KILL'):
        self.done.append(f'kill -{signal} {pattern}')
        return self.pids(pattern)

    def pids(self, pattern):
        self.last += 1
        # What a standby ends is away until the host is online again.
        return [] if self.done[-1] == f'crm node standby {self.name}' else [self.last]

    def run(self, command, **_):
        self.done.append(command)

    def __getattr__(self, name):
        return lambda: self.done.append(name)


@pytest.fixture
def played(monkeypatch):
    """A Scene whose ``done`` is what was done to its hosts, and between that its notes, ends of faults and checks."""
    done = []
    hosts = [Host(name, done) for name in ('node-1', 'node-2', 'node-3')]
    scene = types.SimpleNamespace(controllers=hosts, master=hosts[1], lab=None, noted=0, done=done)
    scene.others = lambda *those: [host for host in hosts if host not in those]
    scene.successor = lambda host: done.append('successor')
    scene.redis = lambda host, *commands: done.extend(commands)
    scene.fault = lambda what: done.append(('fault', what))
    scene.repaired = lambda what: done.append(('repair', what))
    scene.longest_gap = lambda since: 0
    scene.check = lambda **_: done.append('check')
    monkeypatch.setattr('lab.network.partition', lambda *_: done.append('partition'))
    monkeypatch.setattr('lab.network.heal', lambda *_: done.append('heal'))
    monkeypatch.setattr('lab.cluster.online', lambda host: done.append('online?') or ['node-1', 'node-2', 'node-3'])
    monkeypatch.setattr('lab.astute.deploy', lambda *_, **__: done.append('deploy') or [])
    monkeypatch.setattr('polling.known', lambda host: 'member')
    monkeypatch.setattr('polling.members', lambda host: done.append('members?') or hosts)
    monkeypatch.setattr('polling.pass_time', lambda until: None)
    monkeypatch.setattr(test_walk, 'STEPS', STEPS)
    monkeypatch.setattr(test_walk, 'await_end', lambda scene: done.append('end'))
    return scene


@pytest.mark.parametrize('move', moves.MOVES, ids=[move.fault for move in moves.MOVES])
def test_a_move_breaks_something_and_repairs_it_or_waits_for_who_does(played, move):
    host = moves.ROLES[move.roles[0]](played)
    asked = host.last
    with move.play(played, host):
        broken, last = list(played.done), host.last
    assert broken and (last, played.done) != (asked, [])
    # A deployment is over when it returns.
    assert move.play is moves.deployed or (host.last, played.done) != (last, broken)


def play(scene):
    test_walk.test_a_random_walk(scene, contextlib.nullcontext, seed=3)


def test_a_fault_comes_when_the_one_before_is_repaired_and_nothing_is_left_of_it(played):
    play(played)
    marks = [entry if entry in ('end', 'check') else entry[0] for entry in played.done
             if entry in ('end', 'check') or isinstance(entry, tuple)]
    checked = [step.checked for step in walk(3)]
    checked[-1] = True
    assert marks == [mark for each in checked for mark in ('fault', 'repair', 'end', *(['check'] if each else []))]


def test_each_step_is_said_with_its_controller_when_it_is_done(played, capsys):
    play(played)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == STEPS
    step = walk(3)[0]
    host = moves.ROLES[step.role](played)
    assert said[0] == f'seed 3, step 1 of 20: {host.name}, of the {step.role}: {step.move.fault}, {step.seconds} s'


def test_a_failure_says_in_which_step_and_how_to_play_the_walk_again(played):
    played.longest_gap = lambda since: 99
    step = walk(3)[0]
    with pytest.raises(AssertionError, match=f'^step 1 of 20: {step.role}: {step.move.fault}, of: '
                                             "make faults FAULTS='-m walk' SEED=3 STEPS=20\n"):
        play(played)

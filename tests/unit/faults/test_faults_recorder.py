# SPDX-License-Identifier: Apache-2.0
"""What the scenarios' recorder makes of the probes' looks, and the report of the samples."""

import types

import pytest

import recorder
import report


def looks(*seen):
    """A probe's looks: (asked, time, what it saw)."""
    return [{'asked': asked, 'time': time, **look} for asked, time, look in seen]


def writes(*results):
    """A write every second, from 1 on: whether each succeeded."""
    return looks(*((second, second, {'error': None if good else 'no'}) for second, good in enumerate(results, 1)))


GAPS = {
    'nobody is refused': ([(1, 1, 1, 1)] * 3, []),
    'one of three is refused': ([(1, 1, 1, 1), (1, 1, 1, 1), (1, 0, 0, 1)], []),
    'two of three are refused': ([(1, 1, 1, 1), (1, 0, 0, 1), (1, 0, 0, 1)], [(2, 4)]),
    'one of two is refused': ([(1, 1, 1, 1), (1, 0, 0, 1)], [(2, 4)]),
    'twice': ([(1, 0, 1, 0, 1)], [(2, 3), (4, 5)]),
    'still at the end': ([(1, 1, 0, 0)], [(3, 5)]),
}


@pytest.mark.parametrize('results, gaps', GAPS.values(), ids=GAPS)
def test_a_gap_is_where_no_majority_of_the_living_can_write(results, gaps):
    probes = {str(number): writes(*result) for number, result in enumerate(results)}
    found = recorder.gaps(probes, 1, 1 + len(results[0]))
    assert [(round(start, 1), round(end, 1)) for start, end in found] == gaps


def test_a_write_that_failed_late_was_not_possible_from_when_it_was_asked_for():
    seen = looks((1, 1, {'error': None}), (2, 5, {'error': 'timed out'}), (5, 5, {'error': None}))
    assert [(round(start, 1), round(end, 1)) for start, end in recorder.gaps({'node-1': seen}, 1, 6)] == [(2, 5)]


def test_a_probe_that_is_silent_has_no_vote():
    silent, refused = writes(1), writes(1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    found = recorder.gaps({'node-1': silent, 'node-2': writes(*[1] * 10), 'node-3': writes(*[1] * 10),
                           'node-4': refused, 'node-5': refused}, 1, 10)
    # From its silence on it is two against two, and before that it still had what it saw last.
    assert [(round(start, 1), round(end, 1)) for start, end in found] == [(1 + recorder.SILENCE, 10)]


def own(*states):
    return looks(*((second, second, {'role': role, 'writable': writable})
                   for second, (role, writable) in enumerate(states, 1)))


def test_a_master_is_a_server_that_calls_itself_so_and_takes_writes():
    master, replica, refusing = ('master', True), ('slave', False), ('master', False)
    mastered = recorder.masters({'node-1': own(master, master, master, refusing, replica),
                                 'node-2': own(replica, replica, master, master, master)}, 1, 6)
    assert [(round(start, 1), round(end, 1), name) for start, end, name in mastered] == [
        (1, 4, 'node-1'), (3, 6, 'node-2')]
    assert recorder.overlap(mastered) == pytest.approx(1)


def test_one_master_after_the_other_is_no_overlap():
    assert recorder.overlap([(1, 4, 'node-1'), (4, 6, 'node-2')]) == 0


def test_a_line_still_being_written_is_not_read(tmp_path):
    lines = tmp_path / 'upper' / recorder.LINES
    lines.parent.mkdir(parents=True)
    lines.write_text('{"kind": "own", "asked": 1}\n{"kind": "write", "asked": 2}\n{"kind": "own", "asked": 3}\n{"kin')
    assert recorder.looks(types.SimpleNamespace(store=tmp_path), 'own', 2) == [{'kind': 'own', 'asked': 3}]


def sample(time, image, host):
    poll = types.SimpleNamespace(resource=image, host=host)
    return types.SimpleNamespace(id=(time, image, host), time=time, poll=poll)


def test_a_cycle_has_each_image_with_those_who_polled_it(monkeypatch):
    monkeypatch.setattr(report.telemetry, 'IMAGES', 3)
    # Each of them delivered twice.
    polled = 2 * [sample(12, 'b', 'node-1.example.com'), sample(13, 'a', 'node-1.example.com'),
                  sample(14, 'a', 'node-2.example.com'), sample(23, 'b', 'node-2.example.com'),
                  sample(3, 'c', 'node-3.example.com')]
    assert report.cycles(polled, 20, 5, 33) == [
        {'start': 10, 'end': 20, 'polls': [['node-1', 'node-2'], ['node-1'], []], 'missed': 1, 'doubled': 1},
        {'start': 20, 'end': 30, 'polls': [[], ['node-2'], []], 'missed': 2, 'doubled': 0}]

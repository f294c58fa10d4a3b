# SPDX-License-Identifier: Apache-2.0
"""The picture of a scenario: what is drawn of it, and where."""

import xml.etree.ElementTree as ElementTree

import pytest

import timeline

ROW = {
    'name': 'test_killed[ours]', 'controllers': ['node-1', 'node-2'],
    'marks': [{'kind': 'fault', 'what': 'killed & $gone$', 'at': 0}, {'kind': 'repair', 'what': 'back', 'at': 8}],
    'since': -10, 'until': 30,
    'alive': [[-10, 30, 'node-1'], [-10, 2, 'node-2']],
    'masters': [[-10, 2, 'node-2'], [8, 30, 'node-1']],
    'gaps': [[2, 8]],
    'cycles': [{'start': 0, 'end': 10, 'missed': 1, 'doubled': 1, 'polls': [['node-1', 'node-2'], []]},
               {'start': 10, 'end': 20, 'missed': 0, 'doubled': 0, 'polls': [['node-1'], ['node-1']]}],
}
FIRST, SECOND = timeline.COLOURS[:2]
# Rows of the picture: the two notes are above the lanes.
NODE_1, NODE_2, STORE, HEADS, IMAGE_1, IMAGE_2 = range(2, 8)


def bars(colour):
    """(start, end, row) of the bars of a colour, to a half of a second."""
    lines = [line for line in timeline.figure(ROW).axes[0].lines
             if line.get_color() == colour and line.get_solid_capstyle() == 'butt']
    points = [(round(2 * at) / 2, row) for line in lines for at, row in line.get_xydata() if at == at]
    return sorted((start, end, row) for (start, row), (end, _) in zip(points[::2], points[1::2], strict=True))


@pytest.fixture
def drawn(tmp_path):
    timeline.draw(ROW, tmp_path / 'picture.svg')
    return tmp_path / 'picture.svg'


def test_a_controller_has_its_colour_while_it_is_the_master_and_where_it_polled():
    assert bars(FIRST) == [(0, 5, IMAGE_1), (8, 30, NODE_1), (10, 20, IMAGE_1), (10, 20, IMAGE_2)]
    assert bars(SECOND) == [(-10, 2, NODE_2), (5, 10, IMAGE_1)]


def test_a_controller_is_pale_while_it_is_on():
    assert bars(timeline.PALE) == [(-10, 2, NODE_2), (-10, 30, NODE_1)]


def test_red_is_when_nobody_could_write_and_what_was_polled_twice_or_not():
    assert bars(timeline.FAULT) == [(0, 10, IMAGE_1), (0, 10, IMAGE_2), (2, 8, STORE)]


def test_what_was_done_is_written_above_and_each_cycle_says_what_was_wrong(drawn):
    words = [text.text for text in ElementTree.parse(drawn).iter('{http://www.w3.org/2000/svg}text')]
    assert [word for word in words if word[0] in '✗✓1'] == ['1 / 1', '✓', '✗ killed & $gone$', '✓ back']


def test_the_same_row_gives_the_same_bytes(drawn):
    former = drawn.read_bytes()
    timeline.draw(ROW, drawn)
    assert drawn.read_bytes() == former


def test_a_scenario_of_ten_minutes_is_a_file_of_100_kb_at_most(drawn):
    polls = [['node-1'], ['node-2']] * 10
    cycles = [{'start': at, 'end': at + 10, 'missed': 0, 'doubled': 0, 'polls': polls} for at in range(0, 600, 10)]
    timeline.draw({**ROW, 'until': 600, 'cycles': cycles}, drawn)
    assert drawn.stat().st_size < 100_000

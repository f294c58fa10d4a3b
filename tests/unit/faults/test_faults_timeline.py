"""The picture of a scenario: what is drawn of it, and where."""

import xml.etree.ElementTree as ElementTree

import timeline

ROW = {
    'controllers': ['node-1', 'node-2'],
    'marks': [{'kind': 'fault', 'what': 'killed & gone', 'at': 0}, {'kind': 'repair', 'what': 'back', 'at': 8}],
    'since': -10, 'until': 30,
    'alive': [[-10, 30, 'node-1'], [-10, 2, 'node-2']],
    'masters': [[-10, 2, 'node-2'], [8, 30, 'node-1']],
    'gaps': [[2, 8]],
    'cycles': [{'start': 0, 'end': 10, 'missed': 1, 'doubled': 1, 'polls': [['node-1', 'node-2'], []]},
               {'start': 10, 'end': 20, 'missed': 0, 'doubled': 0, 'polls': [['node-1'], ['node-1']]}],
}
FIRST, SECOND = timeline.COLOURS[:2]


SVG = '{http://www.w3.org/2000/svg}'


def boxes(**attributes):
    """(seconds since the first note, seconds wide) of the boxes drawn so, the legend's apart."""
    found = [box for box in ElementTree.fromstring(timeline.picture(ROW)).iter(f'{SVG}rect')
             if attributes.items() <= box.attrib.items() and box.get('width') != '10.0']
    return sorted((round((float(box.get('x')) - timeline.LEFT) / timeline.SECOND + ROW['since'], 1),
                   round(float(box.get('width')) / timeline.SECOND, 1)) for box in found)


def words():
    return [text.text for text in ElementTree.fromstring(timeline.picture(ROW)).iter(f'{SVG}text')]


def test_a_controller_has_its_colour_while_it_is_the_master_and_where_it_polled():
    assert boxes(fill=FIRST) == [(0.1, 4.9), (8, 22), (10.1, 9.7), (10.1, 9.7)]
    assert boxes(fill=SECOND) == [(-10, 12), (5, 4.9)]


def test_a_controller_is_pale_while_it_is_on():
    assert boxes(fill=timeline.PALE) == [(-10, 12), (-10, 40)]


def test_red_is_when_nobody_could_write_and_what_was_polled_twice_or_not():
    assert boxes(fill=timeline.FAULT) == [(2, 6)]
    assert boxes(stroke=timeline.FAULT) == [(0.1, 9.7), (0.1, 9.7)]


def test_what_was_done_is_written_above_and_each_cycle_says_what_was_wrong():
    assert [word for word in words() if word[0] in '✗✓1'] == ['1 / 1', '✓', '✗ killed & gone', '✓ back']

"""The report's comparison: which scenarios are in it, and what it says of each configuration."""

import re

import comparison

ROW = {'scenario': 'test_killed', 'sentence': 'The master\n is killed.', 'configuration': 'ours', 'failure': '',
       'gap': 6.04, 'writable': 5.0, 'right': 2.5, 'overlap': 0, 'missed': 1, 'doubled': 2,
       'verdicts': [{'name': 'one master', 'wrong': []}],
       'controllers': ['node-1'], 'marks': [], 'since': -10, 'until': 10, 'alive': [], 'masters': [], 'gaps': [],
       'cycles': []}
NEVER = {**ROW, 'configuration': 'kolla', 'writable': None, 'right': None,
         'verdicts': [{'name': 'one master', 'wrong': ['node-1 < 2']}, {'name': 'members', 'wrong': ['3', '4']}]}
ALONE = {**ROW, 'scenario': 'test_alone'}


def texts(page):
    """The cells of its table, line by line."""
    return [[re.sub('<.*?>', '', cell) for cell in re.findall('<td.*?</td>', line)]
            for line in re.findall('<tr>.*?</tr>', page)]


def test_a_scenario_is_compared_when_it_was_played_on_several_configurations():
    failed_before_it_began = {'name': 'test_other', 'failure': 'no lab'}
    assert comparison.compared([NEVER, ALONE, failed_before_it_began, ROW]) == [[ROW, NEVER]]


def test_without_such_a_scenario_there_is_no_comparison():
    assert comparison.section([ALONE]) == ''


def test_a_line_counts_recovery_from_the_last_note_and_names_what_was_broken():
    assert texts(comparison.section([NEVER, ROW])) == [
        ['The master is killed.', 'ours', '6.0', '5.0', '7.5', '0.0', '1', '2', ''],
        ['kolla', '6.0', 'not seen', 'not seen', '0.0', '1', '2', 'one master; members']]


def test_what_was_seen_of_a_broken_invariant_is_below_the_picture():
    page = comparison.section([NEVER, ROW])
    assert re.findall('<li.*?>(.*?)</li>', page) == ['one master: node-1 &lt; 2', 'members: 3; 4']
    assert page.count('<svg ') == 2

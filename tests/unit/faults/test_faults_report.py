# SPDX-License-Identifier: Apache-2.0
"""The page of a run: what it says of each scenario, and that it needs nothing but its own folder."""

import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

import report

RIGHT = {'name': 'one master', 'seconds': 5.0, 'wrong': []}
OURS = {'name': 'test_killed', 'scenario': 'test_killed', 'sentence': 'The master\n is <killed>.',
        'configuration': 'ours', 'failure': '', 'gap': 6.04, 'writable': 5.0, 'right': 2.5, 'overlap': 0, 'missed': 1,
        'doubled': 2, 'verdicts': [RIGHT], 'controllers': ['node-1'], 'since': -10, 'until': 10, 'alive': [],
        'marks': [{'kind': 'fault', 'what': 'killed', 'at': 0}], 'masters': [], 'gaps': [[0.5, 6.54]], 'cycles': []}
KOLLA = {**OURS, 'name': 'test_killed[kolla]', 'configuration': 'kolla', 'writable': None, 'right': None,
         'verdicts': [{'name': 'one master', 'seconds': None, 'wrong': ['node-1 < 2', '3']},
                      {'name': 'members', 'seconds': 9.0, 'wrong': ['4']}]}
HUNG = {**OURS, 'name': 'test_hung[a]', 'sentence': 'It hangs.', 'failure': 'assert <1>\n', 'right': None,
        'verdicts': KOLLA['verdicts']}
NO_LAB = {'name': 'test_no_lab', 'failure': 'no lab'}


@pytest.fixture
def page(tmp_path):
    """The page of such a run, as XML."""
    def page(*rows):
        report.write(list(rows), tmp_path)
        return ElementTree.parse(tmp_path / 'report.html').find('body')
    return page


def words(element):
    return ' '.join(''.join(element.itertext()).split())


def lines(table):
    return [[words(cell) for cell in line] for line in table.findall('tbody/tr')]


def test_the_table_has_a_line_of_figures_per_scenario_those_that_failed_first(page):
    body = page(OURS, KOLLA, NO_LAB, HUNG)
    assert words(body.find('h1')) == '3 scenarios, 1 as promised'
    assert lines(body.find('table')) == [
        ['It hangs.', 'failed', '6.0', '5.0', '–', '0.0', '1', '2'],
        ['test_no_lab', 'failed', '–', '–', '–', '–', '–', '–'],
        ['The master is <killed>.', 'passed', '6.0', '5.0', '2.5', '0.0', '1', '2']]


def test_a_scenario_says_what_was_seen_of_each_invariant_and_what_failed(page):
    section, = page(HUNG).findall('section')
    assert [words(item) for item in section.iter('li')] == ['one master: node-1 < 2; 3', 'members: 4']
    assert words(section.find('pre')) == 'assert <1>'
    section, = page(OURS).findall('section')
    assert [words(item) for item in section.iter('li')] == ['one master: seen 5.0 s after the last note']


def test_the_comparison_counts_recovery_from_the_last_note_and_names_what_was_broken(page):
    assert len(page(OURS).findall('table')) == 1
    body = page(KOLLA, OURS)
    assert lines(body.findall('table')[1]) == [
        ['The master is <killed>.', 'ours', '6.0', '5.0', '7.5', '0.0', '1', '2', ''],
        ['kolla', '6.0', 'not seen', 'not seen', '0.0', '1', '2', 'one master; members']]
    section = body.find('section')
    assert [words(item) for item in section.iter('li')] == ['one master: node-1 < 2; 3', 'members: 4']
    assert [picture.get('src') for picture in section.iter('img')] == [
        'pictures/test_killed.svg', 'pictures/test_killed%5Bkolla%5D.svg']


def test_a_picture_is_told_in_words_too(page):
    assert page(OURS).find('.//img').get('alt').split('note. ')[1].strip() == '0.0: killed. 0.5 to 6.5: no writes.'


def test_the_page_needs_nothing_but_its_folder(page, tmp_path):
    (tmp_path / 'logs' / HUNG['name']).mkdir(parents=True)
    page(NO_LAB, HUNG)
    body = page(OURS, KOLLA, HUNG)
    named = {urllib.parse.unquote(link) for element in body.iter()
             for link in (element.get('href'), element.get('src')) if link}
    ids = {f'#{element.get("id")}' for element in body.iter() if element.get('id')}
    assert [link for link in named - ids if not (tmp_path / link).exists()] == []
    assert {path.name for path in (tmp_path / 'pictures').iterdir()} == {
        'test_killed.svg', 'test_killed[kolla].svg', 'test_hung[a].svg'}

# SPDX-License-Identifier: Apache-2.0
"""The table of problems, and the line that the guide shows."""

import io
import os
import re

import pytest
from snapshots import CENTRAL, FIRST, NOW, SECOND, says
from test_nagios import DATA, checked

from ceilometer_redis.health import problems

GUIDE = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'doc')

#: The first words of what is to be done.
VERBS = 'bring delete deploy end look make mend raise read remove run start switch wait'.split()

#: What is to be typed stands in quotes, from its program to its last word.
PROGRAMS = 'CLIENT CONFIG ceilometer-redis crm crm_attribute crm_mon crm_resource grep service'.split()


def shown(page):
    """A page of the guide, its broken lines in one."""
    with io.open(os.path.join(GUIDE, page), encoding='utf-8') as content:
        return re.sub(r' \\\n +', ' ', content.read())


def test_names_are_short_and_there_once():
    names = [problem.name for problem in problems.TABLE]
    assert len(set(names)) == len(names)
    assert all(re.match('[a-z]+(-[a-z]+)*$', name) and len(name) <= 30 for name in names)


def test_each_says_what_it_means_and_what_to_do():
    for problem in problems.TABLE:
        assert problem.severity in (problems.CRITICAL, problems.WARNING)
        assert problem.means.endswith('.') and not problem.do.endswith('.')
        assert (problem.means + problem.do).encode('ascii')


@pytest.mark.parametrize('problem', problems.TABLE, ids=lambda problem: problem.name)
def test_what_to_do_is_an_instruction_that_can_be_carried_out(problem):
    assert problem.do.split()[0] in VERBS
    typed, around = problem.do.split("'")[1::2], problem.do.split("'")[::2]
    assert len(around) == len(typed) + 1
    assert [words for words in typed if words.split()[0] not in PROGRAMS and not words.startswith('p_')] == []
    assert not re.search(r'(?<!/)(crm_|ceilometer-redis |grep )', ' '.join(around))


def test_the_lines_in_the_guide_are_what_is_printed():
    assert 'CEILOMETER-REDIS OK - 3 controllers, redis master is node-1 | ' + DATA in shown('monitor.rst')
    failed = {'operation': 'monitor', 'reason': 'not running', 'at': NOW - 300}
    _, line = checked(*[says(name, CENTRAL, state='failed', failure=failed) for name in (FIRST, SECOND)])
    assert line.partition(' | ')[0] in shown('troubleshooting.rst')

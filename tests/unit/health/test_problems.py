# SPDX-License-Identifier: Apache-2.0
"""The table of problems, and the page that is made of it."""

import io
import os
import re
import textwrap

from test_nagios import DATA
from test_screen import HEALTHY

from ceilometer_redis.health import problems

PAGE = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'doc', 'troubleshooting.rst')
WIDTH = 120


def page():
    """The problems as they stand on the page, behind its line that says so."""
    lines = []
    for severity in (problems.CRITICAL, problems.WARNING):
        lines += ['', severity.capitalize(), '-' * len(severity), '']
        for problem in problems.TABLE:
            if problem.severity == severity:
                lines += ['``%s``' % problem.name]
                do = problem.do[0].upper() + problem.do[1:]
                for sentence in (problem.means, 'To do: %s.' % do):
                    lines += textwrap.wrap(sentence, WIDTH, initial_indent='  ', subsequent_indent='  ')
                lines += ['']
    return '\n'.join(lines).rstrip('\n') + '\n'


def test_names_are_short_and_there_once():
    names = [problem.name for problem in problems.TABLE]
    assert len(set(names)) == len(names)
    assert all(re.match('[a-z]+(-[a-z]+)*$', name) and len(name) <= 30 for name in names)


def test_each_says_what_it_means_and_what_to_do():
    for problem in problems.TABLE:
        assert problem.severity in (problems.CRITICAL, problems.WARNING)
        assert problem.means.endswith('.') and not problem.do.endswith('.')
        assert (problem.means + problem.do).encode('ascii')


def shown():
    with io.open(PAGE, encoding='utf-8') as content:
        return content.read()


def test_the_page_has_them_all():
    assert shown().partition('.. problems\n')[2] == page(), 'replace what follows ".. problems" by the right of this'


def test_its_samples_are_what_is_printed():
    sample = ''.join('    %s\n' % line if line else '\n' for line in HEALTHY.splitlines())
    assert '\n\n%s\n' % sample in shown()
    assert 'CEILOMETER-REDIS OK - 3 controllers, redis master is node-1 | ' + DATA in re.sub(r' \\\n +', ' ', shown())

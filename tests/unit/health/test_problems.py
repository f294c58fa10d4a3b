# SPDX-License-Identifier: Apache-2.0
"""The table of problems, and the line that the guide shows."""

import io
import os
import re

from test_nagios import DATA

from ceilometer_redis.health import problems

PAGE = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'doc', 'monitor.rst')


def test_names_are_short_and_there_once():
    names = [problem.name for problem in problems.TABLE]
    assert len(set(names)) == len(names)
    assert all(re.match('[a-z]+(-[a-z]+)*$', name) and len(name) <= 30 for name in names)


def test_each_says_what_it_means_and_what_to_do():
    for problem in problems.TABLE:
        assert problem.severity in (problems.CRITICAL, problems.WARNING)
        assert problem.means.endswith('.') and not problem.do.endswith('.')
        assert (problem.means + problem.do).encode('ascii')


def test_the_line_in_the_guide_is_what_is_printed():
    with io.open(PAGE, encoding='utf-8') as content:
        shown = re.sub(r' \\\n +', ' ', content.read())
    assert 'CEILOMETER-REDIS OK - 3 controllers, redis master is node-1 | ' + DATA in shown

# SPDX-License-Identifier: Apache-2.0
"""The table of problems, and the samples on the page that has it."""

import io
import os
import re

from test_nagios import DATA
from test_screen import HEALTHY

from ceilometer_redis.health import problems

PAGE = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'doc', 'troubleshooting.rst')


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


def test_the_samples_of_the_guide_are_what_is_printed():
    sample = ''.join('    %s\n' % line if line else '\n' for line in HEALTHY.splitlines())
    assert '\n\n%s\n' % sample in shown()
    assert 'CEILOMETER-REDIS OK - 3 controllers, redis master is node-1 | ' + DATA in re.sub(r' \\\n +', ' ', shown())

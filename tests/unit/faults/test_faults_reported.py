# SPDX-License-Identifier: Apache-2.0
"""The table of reported bugs in the test plan: each command plays something."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
TESTS = {'make faults': 'faults', 'tools/test-store': 'store', 'tests/ocf/run': 'ocf'}


def commands():
    """What the table says to type, as (what is played, words of its name)."""
    return re.findall(r"``(%s).*-k (\w+)'?``" % '|'.join(TESTS), (ROOT / 'doc/test-plan.rst').read_text())


@pytest.mark.parametrize('played, words', commands())
def test_a_command_for_a_reported_bug_names_a_test(played, words):
    sources = ''.join(path.read_text() for path in (ROOT / 'tests' / TESTS[played]).glob('test_*.py'))
    assert re.search(rf'^def test_\w*{words}', sources, re.MULTILINE)


def test_every_reported_bug_has_such_a_command():
    reports = re.findall(r'^   \* - `', (ROOT / 'doc/test-plan.rst').read_text(), re.MULTILINE)
    assert 0 < len(reports) == len(commands())

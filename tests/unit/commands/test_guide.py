# SPDX-License-Identifier: Apache-2.0
"""What people are told to type can be typed: each command and option on the pages of the guide and in README.rst."""

import glob
import io
import os
import re

import pytest

from ceilometer_redis.__main__ import COMMANDS, GROUPS, command_parser
from ceilometer_redis.commands.apply import PARTS

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..')
PAGES = [os.path.join(ROOT, 'README.rst')] + sorted(glob.glob(os.path.join(ROOT, 'doc', '*.rst')))

#: A command in literal text with what stands behind it, up to a pipe or a comment.
TYPED = re.compile(r'(?<![\w/.-])ceilometer-redis ([a-z]+)([^|#`\n]*)')


def typed(page):
    """Yield (command, [options, and what apply shall apply]) of what stands as literal text on a page."""
    with io.open(page, encoding='utf-8') as content:
        text = content.read()
    inline = [' '.join(literal.split()) for literal in re.findall(r'``([^`]+)``', text)]
    for literal in inline + re.findall(r'::\n\n((?:[ \t]+[^\n]*\n|\n)+)', text):
        for name, rest in TYPED.findall(literal):
            yield name, re.findall(r'(?<!\S)--?[a-z][\w-]*' if name != 'apply' else r'(?<!\S)[a-z-]+', rest)


@pytest.mark.parametrize('page', PAGES, ids=os.path.basename)
def test_the_guide_names_commands_and_options_that_there_are(page):
    for name, words in typed(page):
        assert name in COMMANDS, 'ceilometer-redis %s' % name
        known = set(command_parser(name)._option_string_actions)
        assert set(words) <= known | set(part for part, _ in PARTS if name == 'apply'), 'ceilometer-redis %s' % name


def test_the_reference_has_each_command_in_the_order_of_the_help():
    with io.open(os.path.join(ROOT, 'doc', 'commands.rst'), encoding='utf-8') as content:
        shown = re.findall(r':func: (\w+)', content.read())
    assert shown == [name for _, commands in GROUPS for name, _ in commands]


def test_the_pages_are_read():
    found = set(name for page in PAGES for name, _ in typed(page))
    assert found >= {'status', 'check', 'audit', 'history', 'withdraw', 'apply', 'report', 'handover'}

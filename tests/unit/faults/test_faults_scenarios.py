# SPDX-License-Identifier: Apache-2.0
"""Each scenario asserts what the status and the check say while its fault lasts, or says why nobody can see it."""

import ast
import pathlib
import textwrap

import pytest

from ceilometer_redis.health import problems

# Not the comparison: its peers have no status.
FILES = [path for path in sorted(pathlib.Path(__file__).parents[2].glob('faults/test_*.py'))
         if path.name != 'test_comparison.py']


def functions(source):
    """The functions of a module, by name."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def calls(function):
    """The calls in a function, as (what is called, the call)."""
    return [(ast.unparse(node.func), node) for node in ast.walk(function) if isinstance(node, ast.Call)]


def says(function, others):
    """The calls of polling.says() in a function and in those of its module that it calls."""
    found = [call for name, call in calls(function) if name == 'polling.says']
    return found + [call for name, _ in calls(function) if name in others for call in says(others[name], {})]


def reasons(function):
    """Why nobody can see what a scenario does."""
    return [mark.args[0].value for mark in function.decorator_list
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == 'pytest.mark.unseen']


def unclear(source):
    """The scenarios of a module that neither say what is seen nor why nothing is, or both."""
    found = functions(source)
    return [name for name in found if name.startswith('test_')
            and bool(says(found[name], found)) == bool(any(reasons(found[name])))]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_each_scenario_says_what_is_seen_of_it_or_why_nothing_is(path):
    assert unclear(path.read_text()) == []


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_what_is_said_has_the_names_of_problems(path):
    said = [name.value for function in functions(path.read_text()).values() for call in says(function, {})
            for name in call.args[1:] if isinstance(name, ast.Constant)]
    assert [name for name in said if name not in problems.PROBLEMS] == []


@pytest.mark.parametrize('scenario, is_unclear', [
    ("polling.says(host, 'redis-down')", False),
    ('helper(host)', False),
    ("scene.fault('nobody looks')", True),
], ids=['says', 'has it said', 'silent'])
@pytest.mark.parametrize('reason', [None, '', 'over within a second'])
def test_a_scenario_is_clear_that_does_one_of_the_two(scenario, is_unclear, reason):
    mark = '' if reason is None else f'@pytest.mark.unseen({reason!r})'
    source = textwrap.dedent(f'''
        def helper(host):
            polling.says(host, 'redis-down')

        {mark}
        def test_something(scene):
            {scenario}
    ''')
    assert unclear(source) == (['test_something'] if is_unclear != bool(reason) else [])

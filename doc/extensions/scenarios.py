# SPDX-License-Identifier: Apache-2.0
"""The faults that tests/faults plays: what is done, what has to be true afterwards, and within how many seconds."""

import ast
import importlib
import inspect
import pathlib
import re
import types

import scene

FAULTS = pathlib.Path(__file__).parents[2] / 'tests/faults'

#: What the limits of a scenario may be reckoned from.
SCENE = types.SimpleNamespace(controllers=range(3))


def text():
    """Return a section for each file of scenarios."""
    lines = []
    for path in sorted(FAULTS.glob('test_*.py')):
        module = ast.parse(path.read_text(encoding='utf-8'))
        title = path.stem[len('test_'):].capitalize()
        lines += [title, '-' * len(title), '', ast.get_docstring(module).splitlines()[0], '',
                  '.. list-table::', '   :header-rows: 1', '   :widths: 27 36 23 7 7', '',
                  cells('ID', 'What, and what is expected', 'Steps', 'Writes, s', 'Polling, s')]
        for function in module.body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith('test_'):
                lines += [row(function, vars(importlib.import_module(path.stem)))]
        lines += ['']
    return '\n'.join(lines)


def row(function, names):
    """Return the row of one scenario; names: what its module defines."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)
             and isinstance(node.func, ast.Attribute) and getattr(node.func.value, 'id', None) == 'scene']
    calls.sort(key=lambda call: call.lineno)
    steps = [note(call.args[0]) for call in calls if call.func.attr in ('fault', 'repaired')]
    limits = [limit(call, names) for call in calls if call.func.attr == 'check']
    words = function.name[len('test_'):].replace('_', ' ')
    return cells(words, ' '.join(ast.get_docstring(function).split()), '; '.join(steps) or 'as described',
                 *('%.0f' % seconds for seconds in limits[-1]))


def cells(*texts):
    """Return a row of a list-table."""
    return '   * - ' + '\n     - '.join(texts)


def note(expression):
    """Return a note of a scenario as words: what is filled in when it is played is the name of a host."""
    if isinstance(expression, ast.JoinedStr):
        return ''.join(part.value if isinstance(part, ast.Constant) else f'*{placeholder(part.value)}*'
                       for part in expression.values)
    return expression.value if isinstance(expression, ast.Constant) else ''


def placeholder(value):
    """Return the word for what is filled in."""
    return re.sub(r'\W.*', '', ast.unparse(value)).upper()


def limit(call, names):
    """Return the seconds that scene.check() allows until writes and until polling, its own where none are given."""
    allowed = {name: parameter.default for name, parameter in inspect.signature(scene.Scene.check).parameters.items()}
    for keyword in call.keywords:
        allowed[keyword.arg] = eval(ast.unparse(keyword.value), dict(names), {'scene': SCENE})
    return allowed['writable'], allowed['right']

# SPDX-License-Identifier: Apache-2.0
"""Every problem that `ceilometer-redis status` and `check` can name."""

import re

from ceilometer_redis.health import problems

SEVERITIES = (problems.CRITICAL, problems.WARNING)


def names():
    """Return a line for each severity, with the names of its problems as links."""
    links = [', '.join(f':ref:`{problem.name}`' for problem in of(severity)) for severity in SEVERITIES]
    return '\n\n'.join(f'**{severity.upper()}:** {found}' for severity, found in zip(SEVERITIES, links))


def text():
    """Return a section for each severity, in which each problem is a section with a label of its name."""
    lines = []
    for severity in SEVERITIES:
        lines += [severity.capitalize(), '-' * len(severity), '']
        for problem in of(severity):
            lines += [f'.. _{problem.name}:', '', problem.name, '~' * len(problem.name), '', problem.means, '',
                      f'**To do:** {typed(problem.do)}.', '']
            if 'crm_mon' in problem.do:
                lines += ['The reasons, and the command for each: :ref:`why-down`', '']
            elif 'redis-cli' in problem.do:
                lines += ['How to type that: :ref:`redis-cli`', '']
    return '\n'.join(lines)


def of(severity):
    """Return the problems of a severity."""
    return [problem for problem in problems.TABLE if problem.severity == severity]


def typed(sentence):
    """Return a sentence with what is to be typed, which stands in quotes, and paths as literals."""
    return re.sub(r"'([^']+)'|(?<=[ (])(/[\w/.-]*\w)", lambda found: f'``{found[1] or found[2]}``', sentence)

# SPDX-License-Identifier: Apache-2.0
"""Every problem that `ceilometer-redis status` and `check` can name."""

from ceilometer_redis.health import problems


def text():
    """Return a section for each severity, in which each problem is a section with a label of its name."""
    lines = []
    for severity in (problems.CRITICAL, problems.WARNING):
        lines += [severity.capitalize(), '-' * len(severity), '']
        for problem in problems.TABLE:
            if problem.severity == severity:
                lines += [f'.. _{problem.name}:', '', problem.name, '~' * len(problem.name), '', problem.means, '',
                          f'**To do:** {problem.do}.', '']
    return '\n'.join(lines)

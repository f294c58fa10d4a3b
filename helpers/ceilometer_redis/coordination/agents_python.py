# SPDX-License-Identifier: Apache-2.0
"""The Pythons that the agents on this host run on: their tooz may live in another one than this helper."""

import os
import shlex
import subprocess

from ceilometer_redis import versions
from ceilometer_redis.waiting import bounded

#: Programs of the polling agents, newest first.
AGENTS = ('/usr/bin/ceilometer-polling', '/usr/bin/ceilometer-agent-central', '/usr/bin/ceilometer-agent-compute')

#: Seconds a Python may take to say the version of its tooz.
PATIENCE = 60
VERSION_QUERY = '''
try:
    from importlib.metadata import version
except ImportError:
    from pkg_resources import get_distribution
    version = lambda name: get_distribution(name).version
print(version('tooz'))
'''


def installed_tooz():
    """Return the version of the tooz that this host's polling agent uses, as a tuple; None if there is no agent yet.

    Asked of the interpreter that the agent runs on: its tooz may live in another Python than this helper.
    """
    for python in interpreters():
        try:
            with open(os.devnull, 'w') as warnings:
                answer = subprocess.check_output(bounded(python + ['-c', VERSION_QUERY], PATIENCE),
                                                 stderr=warnings)
        except (EnvironmentError, subprocess.CalledProcessError):
            continue
        return versions.parse(answer.decode('ascii', 'replace'))
    return None


def interpreters(more=()):
    """Return the interpreters that the agents' programs on this host name, each once and as the words of a command.

    Args:
        more: Further programs that name one, as paths.
    """
    found = []
    for program in AGENTS + tuple(more):
        try:
            python = _interpreter(program)
        except (EnvironmentError, ValueError):
            continue
        if python not in found:
            found.append(python)
    return found


def _interpreter(script):
    with open(script) as lines:
        first = lines.readline()
    if not first.startswith('#!'):
        raise ValueError(script)
    return shlex.split(first[2:])

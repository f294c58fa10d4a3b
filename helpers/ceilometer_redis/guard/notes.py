# SPDX-License-Identifier: Apache-2.0
"""What a guard notes: in the system's log for people, in files of its own for status and for the guard after it."""

import json
import os
import syslog

from ceilometer_redis import clock
from ceilometer_redis.files import read_text

#: root alone writes here: the directory of the daemons' pid files is the user redis's.
RUN = '/run/ceilometer-redis-guard'

#: The file with the verdicts.
FILE = 'guard.json'

#: Seconds after which a guard that has said nothing is taken for hung: by status, and by the OCF agent's monitor.
SILENCE = 60


def read(run, name):
    """Return what a guard of this controller wrote into one of its files; {} if there is none that is whole."""
    text = read_text(os.path.join(run, name))
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


def write(run, name, content):
    """Put content, for JSON, into one of the guard's files, at once."""
    path = os.path.join(run, name)
    with open(path + '.partial', 'w') as text:
        json.dump(content, text, indent=2, sort_keys=True)
    os.rename(path + '.partial', path)


def state(run=RUN):
    """Return what the guard here last said, and when.

    Returns:
        {'uptime': seconds, 'agents': {agent: {'verdict', 'reason', 'member': its id or None}}}; None if it never did.
    """
    return read(run, FILE) or None


def problems(state):
    """Return sentences about what the guard here finds wrong, or about the guard itself; state: what state() has."""
    if state is None or clock.uptime() - state['uptime'] > SILENCE:
        return ['the guard here does not run, or has not looked for %d s' % SILENCE]
    return ['%s: %s: %s' % (service, seen['verdict'], seen['reason'])
            for service, seen in sorted(state['agents'].items()) if seen['verdict'] != 'ok']


def log(line, priority=syslog.LOG_INFO):
    """Write a line to the system's log."""
    syslog.openlog('ceilometer-redis-guard')
    syslog.syslog(priority, line)

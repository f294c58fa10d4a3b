# SPDX-License-Identifier: Apache-2.0
"""What a guard notes: in the system's log for people, in files of its own for status and for the guard after it.

What it repaired goes into the journal of this controller too.
"""

import collections
import json
import os
import syslog

from ceilometer_redis import clock
from ceilometer_redis.files import read_text
from ceilometer_redis.history import journal

#: root alone writes here: the directory of the daemons' pid files is the user redis's.
RUN = '/run/ceilometer-redis-guard'

#: The file with the verdicts.
FILE = 'guard.json'

#: Seconds after which a guard that has said nothing is taken for hung: by the OCF agent's monitor, and by status.
SILENCE = 60

#: The tag of its lines in the system's log.
TAG = 'ceilometer-redis-guard'

#: Uptimes of the last repairs that are in the journal, at most so many in so many seconds: who ends memberships in the
#: store again and again would fill it, and what happened before would go.
_repaired, OFTEN = collections.deque(maxlen=60), 3600

#: Lines that are to be said once, and how many are remembered.
_said, MEMORY = set(), 1000


def read(run, name):
    """Return what a guard of this controller wrote into one of its files; {} if there is none that is whole."""
    try:
        found = json.loads(read_text(os.path.join(run, name)) or '{}')
    except (EnvironmentError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(run, name, content):
    """Put content, for JSON, into one of the guard's files, at once; what cannot be written is said."""
    path, text = os.path.join(run, name), json.dumps(content, indent=2, sort_keys=True).encode('ascii')
    try:
        with open(path + '.partial', 'wb') as partial:
            partial.write(text)
        os.rename(path + '.partial', path)
    except EnvironmentError as failure:
        log_once('%s: %s' % (path, failure.strerror), syslog.LOG_ERR)
        _overwrite(path, text)


def _overwrite(path, text):
    """Put text into a file in place: a full /run has no room for a second file, but the first keeps its own.

    A guard whose verdicts grow old is taken for hung, and restarted with its agents.
    """
    try:
        with open(path, 'r+b') as file:
            file.write(text.ljust(os.fstat(file.fileno()).st_size))
            file.truncate(len(text))
    except EnvironmentError:
        pass  # it was said


def state(run=RUN):
    """Return what the guard here last said, and when.

    Returns:
        {'uptime': seconds, 'agents': {agent: {'verdict', 'reason', 'member': its id or None}}}; None if it never did.
    """
    found = read(run, FILE)
    agents = found.get('agents')
    whole = (isinstance(found.get('uptime'), (int, float)) and isinstance(agents, dict)
             and all(isinstance(seen, dict) and 'verdict' in seen and 'reason' in seen for seen in agents.values()))
    return found if whole else None


def log(line, priority=syslog.LOG_INFO, event='note', **values):
    """Write a line to the system's log, as journal.line() makes it of the values."""
    journal.log(TAG, priority, event, line, values)


def repair(line, **values):
    """Write a line about what was put right to the system's log and, unless there are too many, into the journal."""
    now = clock.uptime()
    if len(_repaired) == _repaired.maxlen and now - _repaired[0] < OFTEN:
        log(line, syslog.LOG_WARNING, 'repair', **values)
        return
    _repaired.append(now)
    journal.note('repair', line, TAG, syslog.LOG_WARNING, **values)


def restart(line, priority=syslog.LOG_WARNING, **values):
    """Write a line about a restart to the system's log and into the journal."""
    journal.note('restart', line, TAG, priority, **values)


def log_once(line, priority=syslog.LOG_WARNING):
    """Write a line to the system's log, unless this guard has done so: what is there is there at the next look too."""
    if line not in _said:
        if len(_said) >= MEMORY:
            _said.clear()
        _said.add(line)
        log(line, priority)

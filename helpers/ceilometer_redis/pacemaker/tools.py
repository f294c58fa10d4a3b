# SPDX-License-Identifier: Apache-2.0
"""Pacemaker's own tools: its configuration, the CIB, read whole and changed by one update.

What they say is understood by their exit codes. Their words are for people and differ between the releases.
"""

import copy
import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker.cib import parse
from ceilometer_redis.waiting import OVERDUE, bounded

#: Exit code of a tool that has done what it was asked.
DONE = 0

#: Exit code of crm_diff that found a difference and printed it (1.1.14 to 3.0.0); without one it is DONE.
DIFFERENT = 1

#: Exit codes of cibadmin --patch when somebody else has changed the CIB, its status included, since it was queried:
#: CRM_EX_OLD since Pacemaker 2.0 (seen with 2.0.5, 2.1.5 and 3.0.0), pcmk_err_old_data before (seen with 1.1.14 and
#: 1.1.18), pcmk_err_diff_failed up to 1.1.11 (its cib_ops.c).
OVERTAKEN = (103, 205, 206)

#: Tries of an update that somebody else's update overtakes; other controllers deploy at the same time.
TRIES = 20

#: Seconds a tool may take. A guard waits for two in a look at most, and is taken for hung after 60.
PATIENCE = 20

#: Seconds an update may take: cibadmin itself waits 30 for the cluster's answer, as while that elects its coordinator.
UPDATE_PATIENCE = 40


class ToolFailed(NotDone):
    """A tool that has not done what it was asked.

    code: its exit code; OVERDUE if it was killed for taking too long.
    """

    def __init__(self, tool, code, said):
        super(ToolFailed, self).__init__('%s: %s' % (tool, said))
        self.code = code


def query(patience=PATIENCE):
    """Return the CIB's root element as it is now; patience: the seconds it may take.

    Raises:
        NotDone: Pacemaker does not answer, or with what is no CIB.
    """
    return parse(run(['cibadmin', '--query'], patience=patience))


def run(command, stdin=None, good=(DONE,), patience=PATIENCE):
    """Run a tool of Pacemaker's and return its output.

    Args:
        command: the tool and its arguments.
        stdin: what it reads, in bytes.
        good: the exit codes that are no failure.
        patience: the seconds it may take.

    Raises:
        ToolFailed: it ended with another one, of which this quotes the last line, or was killed as it took too long.
    """
    process = subprocess.Popen(bounded(command, patience), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    output, errors = process.communicate(stdin)
    if process.returncode == OVERDUE:
        raise ToolFailed(command[0], OVERDUE, 'no answer within %d s' % patience)
    if process.returncode not in good:
        lines = errors.decode('utf-8', 'replace').strip().splitlines() or ['exit code %d' % process.returncode]
        raise ToolFailed(command[0], process.returncode, lines[-1])
    return output


def update(change):
    """Apply a change of the CIB in one update; return sentences of what was changed.

    Pacemaker refuses the update if somebody else changed the CIB since it was queried; it is then computed again.

    Args:
        change: a function that gets the CIB's root element, edits it in place and returns sentences of what it did.

    Raises:
        ToolFailed: Pacemaker does not answer, or others' updates kept overtaking this one.
    """
    for attempt in range(TRIES):
        old = query()
        new = copy.deepcopy(old)
        done = change(new)
        if not done:
            return []
        new.set('epoch', str(int(old.get('epoch')) + 1))
        new.set('num_updates', '0')
        patch = difference(old, new)
        try:
            run(['cibadmin', '--patch', '--xml-pipe'], patch, patience=UPDATE_PATIENCE)
            return done
        except ToolFailed as refusal:
            if attempt == TRIES - 1 or refusal.code not in OVERTAKEN:
                raise
            time.sleep(0.1 * (attempt + 1))


def difference(old, new):
    """Return Pacemaker's own patch from one CIB to another; its version makes Pacemaker refuse it on any third."""
    folder = tempfile.mkdtemp()
    paths = [os.path.join(folder, name) for name in ('old.xml', 'new.xml')]
    try:
        for path, cib in zip(paths, (old, new)):
            ElementTree.ElementTree(cib).write(path)
        return run(['crm_diff', '--original', paths[0], '--new', paths[1]], good=(DONE, DIFFERENT))
    finally:
        for path in paths:
            if os.path.exists(path):
                os.remove(path)
        os.rmdir(folder)

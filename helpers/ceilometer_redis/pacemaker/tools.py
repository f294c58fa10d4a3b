"""Pacemaker's own tools: its configuration, the CIB, read whole and changed by one update."""

import copy
import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from ceilometer_redis.errors import NotDone

#: What Pacemaker says of a patch of a configuration that is no longer the current one (1.1.12 to 2.1).
OVERTAKEN = ('older than existing configuration', 'Application of an update diff failed')

#: Tries of an update that somebody else's update overtakes; other controllers deploy at the same time.
TRIES = 20


def query():
    """Return the CIB's root element as it is now. Raises NotDone when Pacemaker does not answer."""
    return ElementTree.fromstring(run(['cibadmin', '--query']))


def run(command, stdin=None):
    """Run a Pacemaker tool and return its output. Raises NotDone with the tool's own last line."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate(stdin)
    # crm_diff exits with 1 when there is a difference.
    if process.returncode not in ((0, 1) if command[0] == 'crm_diff' else (0,)):
        lines = errors.decode('utf-8', 'replace').strip().splitlines() or ['exit code %d' % process.returncode]
        raise NotDone('%s: %s' % (command[0], lines[-1]))
    return output


def update(change):
    """Apply change(cib), which edits the CIB in place and returns sentences of what it did; return the sentences.

    Raises NotDone when others' updates kept overtaking this one.
    """
    for attempt in range(TRIES):
        old = query()
        new = copy.deepcopy(old)
        done = change(new)
        if not done:
            return []
        new.set('epoch', str(int(old.get('epoch')) + 1))
        new.set('num_updates', '0')
        try:
            run(['cibadmin', '--patch', '--xml-pipe'], difference(old, new))
            return done
        except NotDone as refusal:
            if attempt == TRIES - 1 or not any(words in str(refusal) for words in OVERTAKEN):
                raise
            time.sleep(0.1 * (attempt + 1))


def difference(old, new):
    """Return Pacemaker's own patch from one CIB to another; its version makes Pacemaker refuse it on any third."""
    folder = tempfile.mkdtemp()
    paths = [os.path.join(folder, name) for name in ('old.xml', 'new.xml')]
    try:
        for path, cib in zip(paths, (old, new)):
            ElementTree.ElementTree(cib).write(path)
        return run(['crm_diff', '--original', paths[0], '--new', paths[1]])
    finally:
        for path in paths:
            if os.path.exists(path):
                os.remove(path)
        os.rmdir(folder)

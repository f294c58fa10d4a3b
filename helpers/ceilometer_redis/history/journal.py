# SPDX-License-Identifier: Apache-2.0
"""Lines that say what the plugin did: each to the system's log, what is history into a journal of this controller too.

A line is `event=EVENT KEY=VALUE... text="..."`, the keys between sorted, a value with other characters than those of a
word in quotes, where a backslash stands before a quote and a backslash. In the journal the time stands before it.
"""

import calendar
import errno
import fcntl
import os
import re
import stat
import syslog
import time

from ceilometer_redis.errors import printable
from ceilometer_redis.files import open_regular

#: The tag of what the commands say in the system's log.
TAG = 'ceilometer-redis'

#: root alone reads and writes it. The one that was full before is beside it, as PATH.1.
PATH = '/var/log/ceilometer-redis/history.log'

#: Bytes of a journal, about 2000 lines: then it gets the other name, and a new one is begun.
FULL = 256 * 1024

#: How the time of a line looks, in UTC.
TIME = '%Y-%m-%dT%H:%M:%SZ'

WORD = re.compile(r'[!#-<>-\[\]-~]+\Z')
PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^"\s]*)(?: |\Z)')


def line(event, text, values):
    """Return a line about an event.

    Args:
        event: What kind it is, in a word.
        text: The sentence for people.
        values: {key: value} of what programs may want, too.
    """
    words = ['event=' + event] + ['%s=%s' % (key, _quoted(values[key])) for key in sorted(values)]
    return ' '.join(words + ['text=' + _quoted(text, always=True)])


def parse(words):
    """Return {key: value} of a line() without its time; None if it is none."""
    found, at = {}, 0
    while at < len(words):
        pair = PAIR.match(words, at)
        if pair is None:
            return None
        value = pair.group(2)
        found[pair.group(1)] = re.sub(r'\\(.)', r'\1', value[1:-1]) if value.startswith('"') else value
        at = pair.end()
    return found if 'event' in found and 'text' in found else None


def log(tag, priority, event, text, values):
    """Write a line to the system's log, facility user.

    Args:
        tag: Whose line it is.
        priority: One of the module syslog.
        event: As line() takes it.
        text: Likewise.
        values: Likewise.
    """
    syslog.openlog(tag)
    syslog.syslog(priority, line(event, text, values))


def note(event, text, tag=TAG, priority=syslog.LOG_NOTICE, **values):
    """Write a line to the system's log and into the journal; what cannot be written there is said in the log.

    Args:
        event: As line() takes it.
        text: Likewise.
        tag: As log() takes it.
        priority: Likewise.
        values: As line() takes them.
    """
    log(tag, priority, event, text, values)
    try:
        append('%s %s\n' % (time.strftime(TIME, time.gmtime()), line(event, text, values)))
    except EnvironmentError as failure:
        log(tag, syslog.LOG_ERR, 'journal', '%s: %s' % (PATH, failure.strerror), {})


def append(content, path=None):
    """Put a line at the end of the journal, or of a new one where that is full.

    Several commands and the guard may do it at once. Who does not get the lock at once, which nobody holds for long,
    leaves it to the next one to begin a new journal.

    Args:
        content: The line, of ASCII, with its end.
        path: Of the journal, if it is another one.

    Raises:
        EnvironmentError: It cannot be written, or others could write it.
    """
    path = path or PATH
    directory = os.path.dirname(path)
    if not os.path.lexists(directory):
        os.mkdir(directory, 0o700)
    found = os.lstat(directory)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EnvironmentError(errno.EPERM, 'its directory is not of root alone', path)
    with os.fdopen(_opened(path), 'ab') as journal:
        journal.write(content.encode('ascii'))


def _opened(path):
    """Return a descriptor at the end of a journal that is not full."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    if os.fstat(descriptor).st_size < FULL:
        return descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another may have done it meanwhile.
        if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
            os.rename(path, path + '.1')
    except EnvironmentError:
        return descriptor
    os.close(descriptor)
    return os.open(path, flags, 0o600)


def read(path=None):
    """Return [(seconds since the epoch, {key: value})] of a journal, the former one first; a line that is none is not.

    Args:
        path: Of the journal, if it is another one.

    Raises:
        EnvironmentError: There is one that cannot be read.
    """
    path, found = path or PATH, []
    for name in (path + '.1', path):
        try:
            with os.fdopen(open_regular(name), 'rb') as content:
                lines = content.read(4 * FULL).decode('ascii', 'replace').splitlines()
        except EnvironmentError as error:
            if error.errno != errno.ENOENT:
                raise
            continue
        found.extend(_entry(entry) for entry in lines)
    return [entry for entry in found if entry is not None]


def _entry(entry):
    stamp, _, words = entry.partition(' ')
    try:
        seconds, values = calendar.timegm(time.strptime(stamp, TIME)), parse(words)
    except ValueError:
        return None
    return None if values is None else (seconds, values)


def _quoted(value, always=False):
    shown = printable('%s' % value if not isinstance(value, bytes) else value)
    return shown if WORD.match(shown) and not always else '"%s"' % re.sub(r'(["\\])', r'\\\1', shown)

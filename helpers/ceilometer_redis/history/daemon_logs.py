# SPDX-License-Identifier: Apache-2.0
"""What the logs of the redis server and the sentinel here say: failovers and starts, with times.

Whoever is the user redis writes them, and a former master's name is what a sentinel was told: they are believed no
further than to be shown.

How a line looks, seen with 2.8.17 (as with 2.8.4), 3.0.5 and 7.0.15::

    [5826] 29 Nov 13:28:36.764 # +switch-master ceilometer-redis 10.77.0.1 6379 10.77.0.2 6379
    23398:X 29 Nov 13:28:57.136 # +switch-master ceilometer-redis 10.77.0.1 6379 10.77.0.3 6379
    4092:X 29 Nov 2026 13:29:16.197 # +switch-master ceilometer-redis 10.77.0.1 6379 10.77.0.3 6379

The time is the host's local one, in the first two without the year.
"""

import os
import re
import time
import zlib

from ceilometer_redis.files import NO_FILE, open_regular

#: Where the daemons log.
DIRECTORY = '/var/log/redis'

#: The files of a daemon, the oldest first: logrotate of some releases compresses at once.
FILES = ('%s.log.2.gz', '%s.log.1.gz', '%s.log.1', '%s.log')

SERVER, SENTINEL = 'redis-server', 'redis-sentinel'

#: Bytes that are read of a file: its last ones, or the first of a compressed one's content.
MOST = 4 * 1024 * 1024

#: Bytes that are unpacked at once: what is before a byte that cannot be is still to be had.
PIECE = 4096

#: The name under which the sentinels know the master.
MASTER = 'ceilometer-redis'

MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
LINE = re.compile(r'(?:\[[0-9]+\]|[0-9]+:[A-Z]) ([0-9]{2}) (%s) (?:([0-9]{4}) )?'
                  r'([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{3} [-.*#] (.*)' % '|'.join(MONTHS))

ADDRESS = r'([0-9A-Fa-f.:]{2,45}) [0-9]{1,5}'
SWITCH = re.compile(r'\+switch-master %s %s %s\Z' % (MASTER, ADDRESS, ADDRESS))
DOWN = re.compile(r'\+[so]down master %s %s' % (MASTER, ADDRESS))
ASKED = "Executing user requested FAILOVER of '%s'" % MASTER

#: What a daemon says once, at each start.
STARTED = {SERVER: re.compile(r'(The server is now ready|Ready) to accept connections'),
           SENTINEL: re.compile(r'Sentinel (runid|ID) is [0-9a-f]{40}\Z')}

#: Seconds for which a sentinel may replace a master that it took for down: it waits for the others' votes, and again.
REPLACING = 120

#: Why a master was replaced.
NO_ANSWER, ASKED_FOR = 'it did not answer', 'another one was asked for'


def lines(name, since=0, directory=None):
    """Return [(seconds since the epoch, text)] of a daemon's log, and of the ones before it.

    Args:
        name: SERVER or SENTINEL.
        since: Seconds since the epoch; older lines are not wanted.
        directory: Where the logs are, if elsewhere.

    Raises:
        EnvironmentError: There is one that cannot be read.
    """
    found = []
    for pattern in FILES:
        written, texts = _read(os.path.join(directory or DIRECTORY, pattern % name))
        if written >= since:
            found.extend(_timed(texts, written))
    return [(seconds, text) for seconds, text in found if seconds >= since]


def events(since=0, directory=None):
    """Return what the logs tell: a list of {'time', 'kind', 'text'}; the arguments are those of lines().

    Returns:
        Those of the kind failover have from, to and why besides, those of the kind restart who: the daemon.
    """
    found = failovers(lines(SENTINEL, since, directory))
    for name in (SERVER, SENTINEL):
        started = set(seconds for seconds, text in lines(name, since, directory) if STARTED[name].match(text))
        found += [{'time': seconds, 'kind': 'restart', 'who': name, 'text': '%s has started' % name}
                  for seconds in started]
    return found


def failovers(lines):
    """Return the failovers in lines() of a sentinel.

    A handover begins by a command, as the replacement of a master does whose guard saw it end. Only the log of the
    sentinel that got it tells of that; to the others the master has not been down.
    """
    found, down = [], {}
    for seconds, text in lines:
        switch, taken_for_down = SWITCH.match(text), DOWN.match(text)
        if taken_for_down:
            down[taken_for_down.group(1)] = seconds
        elif text == ASKED:
            down.clear()
        elif switch:
            former, successor = switch.groups()
            why = NO_ANSWER if seconds - down.get(former, 0) <= REPLACING else ASKED_FOR
            found.append({'time': seconds, 'kind': 'failover', 'from': former, 'to': successor, 'why': why,
                          'text': 'redis master %s -> %s: %s' % (former, successor, why)})
            down.clear()
    return found


def _read(path):
    """Return (seconds since the epoch of the last write, lines) of a log, (0, []) if there is none.

    One that is not of the directory's owner is none of the daemon's: a second name of another file.
    """
    try:
        descriptor = open_regular(path)
    except EnvironmentError as error:
        if error.errno in NO_FILE:
            return 0, []
        raise
    with os.fdopen(descriptor, 'rb') as log:
        status = os.fstat(descriptor)
        if status.st_uid != os.stat(os.path.dirname(path)).st_uid:
            return 0, []
        begins = 0 if path.endswith('.gz') else max(0, status.st_size - MOST)
        log.seek(begins)
        content = log.read(MOST)
    if path.endswith('.gz'):
        content = _unpacked(content)
    found = content.decode('ascii', 'replace').split('\n')
    # The first may be half of one, and the last is still being written, or empty.
    # Its owner can give it any time.
    return min(max(status.st_mtime, 0), time.time()), found[1 if begins else 0:-1]


def _unpacked(content):
    """Return the first MOST bytes of what is compressed, as far as it can be read."""
    found, member = b'', zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for at in range(0, len(content), PIECE):
            found += member.decompress(content[at:at + PIECE], MOST - len(found))
            if len(found) >= MOST:
                break
    except zlib.error:
        pass
    return found


def _timed(texts, written):
    """Return [(seconds, text)] of the lines of one file; written: the seconds since the epoch of the last one."""
    last = time.localtime(written)
    found, year, later, following = [], last.tm_year, _day(last.tm_mon, last.tm_mday), written
    for text in reversed(texts):
        line = LINE.match(text)
        if line is None:
            continue
        day, month, hour, minute, second = (int(line.group(1)), MONTHS.index(line.group(2)) + 1,
                                            int(line.group(4)), int(line.group(5)), int(line.group(6)))
        # A line that is later in the year than the one after it is of the year before, or of a clock that was set back.
        if _day(month, day) > later + 7:
            year -= 1
        later = _day(month, day)
        try:
            following = _moment((int(line.group(3) or year), month, day, hour, minute, second), following)
        except (OverflowError, ValueError):
            continue
        found.append((following, line.group(7)))
    return found[::-1]


def _moment(shown, following):
    """Return the seconds since the epoch of a local time; of the hour that comes twice in autumn the fitting one.

    Args:
        shown: Year to second.
        following: The seconds of the line after it.
    """
    found = [int(time.mktime(shown + (0, 0, summer))) for summer in (0, 1)]
    found = [seconds for seconds in found if time.localtime(seconds)[:6] == shown]
    if not found:
        return int(time.mktime(shown + (0, 0, -1)))
    return max([seconds for seconds in found if seconds <= following] or found)


def _day(month, day):
    """Return a number that grows with the days of a year."""
    return 31 * month + day

# SPDX-License-Identifier: Apache-2.0
"""What the agents say in their logs."""

import errno
import os
import re

from ceilometer_redis import clock
from ceilometer_redis.files import open_regular
from ceilometer_redis.guard import decision, notes, processes

#: Where agents have their logs.
LOGS = '/var/log/'

#: Bytes that are read of a log at once; what an agent writes in five seconds is less.
LONGEST = 4 << 20

#: What they complain of there. unknown: a node that is not in the ring, which ends a polling cycle. ended: a loop (of
#: the watchers, the beats, a polling cycle) that an error ended for good, in Kilo's own words and in those of
#: oslo.service, which Liberty and Mitaka have; later ones go on.
COMPLAINTS = {'unknown': re.compile(br'UnknownNode: '),
              'ended': re.compile(br'in fixed duration looping call|interval looping call .{0,1000} failed')}


class AgentLogs(object):
    """The logs of this controller's agents, each from when its member became known.

    logs: {agent: (id of its member, Log)}.
    """

    def __init__(self):
        self.logs = {}

    def counts(self, agent, member):
        """Return how often an agent has complained, as Log.counts() has it; member: its Member, None if unknown."""
        if member is None:
            return dict.fromkeys(COMPLAINTS, 0)
        if self.logs.get(agent, (None,))[0] != member.id:
            self.logs[agent] = (member.id, Log(member.process))
        return self.logs[agent][1].counts()


class Log(object):
    """The log files a process has open, read from where they are now.

    times: {what it complains of: when it did (uptimes)}. ends: {path: up to where the file was read, in bytes}.
    """

    def __init__(self, process):
        self.times = dict((what, []) for what in COMPLAINTS)
        self.ends = dict((path, _size(path)) for path in self.paths(process))

    @staticmethod
    def paths(process):
        """Return the log files that a process has open."""
        try:
            return [path for path in processes.open_files(process) if path.startswith(LOGS) and os.path.isfile(path)]
        except EnvironmentError:
            return []  # it has just ended

    def counts(self):
        """Return {what COMPLAINTS has: how many times within the last hour new lines had it}."""
        for path in self.ends:
            lines = self.read_new(path)
            for what, words in COMPLAINTS.items():
                if words.search(lines):
                    self.times[what].append(clock.uptime())
        return dict((what, len([when for when in times if clock.uptime() - when < decision.FORGOTTEN]))
                    for what, times in self.times.items())

    def read_new(self, path):
        """Return what was written to a file since the last time, the last LONGEST bytes of it.

        The agent's user may put anything in its place: what is no file, and may never end, is passed over.
        """
        try:
            log = open_regular(path)
        except EnvironmentError as failure:
            if failure.errno != errno.ENOENT:  # else there is no new one yet
                notes.log_once('%s is passed over: %s' % (path, failure.strerror))
            return b''
        try:
            size = os.fstat(log).st_size
            begin = max(self.ends[path] if size >= self.ends[path] else 0, size - LONGEST)  # 0: rotated
            os.lseek(log, begin, os.SEEK_SET)
            lines = os.read(log, LONGEST)
        except EnvironmentError:
            return b''
        finally:
            os.close(log)
        self.ends[path] = begin + len(lines)
        return lines


def _size(path):
    try:
        return os.path.getsize(path)
    except EnvironmentError:
        return 0

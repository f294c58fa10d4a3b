# SPDX-License-Identifier: Apache-2.0
"""A coordinator of tooz as a program of its own, which coordinator.Coordinator runs and talks to.

Standard input: the URL and the member's id, a line each, then requests, each a line of JSON: [NAME, ARGUMENT...]. The
start and each request are answered by a line of JSON: [true, what was found] or [false, why not]. It ends with its
input.

With an argument, the Python package of the driver's client, nothing is connected and requests are not taken: the one
answer is that package's version (null: it cannot be imported), and why no coordinator can be made (null: one can).
"""
from __future__ import print_function

import json
import signal
import sys

try:
    from tooz import coordination
except Exception as error:  # which the answer tells
    coordination, missing = None, error

LOCK = b'ceilometer-redis-starting'
STOP_TIMEOUT = 10


class Requests(object):
    """What may be asked: its public methods."""

    def __init__(self, coordinator, member):
        self.coordinator = coordinator
        self.member = member
        self.lock = None

    def check(self, name):
        """Be a member of a group of this name for a moment; return its members meanwhile."""
        group = name.encode('ascii')
        self.coordinator.create_group(group).get()
        self.coordinator.join_group(group).get()
        self.coordinator.heartbeat()
        found = self.members_of(group)
        self.coordinator.leave_group(group).get()
        self.coordinator.delete_group(group).get()
        return found

    def beat(self):
        """Show that the service answers."""
        self.coordinator.heartbeat()
        self.coordinator.get_groups().get()

    def members(self, prefix):
        """Return {group: its members} of the groups with this prefix."""
        # Names are text with memcached in tooz 3.1.0, bytes elsewhere.
        groups = [group for group in self.coordinator.get_groups().get() if text(group).startswith(prefix)]
        return dict((text(group), self.members_of(group)) for group in groups)

    def members_of(self, group):
        """Return the members of a group."""
        try:
            return sorted(text(member) for member in self.coordinator.get_members(group).get())
        except coordination.GroupNotCreated:
            return []  # it has gone meanwhile

    def take(self):
        """Return whether this coordinator has the lock; it is taken if nobody has it."""
        if self.lock is None:
            lock = self.coordinator.get_lock(LOCK)
            self.lock = lock if lock.acquire(blocking=False) else None
        return self.lock is not None

    def release(self):
        """Give the lock up."""
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def text(value):
    """Return a name of tooz', text or bytes, as text."""
    return value if isinstance(value, str) else value.decode('ascii')


def answer(function, *arguments):
    """Print what a function returns, or the error that it ends with; return whether it did return."""
    try:
        found, done = function(*arguments), True
    except Exception as error:  # of redis-py, kazoo or pymemcache, which tooz lets through since 2.9
        found, done = described(error), False
    print(json.dumps([done, found]))
    sys.stdout.flush()
    return done


def make(url, member):
    """Return a coordinator that is not connected; raises whatever tooz and the driver do."""
    if coordination is None:
        raise missing
    return coordination.get_coordinator(url, member.encode('ascii'))


def inspect(url, member, package):
    """Return the version of a Python package, and why no coordinator can be made: None where there is none."""
    version = None
    try:
        version = getattr(__import__(package), '__version__', 'without a version')
        make(url, member)
    except Exception as error:
        return version, described(error)
    return version, None


def described(error):
    """Return an error as one text."""
    return '%s: %s' % (type(error).__name__, error)


def main():
    """Answer what standard input asks until it ends."""
    url, member = (sys.stdin.readline().strip() for _ in range(2))
    if sys.argv[1:]:
        answer(inspect, url, member, sys.argv[1])
        return
    started = []

    def start():
        started.append(make(url, member))
        started[0].start()

    if not answer(start):
        return
    requests = Requests(started[0], member)
    for line in iter(sys.stdin.readline, ''):
        words = json.loads(line)
        answer(getattr(requests, words[0]), *words[1:])
    # A service that hangs would keep it for ever.
    signal.alarm(STOP_TIMEOUT)
    started[0].stop()


if __name__ == '__main__':
    main()

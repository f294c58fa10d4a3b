# SPDX-License-Identifier: Apache-2.0
"""Who is whose member: what the guard knows of the members of this controller's agents, however it came to know."""

import base64

from ceilometer_redis import clock
from ceilometer_redis.guard import groups, notes, processes

FILE = 'members.json'


class Members(object):
    """The members of this controller's agents.

    known: {agent: Member}, kept for the guard that follows. ended: {agent: uptime of the end of its last member}.
    """

    def __init__(self, run):
        self.run = run
        kept = ((agent, _member(found)) for agent, found in notes.read(run, FILE).items())
        self.known = dict((agent, member) for agent, member in kept if member is not None)
        self.ended = {}

    def learn(self, agent, member):
        """Know an agent's Member from now on."""
        self.known[agent] = member
        notes.log('%s: is member %s' % (agent, member.id))
        self.keep()

    def forget(self, agent):
        """Know no member of an agent any more."""
        notes.log('%s: member %s has ended' % (agent, self.known.pop(agent).id))
        self.ended[agent] = clock.uptime()
        self.keep()

    def keep(self):
        """Write down who is known."""
        notes.write(self.run, FILE, dict((agent, _kept(member)) for agent, member in self.known.items()))

    def without_member(self, agent, living):
        """Return for how long an agent no member of which is known has been running, and silent.

        The worker of an agent that is being stopped, or that starts another worker, ends before its old parent.

        Args:
            agent: Its name.
            living: Its Processes.

        Returns:
            (running, silent) in seconds; (None, None) if it does not run.
        """
        if not living:
            return None, None
        running = max(map(processes.age, living))
        return running, min(running, clock.uptime() - self.ended.get(agent, 0))


def _member(kept):
    """Return the Member that _kept() made content for JSON of; None if it is something else."""
    try:
        pid, started = map(int, kept['process'])
        return groups.Member(processes.Process(pid, started), '%s' % kept['id'], dict(
            (group, base64.b64decode(value)) for group, value in kept['groups'].items()))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _kept(member):
    return {'process': list(member.process), 'id': member.id, 'groups': dict(
        (group, base64.b64encode(value).decode('ascii')) for group, value in member.groups.items())}

"""Who is whose member: which local agent is which member of the groups in redis.

An agent names itself by a uuid made at its start and tells nobody. But the store sees who writes a member's beat: with
MONITOR the client's address and port, which belong to a process of this host. That holds for every tooz (beats are
written with PSETEX or SET, by 0.13 of Kilo with SETEX where redis is older than 2.6) and needs nothing of the agent.
"""

import base64

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import decision, groups, notes, processes
from ceilometer_redis.pacemaker import state, tools

FILE = 'members.json'


class Members(object):
    """The members of this controller's agents. known: {agent: Member}, kept for the guard that follows."""

    def __init__(self, deployment, run):
        self.controllers = [controller['fqdn'] for controller in deployment.get('controllers', [])]
        self.node = deployment['node']['fqdn']
        self.run = run
        self.known = dict((agent, _member(kept)) for agent, kept in notes.read(run, FILE).items())
        # By member: when it was put back, when it beat last, for how many milliseconds a beat counts.
        self.rejoined, self.heard, self.lifetimes = {}, {}, {}
        # By agent: when its last member ended.
        self.ended = {}

    def begin_turn(self, client):
        """Prepare for agents that will start here: nothing is to be done, as who beats shows whose member it is."""

    def update(self, client, living, starting, store_up):
        """End the members whose processes are gone, and find those of agents that are not known yet.

        living: {agent: its Processes}; starting: whether the agents here have their turn now; store_up: seconds.
        """
        self.end_dead(client, living)
        self.identify(client, living)

    def end_dead(self, client, living):
        """End the members whose processes are gone: those of this controller, and those of one that is off."""
        for agent, member in list(self.known.items()):
            found = living.get(agent, [])
            if member.process not in found or self.is_left_over(client, member, found):
                self.forget(agent)
        ids = set(member.id for member in self.known.values())
        for node in [self.node] + self.offline():
            for member, joined in groups.published(client, node).items():
                if node != self.node or member not in ids:
                    groups.end(client, member, joined)
                    groups.withdraw(client, node, member)
                    notes.log('membership %s of %s is ended' % (member, node))

    def forget(self, agent):
        """Know no member of an agent any more."""
        notes.log('%s: member %s has ended' % (agent, self.known.pop(agent).id))
        self.ended[agent] = clock.uptime()
        self.keep()

    def is_left_over(self, client, member, living):
        """Return whether a member's process hangs and younger ones run: a hung worker outlives its agent's restart."""
        restarted = any(process.started > member.process.started for process in living)
        return restarted and self.silence(member, groups.beat_left(client, member.id)) >= decision.GRACE

    def offline(self):
        """Return the controllers that Pacemaker, having quorum, says are off."""
        try:
            off = state.offline(tools.query())
        except NotDone:
            return []
        return [node for node in self.controllers if node in off]

    def identify(self, client, living):
        """Find the members of those agents that run and are not known yet."""
        wanted = dict((agent, found) for agent, found in living.items() if found and agent not in self.known)
        if not wanted:
            return
        for agent, member in groups.identify(client, wanted).items():
            self.known[agent] = member
            groups.publish(client, self.node, member)
            notes.log('%s: is member %s' % (agent, member.id))
        self.keep()

    def verdict(self, client, agent, living, store_up, said):
        """Return (verdict, reason) about an agent.

        client: None while the store accepts no writes; living: the agent's Processes; store_up: for how many
        seconds the store has accepted writes, or None; said: what the agent's log said, as Logs.said() has it.
        """
        member = self.known.get(agent)
        if client is not None and member is not None:
            self.follow_groups(client, member)
        return decision.decide(self.view(client, agent, living, store_up, said))

    def follow_groups(self, client, member):
        """Take note of groups that a member has joined since."""
        joined = groups.groups_of(client, member.id)
        if set(joined) - set(member.groups):
            member.groups.update(joined)
            groups.publish(client, self.node, member)
            self.keep()

    def view(self, client, agent, living, store_up, said):
        """Return the View of an agent; the arguments are verdict()'s."""
        member, now = self.known.get(agent), clock.uptime()
        if member is None:
            running, silent = self.without_member(agent, living)
            return decision.View(running, store_up, None, False, silent, [], False, None, 0, 0)
        left = groups.beat_left(client, member.id) if client is not None else 0
        silent = self.silence(member, left)
        rejoined = self.rejoined.get(member.id)
        return decision.View(processes.age(member.process), store_up, member.id, left > 0 and silent < decision.GRACE,
                             silent, groups.missing(client, member) if client is not None else [], bool(member.groups),
                             now - rejoined if rejoined else None, **said)

    def without_member(self, agent, living):
        """Return (running, silent) of an agent no member of which is known: in seconds, None if it does not run.

        The worker of an agent that is being stopped, or that starts another worker, ends before its old parent.
        """
        if not living:
            return None, None
        running = max(map(processes.age, living))
        return running, min(running, clock.uptime() - self.ended.get(agent, 0))

    def silence(self, member, left):
        """Return the seconds since a member's last beat; left: the milliseconds for which that still counts.

        How long a beat counts in all is the agent's own setting; the longest that was ever left is near it.
        """
        if left:
            whole = self.lifetimes[member.id] = max(left, self.lifetimes.get(member.id, 0))
            self.heard[member.id] = clock.uptime() - (whole - left) / 1000.0
        return clock.uptime() - self.heard[member.id] if member.id in self.heard else processes.age(member.process)

    def rejoin(self, client, agent):
        """Put an agent's member back into the groups that it is missing from."""
        member = self.known[agent]
        for group in groups.missing(client, member):
            groups.rejoin(client, member, group)
        groups.publish(client, self.node, member)
        self.rejoined[member.id] = clock.uptime()

    def keep(self):
        """Write down who is known."""
        notes.write(self.run, FILE, dict((agent, _kept(member)) for agent, member in self.known.items()))


def _member(kept):
    """Return the Member that _kept() made content for JSON of."""
    return groups.Member(processes.Process(*kept['process']), kept['id'], dict(
        (group, base64.b64decode(value)) for group, value in kept['groups'].items()))


def _kept(member):
    return {'process': list(member.process), 'id': member.id, 'groups': dict(
        (group, base64.b64encode(value).decode('ascii')) for group, value in member.groups.items())}

# SPDX-License-Identifier: Apache-2.0
"""Who is whose member where the groups are in redis: the store shows it.

An agent names itself by a uuid made at its start and tells nobody. But the store sees who writes a member's beat: with
MONITOR the client's address and port, which belong to a process of this host. That holds for every tooz (beats are
written with PSETEX or SET, by 0.13 of Kilo with SETEX where redis is older than 2.6) and needs nothing of the agent.
"""

from ceilometer_redis import clock
from ceilometer_redis.guard import decision, groups, notes, processes
from ceilometer_redis.guard.members import Members
from ceilometer_redis.guard.silence import Silence


class RedisMembers(Members):
    """The members of this controller's agents in redis. A client is one of python-redis.

    cluster: the Cluster. rejoined: {member id: uptime at which it was put back}.
    """

    def __init__(self, deployment, run, cluster):
        super(RedisMembers, self).__init__(run)
        self.controllers = [controller['fqdn'] for controller in deployment['controllers']]
        self.node = deployment['node']['fqdn']
        self.cluster = cluster
        self.silence = Silence()
        self.rejoined = {}

    def begin_turn(self, client):
        """Prepare for agents that will start here: nothing is to be done, as who beats shows whose member it is."""

    def update(self, client, living, starting, store_up):
        """End the members whose processes are gone, and find those of agents that are not known yet.

        Args:
            client: That of the store, which accepts writes.
            living: {agent: its Processes}.
            starting: Whether the agents here have their turn now.
            store_up: For how many seconds the store has accepted writes.
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
                    groups.end_membership(client, member, joined)
                    groups.unpublish(client, node, member)
                    notes.repair('membership %s of %s is ended' % (member, node), member=member, node=node)

    def is_left_over(self, client, member, living):
        """Return whether a member's process hangs and younger ones run: a hung worker outlives its agent's restart."""
        restarted = any(process.started > member.process.started for process in living)
        return restarted and self.silence.of(member, groups.beat_left(client, member.id)) >= decision.GRACE

    def offline(self):
        """Return the controllers that Pacemaker, having quorum, says are off."""
        return [node for node in self.controllers if node in self.cluster.offline]

    def identify(self, client, living):
        """Find the members of those agents that run and are not known yet."""
        wanted = dict((agent, found) for agent, found in living.items() if found and agent not in self.known)
        if wanted:
            for agent, member in groups.identify(client, wanted).items():
                groups.publish(client, self.node, member)
                self.learn(agent, member)

    def verdict(self, client, agent, living, store_up, complaints):
        """Decide on an agent.

        Args:
            client: That of the store; None while it accepts no writes.
            agent: Its name.
            living: Its Processes.
            store_up: For how many seconds the store has accepted writes; None while it does not.
            complaints: What its log says, as Logs.counts() has it.

        Returns:
            (verdict, reason), those of decision.decide().
        """
        member = self.known.get(agent)
        if client is not None and member is not None:
            self.follow_groups(client, member)
        return decision.decide(self.view(client, agent, living, store_up, complaints))

    def follow_groups(self, client, member):
        """Take note of groups that a member has joined since."""
        joined = groups.groups_of(client, member.id)
        if set(joined) - set(member.groups):
            member.groups.update(joined)
            groups.publish(client, self.node, member)
            self.keep()

    def view(self, client, agent, living, store_up, complaints):
        """Return the View of an agent; the arguments are verdict()'s."""
        member = self.known.get(agent)
        if member is None:
            running, silent = self.without_member(agent, living)
            return decision.View(running, store_up, None, False, silent, [], False, None, **complaints)
        left = groups.beat_left(client, member.id) if client is not None else 0
        silent, rejoined = self.silence.of(member, left), self.rejoined.get(member.id)
        return decision.View(processes.age(member.process), store_up, member.id, left > 0 and silent < decision.GRACE,
                             silent, groups.missing_groups(client, member) if client is not None else [],
                             bool(member.groups), clock.uptime() - rejoined if rejoined else None, **complaints)

    def rejoin(self, client, agent):
        """Put an agent's member back into the groups that it is missing from."""
        member = self.known[agent]
        for group in groups.missing_groups(client, member):
            groups.rejoin(client, member, group)
        groups.publish(client, self.node, member)
        self.rejoined[member.id] = clock.uptime()

# SPDX-License-Identifier: Apache-2.0
"""Who is whose member at a service of which tooz is all there is to ask: zookeeper, memcached.

tooz says who is in a group, not who of them is whose: a member that appears while this controller's agents start in
turn is theirs. It puts nobody back and ends nobody's membership but its own, so the means is a restart, and the dead
leave when their time is over.
"""

from ceilometer_redis.guard import decision
from ceilometer_redis.guard.groups import Member
from ceilometer_redis.guard.members import Members

#: By agent, with what the names of its groups begin: ceilometer's polling manager and evaluators, aodh's evaluator.
GROUPS = {'ceilometer-agent-central': 'central-', 'ceilometer-alarm-evaluator': 'alarm_evaluator',
          'aodh-evaluator': 'alarm_evaluator'}

#: Seconds a service is back before its groups are read: reading takes those out who had no time to beat again.
RETURN = 10


class ToozMembers(Members):
    """The members of this controller's agents as tooz has them. A client is a Coordinator.

    before: {agent: {group: its members}} when the agents here got their turn. groups: the same now, None while that
    cannot be told.
    """

    def __init__(self, deployment, run, access):
        super(ToozMembers, self).__init__(run)
        self.services = sorted(agent['service'] for agent in deployment['agents'].values())
        self.access = access
        self.before = None
        self.groups = None

    def begin_turn(self, client):
        """Remember who is there before the agents here start."""
        self.before = self.read_groups(client)

    def read_groups(self, client):
        """Return {agent: {group: its members}} of the agents that may run here."""
        return dict((agent, client.ask('members', GROUPS[agent])) for agent in self.services)

    def update(self, client, living, starting, store_up):
        """Forget the members whose processes are gone; take those for the agents' who have joined in their turn.

        The arguments are those of RedisMembers.update().
        """
        self.forget_dead(living)
        just_back = self.access.was_away and store_up < RETURN
        self.groups = self.read_groups(client) if starting or not just_back else None
        if starting and self.before is not None:
            self.identify(living)

    def forget_dead(self, living):
        """Forget the members whose processes are gone."""
        for agent, member in list(self.known.items()):
            # It may be that of an agent that was guarded before the settings changed.
            if member.process not in living.get(agent, []):
                self.forget(agent)

    def identify(self, living):
        """Take those who have joined since this controller began to start its agents for them."""
        for agent in self.services:
            new = _everybody(self.groups[agent]) - _everybody(self.before[agent])
            if agent not in self.known and living[agent] and len(new) == 1:
                # The youngest is the one that works: it was started by the other.
                process = max(living[agent], key=lambda process: process.started)
                self.learn(agent, Member(process, new.pop(), {}))

    def verdict(self, client, agent, living, store_up, complaints):
        """Decide on an agent; arguments and result are those of RedisMembers.verdict()."""
        if client is not None and self.groups is None:
            return 'wait', 'the service is just back'
        return decision.decide_by_groups(self.view(agent, living, store_up, complaints))

    def view(self, agent, living, store_up, complaints):
        """Return the View of an agent; the arguments are verdict()'s."""
        member, missing = self.known.get(agent), []
        running, silent = self.without_member(agent, living)
        if member is not None and self.groups is not None:
            for group, found in self.groups[agent].items():
                if member.id in found:
                    member.groups[group] = b''
            missing = sorted(group for group in member.groups if member.id not in self.groups[agent].get(group, []))
        return decision.View(running, store_up, member.id if member else None, True, silent, missing,
                             bool(member and member.groups), None, **complaints)


def _everybody(found):
    """Return the members of all groups."""
    return set(member for members in found.values() for member in members)

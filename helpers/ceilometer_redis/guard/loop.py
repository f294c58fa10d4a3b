# SPDX-License-Identifier: Apache-2.0
"""The guard: a daemon beside the agents of one controller, so that none of them is silently idle.

tooz never repairs some states (seen with 3.1.0 and 9.1.0, present in all): a member that a peer took out of its group
while the store was away polls nothing for ever, an emptied store silences all agents, and agents that start together
read half of a group each. The guard starts the agents one controller after another, puts a member that beats back into
its group, ends the memberships of the dead at once, and ends itself when an agent needs a restart: Pacemaker then
restarts the guard and, after it, the agents of this controller alone. A plain service that coordinates as well, the
notification agent, it lets the init system restart.
"""

import sys
import syslog
import time
import traceback

import redis

from ceilometer_redis import clock
from ceilometer_redis.coordination import service
from ceilometer_redis.deployment.parts import service_of, with_former_store
from ceilometer_redis.errors import NotDone, printable
from ceilometer_redis.guard import decision, notes, processes, supervisor
from ceilometer_redis.guard.access import ExistingRedis, OwnStore, ToozService
from ceilometer_redis.guard.agent_logs import AgentLogs
from ceilometer_redis.guard.cluster import Cluster
from ceilometer_redis.guard.own_redis import OwnRedis
from ceilometer_redis.guard.own_sentinel import OwnSentinel
from ceilometer_redis.guard.redis_members import RedisMembers
from ceilometer_redis.guard.restarts import Restarts
from ceilometer_redis.guard.tooz_members import ToozMembers
from ceilometer_redis.guard.turn import Turn
from ceilometer_redis.pacemaker import attributes, tools

#: How that which is done upon a verdict is noted.
DONE = {'rejoin': notes.repair, 'restart': notes.restart}


def guard_of(deployment, run=notes.RUN):
    """Return the Guard of a deployment, at the store that the agents here share now.

    Raises:
        NotDone: Pacemaker does not answer, where the agents may have moved.
    """
    node = deployment['node']['fqdn']
    if 'former' in deployment and attributes.get(tools.query(), node, attributes.SERVICE) is None:
        # The agents here have not moved yet.
        deployment = with_former_store(deployment)
    services = sorted(agent['service'] for agent in deployment['agents'].values())
    if service_of(deployment) is None:
        access = OwnStore(deployment)
    elif service.driver(deployment['coordination']['backend_url']) == 'redis':
        access = ExistingRedis(deployment)
    else:
        access = ToozService(deployment)
    cluster = Cluster(node)
    if isinstance(access, ToozService):
        # Several members of one service here cannot be told apart.
        members, plain = ToozMembers(deployment, run, access), []
    else:
        members, plain = RedisMembers(deployment, run, cluster), deployment['services']
    supervisors = supervisor.Supervisors(supervisor.parameters(deployment['agents']))
    own_sentinel = OwnSentinel() if service_of(deployment) is None else None
    own_redis = OwnRedis(own_sentinel.deployment) if own_sentinel else None
    return Guard(run, access, members, cluster, supervisors, own_sentinel, own_redis, services, plain)


class Guard(object):
    """One controller's guard. look() is one round; its verdicts are in run/guard.json for people and for status.

    cluster: the Cluster; supervisors: those of the agents; own_sentinel, own_redis: the OwnSentinel and the
    OwnRedis, or None.
    services: those that Pacemaker runs; plain_services: those of the init system. verdicts: {agent: (verdict, reason)}
    of the last look; store_since: the uptime since which the store has accepted writes, or None.
    """

    def __init__(self, run, access, members, cluster, supervisors, own_sentinel, own_redis, services, plain_services):
        self.run = run
        self.access = access
        self.members = members
        self.cluster = cluster
        self.supervisors = supervisors
        self.own_sentinel = own_sentinel
        self.own_redis = own_redis
        self.services = services
        self.plain_services = plain_services
        self.logs = AgentLogs()
        self.restarts = Restarts(run)
        self.turn = Turn(access, members, cluster)
        self.verdicts = {}
        self.store_since = None

    def watch(self):
        """Look until an agent needs a restart of Pacemaker's, then return."""
        # Pacemaker waits with everything else for the guard's start, and that for the first word of it.
        self.report({})
        notes.restart('the guard has started', syslog.LOG_INFO, who='guard')
        while True:
            try:
                self.turn.take()
                if self.look():
                    return
            except Exception as odd:  # the agents go with the guard, so nothing that it meets may end it
                self.wait_after(odd)
            joining = not self.turn.taken or self.turn.since is not None
            self.rest(decision.JOINING_PERIOD if joining else decision.PERIOD)

    def rest(self, seconds):
        """Wait for some seconds until the next look; the end of the redis server here is noticed meanwhile."""
        end = clock.uptime() + seconds
        try:
            if self.own_redis is not None:
                self.own_redis.watch(seconds)
        except Exception as odd:
            self.wait_after(odd)
        time.sleep(max(0, end - clock.uptime()))

    def wait_after(self, odd):
        """Do nothing about any agent in this round, in which an exception came that nobody foresaw."""
        words = self.access.hide(traceback.format_exception_only(type(odd), odd)[-1].strip())
        module, line = traceback.extract_tb(sys.exc_info()[2])[-1][:2]
        notes.log_once('unforeseen: %s (%s:%d)' % (words, module, line), syslog.LOG_ERR)
        self.report(dict.fromkeys(self.verdicts or self.services, ('wait', 'unforeseen: %s' % words)))

    def look(self):
        """Look once; return whether an agent of Pacemaker's is to be restarted."""
        self.cluster.look()
        self.turn.keep()
        if self.own_sentinel is not None:
            self.own_sentinel.look()
        client, living = self.access.client(), self.find_processes()
        self.store_since = None if client is None else self.store_since or clock.uptime()
        try:
            if client is not None:
                self.members.update(client, living, self.turn.since is not None, self.store_up())
            verdicts = dict((agent, self.act(client, agent, living[agent])) for agent in living)
            if client is not None:
                self.turn.release(client, all(service in self.members.known and verdicts[service][0] == 'ok'
                                              for service in self.services))
        except (redis.RedisError, NotDone) as lost:
            verdicts = dict((agent, ('wait', 'lost the store: %s' % lost)) for agent in living)
        verdicts = dict((agent, (verdict, '; '.join([reason] + self.reservations(agent))))
                        for agent, (verdict, reason) in verdicts.items())
        self.report(verdicts)
        return self.restart(agent for agent, (verdict, _) in verdicts.items() if verdict == 'restart')

    def reservations(self, agent):
        """Return what a verdict on an agent is to be read with, as sentences."""
        unsupervised = _service(agent) in self.supervisors.unsupervised
        return (['no supervisor says which process it is'] if unsupervised else []) + (
            ['%s, so nothing is done about it' % self.cluster.lost] if self.cluster.lost else [])

    def store_up(self):
        """Return for how many seconds the store has accepted writes, None while it does not."""
        return None if self.store_since is None else clock.uptime() - self.store_since

    def find_processes(self):
        """Return {agent: its living Processes}; of a plain service each of its workers is an agent."""
        found = self.supervisors.living(self.services + self.plain_services)
        known = [member.process for member in self.members.known.values()]
        living = dict((service, found[service]) for service in self.services)
        for plain in self.plain_services:
            # A worker that forks, to run a command, is one all the same.
            working = processes.workers(found[plain])
            living.update(('%s (%d)' % (plain, process.pid), [process]) for process in found[plain]
                          if process in working or process in known)
        return living

    def act(self, client, agent, living):
        """Decide on an agent, and do what is to be done in the store.

        The arguments are those of RedisMembers.verdict().

        Returns:
            (verdict, reason), those of decision.decide(); to rejoin is done, to restart is left to the caller. While
            the cluster is lost, its peers may have ended the member for good reason: then there is neither.
        """
        complaints = self.logs.counts(agent, self.members.known.get(agent))
        try:
            verdict, reason = self.members.verdict(client, agent, living, self.store_up(), complaints)
            if self.cluster.lost and verdict in ('rejoin', 'restart'):
                return 'wait', reason
            if verdict == 'rejoin':
                self.members.rejoin(client, agent)
            if verdict == 'restart':
                return self.restart_or_wait(client, agent, reason)
        except redis.ResponseError as refusal:
            return 'wait', 'the store refuses: %s' % refusal
        return verdict, reason

    def restart_or_wait(self, client, agent, reason):
        """Return the verdict on an agent that needs a restart: wait while it is too soon or another controller's turn.

        Args:
            client: That of the store.
            agent: Its name.
            reason: Why it needs one.

        Returns:
            (verdict, reason); a restart is noted as done, and the lock taken for it.
        """
        service = _service(agent)
        count, left = self.restarts.pause(service)
        if left:
            return 'wait', '%s; restarted %d times, again in %d s' % (reason, count, left)
        if not self.access.take_lock(client):
            return 'wait', '%s; another controller starts its agents' % reason
        self.restarts.note(service)
        return 'restart', reason

    def restart(self, agents):
        """Let the init system restart the plain services among agents; return whether there are others."""
        wanted = set(map(_service, agents))
        for plain in sorted(wanted & set(self.plain_services)):
            self.restarts.restart(plain)
        return bool(wanted - set(self.plain_services))

    def say(self, agent, verdict, reason):
        """Say what is new of an agent; what is done about it is history."""
        line = '%s: %s: %s' % (agent, verdict, reason)
        if verdict in DONE:
            DONE[verdict](line, agent=agent, verdict=verdict)
        else:
            priority = syslog.LOG_INFO if verdict == 'ok' else syslog.LOG_WARNING
            notes.log(line, priority, 'verdict', agent=agent, verdict=verdict)

    def report(self, verdicts):
        """Say what is new in the verdicts, and write all of them down."""
        for agent, (verdict, reason) in sorted(verdicts.items()):
            if self.verdicts.get(agent, (None, None))[0] != verdict:
                self.say(agent, verdict, reason)
        self.verdicts = verdicts
        known = self.members.known
        notes.write(self.run, notes.FILE, {'uptime': clock.uptime(), 'agents': dict(
            (agent, {'verdict': verdict, 'reason': printable(reason),
                     'member': known[agent].id if agent in known else None})
            for agent, (verdict, reason) in verdicts.items())})


def _service(agent):
    """Return the service of an agent, which may be one of its workers."""
    return agent.partition(' ')[0]

"""The guard where the environment uses an existing service, as far as the service's driver of tooz allows.

A redis server is asked as the store here is. Of zookeeper and memcached tooz alone is asked, and that says who is in a
group, not who of them is whose: a member that appears while this controller's agents start in turn is theirs. tooz puts
nobody back and ends nobody's membership but its own, so the means is a restart, and the dead leave when their time is
over.
"""
import os
import threading
import uuid

import redis

from ceilometer_redis import backend_url, clock, cluster, coordinator, guard, members, service, store
from ceilometer_redis import deployment as deployment_file
from ceilometer_redis.errors import BadInput, NotDone

#: By agent, with what the names of its groups begin: ceilometer's polling manager and evaluators, aodh's evaluator.
GROUPS = {'ceilometer-agent-central': 'central-', 'ceilometer-alarm-evaluator': 'alarm_evaluator',
          'aodh-evaluator': 'alarm_evaluator'}

#: Where a compute node's deployment has the agents' URL.
COMPUTE_URL = 'coordination/backend_url'

#: The program of an agent has the name of its service.
PROGRAMS = '/usr/bin/'

#: Seconds a service is back before its groups are read: reading takes those out who had no time to beat again.
RETURN = 10

#: Seconds an agent may take to join in its controller's turn; later it could not be told from another's.
TURN = 60

#: Seconds for status, and in which a redis server shows a beat.
LOOK, LISTEN = 10, 3


def of(deployment):
    """Return the Guard of a deployment."""
    node = deployment['node']['fqdn']
    if 'former' in deployment and cluster.attribute(cluster.query(), node, cluster.SERVICE) is None:
        # The agents here have not moved yet.
        return guard.Guard(deployment_file.with_store(deployment))
    if 'service' not in deployment['coordination']:
        return guard.Guard(deployment)
    redis_driver = service.driver(deployment['coordination']['backend_url']) == 'redis'
    return (RedisGuard if redis_driver else ServiceGuard)(deployment)


def join(deployment):
    """Prove that the agents of a controller or a compute node can coordinate, before anything of them is changed.

    Their Pythons are asked, without a connection: a store of ours may refuse writes now. A controller joins an existing
    service. Raises BadInput if a Python cannot serve or the service cannot be guarded, NotDone if it cannot be joined.
    """
    url = url_of(deployment)
    agents = [agent['service'] for agent in deployment.get('agents', {}).values()] + deployment['services']
    for python in backend_url.agents_pythons(PROGRAMS + name for name in sorted(agents)):
        coordinator.prove(url, python)
    if 'service' in deployment.get('coordination', {}):
        coordinator.check(url)
        if service.driver(url) == 'redis' and deployment['guard']:
            check_identification(url)


def url_of(deployment):
    """Return the agents' URL, which a compute node has among its options. Raises BadInput if the agents use none."""
    if 'coordination' in deployment:
        return deployment['coordination']['backend_url']
    if COMPUTE_URL not in deployment['options']:
        raise BadInput('coordinate_compute', 'true is allowed for this command: the agent here does not coordinate')
    return deployment['options'][COMPUTE_URL]['value'].replace('$$', '$')


def status(deployment):
    """Return what is seen of the service from here: {'service': its name, 'problems': sentences}."""
    problems = []
    try:
        coordinator.check(deployment['coordination']['backend_url'], LOOK)
    except NotDone as refusal:
        problems.append('%s' % refusal)
    return {'service': deployment['coordination']['service'], 'problems': problems}


def connect(url):
    """Return a client of the redis server that a URL names, or of the master that its sentinels name.

    Raises redis.RedisError if no sentinel answers.
    """
    found = service.redis_server(url)
    host, port = master(found) if found.master_name else found.hosts[0]
    # The connections of store.py are without TLS.
    once = dict((name, value) for name, value in store.ASK_ONCE.items() if name != 'connection_class')
    return redis.StrictRedis(host=host, port=port, **dict(found.options, socket_timeout=store.SOCKET_TIMEOUT, **once))


def master(server):
    """Return (address, port) of the master that the first sentinel names that answers."""
    for host, port in server.hosts:
        try:
            named = store.named_master(store.connect(host, port), server.master_name)
        except redis.RedisError:
            continue
        if named:
            return named
    raise redis.ConnectionError('no sentinel names a master %s' % server.master_name)


def check_identification(url):
    """Raise BadInput if the guard could not find out at a redis server who of its members is here.

    It wants MONITOR, which an operator may have taken away, and the addresses that connections have here.
    """
    probe, refusal = 'ceilometer-redis-%s' % uuid.uuid4(), None
    try:
        listener, writer = connect(url), connect(url)
        writer.ping()
        own = members.addresses(members.Process(os.getpid(), 0))
        timer = threading.Timer(0.5, writer.psetex, (members.BEAT + probe, 1000, 'alive'))
        timer.start()
        if members.beats(listener, {'own': own}, LISTEN) != {'own': probe}:
            refusal = 'it shows no MONITOR, or other addresses than the controllers have'
        timer.join()
    except redis.RedisError as error:
        refusal = '%s' % error
    if refusal:
        raise BadInput('guard', 'false is allowed with %s: %s' % (service.identity(url), service.hide(refusal, url)))


class RedisGuard(guard.Guard):
    """The guard at a redis server that was there before: its own but for the way there."""

    def client(self):
        try:
            client = connect(self.deployment['coordination']['backend_url'])
            client.psetex('ceilometer-redis:guard:' + self.node, guard.WRITE_EXPIRY, int(clock.uptime()))
            return client
        except redis.RedisError:
            return None


def decide(view):
    """Return (verdict, reason), of those of guard.decide, about an agent whose members tooz shows."""
    if view.running is None or view.store_up is None or view.unknown > 1 or view.ended:
        return guard.decide(view)
    settled = min(view.running, view.store_up) >= guard.GRACE
    if view.member is None:
        overdue = settled and view.silent >= guard.GRACE
        return ('restart', 'runs, but which member it is nobody knows') if overdue else ('wait', 'has not joined yet')
    if view.missing:
        return 'restart' if settled else 'wait', 'runs, but is missing from %s' % ', '.join(view.missing)
    return 'ok', 'is a member'


class ServiceGuard(guard.Guard):
    """The guard where tooz is all there is to ask. A client is a Coordinator."""

    def __init__(self, deployment, run=guard.RUN):
        super(ServiceGuard, self).__init__(deployment, run)
        # Several members of one service here cannot be told apart.
        self.plain = []
        self.coordinator = None
        self.was_away = False
        self.before = None
        self.groups = None

    def client(self):
        """Return the coordinator if the service answers it, else None."""
        try:
            if self.coordinator is None:
                self.coordinator = coordinator.Coordinator(self.deployment['coordination']['backend_url'],
                                                           'ceilometer-redis-guard-%s' % self.node)
            self.coordinator.ask('beat')
        except NotDone as lost:
            guard.log('%s' % lost, guard.syslog.LOG_WARNING)
            if self.coordinator is not None:
                self.coordinator.close()
            self.coordinator, self.was_away = None, True
        return self.coordinator

    def take_lock(self, client):
        return client.ask('take')

    def give_lock(self, client):
        client.ask('release')

    def is_turn_over(self):
        return clock.uptime() - self.starting > TURN

    def is_my_turn(self):
        client = self.client()
        try:
            if client is None or not self.take_lock(client):
                return False
            self.before = self.read_groups(client)
        except NotDone:
            return False
        return True

    def read_groups(self, client):
        """Return {service: {group: its members}} of the agents that run here."""
        return dict((name, client.ask('members', GROUPS[name])) for name in self.services)

    def end_dead(self, client, living):
        """Forget the members whose processes are gone."""
        for name, member in list(self.known.items()):
            # It may be that of an agent that was guarded before the settings changed.
            if member.process not in living.get(name, []):
                self.forget(name, member)

    def identify(self, client, living):
        """Take those who have joined since this controller began to start its agents for them."""
        just_back = self.was_away and clock.uptime() - self.store_since < RETURN
        self.groups = self.read_groups(client) if self.starting or not just_back else None
        if not self.starting or self.before is None:
            return
        for name in self.services:
            new = everybody(self.groups[name]) - everybody(self.before[name])
            if name not in self.known and living[name] and len(new) == 1:
                # The youngest is the one that works: it was started by the other.
                process = max(living[name], key=lambda process: process.started)
                self.known[name] = members.Member(process, new.pop(), {})
                guard.log('%s: is member %s' % (name, self.known[name].id))
                self.remember()

    def view(self, client, name, living):
        member = self.known.get(name)
        running, silent = self.without_member(name, living[name])
        missing = []
        if member is not None and self.groups is not None:
            for group, found in self.groups[name].items():
                if member.id in found:
                    member.groups[group] = b''
            missing = sorted(group for group in member.groups if member.id not in self.groups[name].get(group, []))
        return guard.View(running, self.store_up(client), member.id if member else None, True, silent, missing,
                          bool(member and member.groups), None,
                          **(self.says(name, member) if member else dict.fromkeys(guard.SAYS, 0)))

    def act(self, client, name, living):
        if self.groups is None:
            return 'wait', 'the service is just back'
        verdict, reason = decide(self.view(client, name, living))
        return self.may_restart(client, name, reason) if verdict == 'restart' else (verdict, reason)


def everybody(groups):
    """Return the members of all groups."""
    return set(member for found in groups.values() for member in found)

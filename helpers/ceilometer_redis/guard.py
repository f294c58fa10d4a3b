"""The guard: a daemon beside the agents of one controller, so that none of them is silently idle.

tooz never repairs some states (seen with 3.1.0 and 9.1.0, present in all): a member that a peer took out of its group
while the store was away polls nothing for ever, an emptied store silences all agents, and agents that start together
read half of a group each. The guard starts the agents one controller after another, puts a member that beats back into
its group, ends the memberships of the dead at once, and ends itself when an agent needs a restart: Pacemaker then
restarts the guard and, after it, the agents of this controller alone. A plain service that coordinates as well, the
notification agent, it lets the init system restart.
"""
from __future__ import print_function

import base64
import collections
import json
import os
import re
import subprocess
import syslog
import time

import redis

from ceilometer_redis import clock, cluster, lock, members, store
from ceilometer_redis.errors import NotDone

#: root alone writes here: the directory of the daemons' pid files is the user redis's.
RUN = '/run/ceilometer-redis-guard'

#: Seconds between two looks, and between two while the local agents join.
PERIOD, JOINING_PERIOD = 5, 1

#: Seconds after which a guard that has said nothing is taken for hung: by status, and by the OCF agent's monitor.
SILENCE = 60

#: Seconds an agent that runs, and a store that accepts writes, get before missing beats count against the agent.
GRACE = 30

#: Milliseconds for which a guard's write, its proof that the store accepts writes, is kept.
WRITE_EXPIRY = 120000

#: Who may start agents; its value is the controller. It expires, so nobody waits for a controller that lost power.
LOCK, LOCK_EXPIRY = 'ceilometer-redis:starting', 30000

#: Seconds a member gets to read the ring before the next agent joins. Measured with tooz 3.1.0: 0.05 s are enough.
READ_RING = 3

#: Seconds the agents wait for the store and for their turn, then they start all the same.
START_PATIENCE = 120

#: Seconds until an agent may be restarted again, doubled each time and forgotten after an hour.
PAUSE, LONGEST_PAUSE, FORGOTTEN = 30, 960, 3600

#: Where agents have their logs.
LOGS = '/var/log/'

#: What they say there. ended: a loop (of the watchers, the beats, a polling cycle) that an error ended for good, in
#: Kilo's own words and in those of oslo.service, which Liberty and Mitaka have; later ones go on.
SAYS = {'unknown': re.compile(br'UnknownNode: '),
        'ended': re.compile(br'in fixed duration looping call|interval looping call .* failed')}

#: What store and host show of one agent. running, store_up, rejoined: seconds, or None if it does not run, the store
#: accepts no writes, the guard has not put it back; member: its id or None; beating; silent: seconds since a member's
#: last beat, which an emptied store no longer has, or since one was known; missing: groups it was taken out of; joined:
#: whether it has been in any; unknown, ended: how often its log has said so.
View = collections.namedtuple('View', 'running store_up member beating silent missing joined rejoined unknown ended')


def decide(view):
    """Return (verdict, reason): ok, wait, rejoin or restart."""
    if view.running is None:
        return 'ok', 'does not run here'
    if view.store_up is None:
        return 'wait', 'the store accepts no writes'
    if view.unknown > 1:
        return 'restart', 'says "Unknown node" every cycle, so it polls nothing'
    if view.ended:
        return 'restart', 'says that an error has ended one of its loops'
    settled = min(view.running, view.store_up) >= GRACE
    if not view.beating:
        overdue = settled and view.silent >= GRACE
        return ('restart', 'runs, but nothing of it beats') if overdue else ('wait', 'has not beaten yet')
    if view.missing:
        if view.rejoined is not None and view.rejoined < 2 * PERIOD:
            return 'restart', 'was put back into %s and is missing again' % ', '.join(view.missing)
        return 'rejoin', 'beats, but is missing from %s' % ', '.join(view.missing)
    if not view.joined:
        return ('restart', 'beats, but is in no group') if settled else ('wait', 'has not joined yet')
    return 'ok', 'is a member'


def pause(count):
    """Return for how many seconds an agent that has been restarted so many times is left alone."""
    return min(PAUSE * 2 ** (count - 1), LONGEST_PAUSE) if count else 0


class Guard(object):
    """One controller's guard. look() is one round; its verdicts are in run/guard.json for people and for status."""

    def __init__(self, deployment, run=RUN):
        self.deployment = deployment
        self.run = run
        self.node = deployment['node']['fqdn']
        self.services = sorted(agent['service'] for agent in deployment['agents'].values())
        self.plain = deployment['services']
        self.restarts = {}
        self.known = self.remembered()
        self.repairs = read(run, 'repairs.json')
        self.rejoined = {}
        self.heard = {}
        self.lifetimes = {}
        self.ended = {}
        self.settled = {}
        self.logs = {}
        self.store_since = None
        self.begun = clock.uptime()
        self.starting = None
        self.in_turn = False

    def path(self, name):
        return os.path.join(self.run, name)

    def write(self, name, content):
        partial = self.path(name) + '.partial'
        with open(partial, 'w') as text:
            json.dump(content, text, indent=2, sort_keys=True)
        os.rename(partial, self.path(name))

    def remembered(self):
        """Return the Members that an earlier guard of this controller knew."""
        return dict((service, members.Member(members.Process(*known['process']), known['id'], dict(
            (group, base64.b64decode(value)) for group, value in known['groups'].items())))
            for service, known in read(self.run, 'members.json').items())

    def remember(self):
        self.write('members.json', dict((service, {'process': list(member.process), 'id': member.id, 'groups': dict(
            (group, base64.b64encode(value).decode('ascii')) for group, value in member.groups.items())})
            for service, member in self.known.items()))

    def client(self):
        """Return a client of the master if it accepts a write, else None."""
        address = store.current_master(self.deployment)
        if address is None:
            return None
        client = store.connect_redis(self.deployment, address, decode=False)
        try:
            client.psetex('ceilometer-redis:guard:' + self.node, WRITE_EXPIRY, int(time.time()))
            return client
        except redis.RedisError:
            return None

    def take_turn(self):
        """Let the agents here start when the store takes writes and no other controller is starting its own."""
        if self.in_turn or not (self.is_my_turn() or self.is_patience_over()):
            return
        try:
            cluster.give_turn()
        except NotDone as refusal:
            log('start: %s' % refusal, syslog.LOG_WARNING)
            return
        self.in_turn, self.starting = True, clock.uptime()

    def is_my_turn(self):
        client = self.client()
        try:
            return client is not None and self.take_lock(client)
        except redis.RedisError:
            return False

    def is_patience_over(self):
        over = clock.uptime() - self.begun > START_PATIENCE
        if over:
            log('start: neither the store nor its lock in %d s, going on' % START_PATIENCE, syslog.LOG_WARNING)
        return over

    def take_lock(self, client):
        """Return whether this controller has the lock; it is taken if nobody has it."""
        return lock.take(client, LOCK, self.node, LOCK_EXPIRY)

    def look(self):
        """One round; returns True if an agent of Pacemaker's is to be restarted."""
        client, living = self.client(), self.living()
        if client is None:
            self.store_since = None
            verdicts = dict((service, decide(self.view(None, service, living))) for service in living)
        else:
            self.store_since = self.store_since or clock.uptime()
            try:
                self.end_dead(client, living)
                self.identify(client, living)
                verdicts = dict((service, self.act(client, service, living)) for service in living)
                self.release_lock(client, verdicts)
            except (redis.RedisError, NotDone) as lost:
                verdicts = dict((service, ('wait', 'lost the store: %s' % lost)) for service in living)
        self.report(verdicts)
        return self.restart(service for service, (verdict, _) in verdicts.items() if verdict == 'restart')

    def living(self):
        """Return {agent: its living Processes}; of a plain service each of its workers is one."""
        found = members.processes(self.services + self.plain)
        known = [member.process for member in self.known.values()]
        agents = dict((service, found[service]) for service in self.services)
        for service in self.plain:
            # A worker that forks, to run a command, is one all the same.
            working = members.workers(found[service])
            agents.update(('%s (%d)' % (service, process.pid), [process]) for process in found[service]
                          if process in working or process in known)
        return agents

    def restart(self, agents):
        """Let the init system restart the plain services among agents; return whether there are others."""
        wanted = set(map(service_of, agents))
        for service in sorted(wanted & set(self.plain)):
            # It may take longer than a guard may be silent, so nobody waits for it.
            if self.restarts.get(service) is None or self.restarts[service].poll() is not None:
                with open(os.devnull, 'r+') as nothing:
                    self.restarts[service] = subprocess.Popen(['service', service, 'restart'], stdin=nothing,
                                                              stdout=nothing, stderr=nothing, close_fds=True)
        return bool(wanted - set(self.plain))

    def report(self, verdicts):
        for service, (verdict, reason) in sorted(verdicts.items()):
            if self.settled.get(service, (None, None))[0] != verdict:
                log('%s: %s: %s' % (service, verdict, reason),
                    syslog.LOG_INFO if verdict == 'ok' else syslog.LOG_WARNING)
        self.settled = verdicts
        self.write('guard.json', {'uptime': clock.uptime(), 'agents': dict(
            (service, {'verdict': verdict, 'reason': reason,
                       'member': self.known[service].id if service in self.known else None})
            for service, (verdict, reason) in verdicts.items())})

    def end_dead(self, client, living):
        """End the members whose processes are gone: those of this controller, and those of one that is off."""
        for service, member in list(self.known.items()):
            processes = living.get(service, [])
            if member.process not in processes or self.is_left_over(client, member, processes):
                self.forget(service, member)
        ids = set(member.id for member in self.known.values())
        for node in [self.node] + self.offline():
            for member, groups in members.published(client, node).items():
                if node != self.node or member not in ids:
                    members.end(client, member, groups)
                    members.withdraw(client, node, member)
                    log('membership %s of %s is ended' % (member, node))

    def forget(self, service, member):
        log('%s: member %s has ended' % (service, member.id))
        del self.known[service]
        self.ended[service] = clock.uptime()
        self.remember()

    def is_left_over(self, client, member, living):
        """Return whether a member's process hangs and younger ones run: a hung worker outlives its agent's restart."""
        restarted = any(process.started > member.process.started for process in living)
        return restarted and self.silence(member, members.beat_left(client, member.id)) >= GRACE

    def offline(self):
        """Return the controllers that Pacemaker, having quorum, says are off."""
        try:
            off = cluster.offline(cluster.query())
        except NotDone:
            return []
        return [controller['fqdn'] for controller in self.deployment['controllers'] if controller['fqdn'] in off]

    def identify(self, client, living):
        """Find the members of those agents that run and are not known yet."""
        wanted = dict((service, found) for service, found in living.items() if found and service not in self.known)
        if not wanted:
            return
        for service, member in members.identify(client, wanted).items():
            self.known[service] = member
            members.publish(client, self.node, member)
            log('%s: is member %s' % (service, member.id))
        self.remember()

    def view(self, client, service, living):
        """Return the View of one agent."""
        member, now = self.known.get(service), clock.uptime()
        if member is None:
            running, silent = self.without_member(service, living[service])
            return View(running, self.store_up(client), None, False, silent, [], False, None, 0, 0)
        left = members.beat_left(client, member.id) if client is not None else 0
        silent = self.silence(member, left)
        rejoined = self.rejoined.get(member.id)
        return View(members.age(member.process), self.store_up(client), member.id, left > 0 and silent < GRACE, silent,
                    members.missing(client, member) if client is not None else [], bool(member.groups),
                    now - rejoined if rejoined else None, **self.says(service, member))

    def without_member(self, service, processes):
        """Return (running, silent) of an agent no member of which is known: in seconds, None if it does not run.

        The worker of an agent that is being stopped, or that starts another worker, ends before its old parent.
        """
        if not processes:
            return None, None
        running = max(map(members.age, processes))
        return running, min(running, clock.uptime() - self.ended.get(service, 0))

    def silence(self, member, left):
        """Return the seconds since a member's last beat; left: the milliseconds for which that still counts.

        How long a beat counts in all is the agent's own setting; the longest that was ever left is near it.
        """
        if left:
            whole = self.lifetimes[member.id] = max(left, self.lifetimes.get(member.id, 0))
            self.heard[member.id] = clock.uptime() - (whole - left) / 1000.0
        return clock.uptime() - self.heard[member.id] if member.id in self.heard else members.age(member.process)

    def store_up(self, client):
        return clock.uptime() - self.store_since if client is not None else None

    def says(self, service, member):
        """Return how often the member's log said what SAYS has, within the last hour."""
        if self.logs.get(service, (None,))[0] != member.id:
            self.logs[service] = (member.id, Log(member.process))
        return self.logs[service][1].seen()

    def act(self, client, service, living):
        """Decide on one agent and do it; returns the verdict and reason."""
        member = self.known.get(service)
        if member is not None:
            joined = members.groups_of(client, member.id)
            if set(joined) - set(member.groups):
                member.groups.update(joined)
                members.publish(client, self.node, member)
                self.remember()
        verdict, reason = decide(self.view(client, service, living))
        if verdict == 'rejoin':
            for group in members.missing(client, member):
                members.rejoin(client, member, group)
            members.publish(client, self.node, member)
            self.rejoined[member.id] = clock.uptime()
        if verdict == 'restart':
            return self.may_restart(client, service, reason)
        return verdict, reason

    def may_restart(self, client, service, reason):
        """Return the verdict restart, or wait if it is too soon after the last or another controller's turn."""
        service = service_of(service)
        repair = self.repairs.get(service, {'count': 0, 'time': 0})
        since = clock.uptime() - repair['time']
        if since > FORGOTTEN:
            repair = {'count': 0, 'time': 0}
        if since < pause(repair['count']):
            return 'wait', '%s; restarted %d times, again in %d s' % (reason, repair['count'],
                                                                      pause(repair['count']) - since)
        if not self.take_lock(client):
            return 'wait', '%s; another controller starts its agents' % reason
        self.repairs[service] = {'count': repair['count'] + 1, 'time': clock.uptime()}
        self.write('repairs.json', self.repairs)
        return 'restart', reason

    def release_lock(self, client, verdicts):
        """Let the next controller start its agents when those here are members and have read the ring."""
        if not self.starting:
            return
        joined = all(service in self.known and verdicts[service][0] == 'ok' for service in self.services)
        if joined:
            time.sleep(READ_RING)
        if joined or self.is_turn_over():
            self.give_lock(client)
            self.starting = None

    def is_turn_over(self):
        return clock.uptime() - self.starting > LOCK_EXPIRY / 1000.0

    def give_lock(self, client):
        """Let another controller have the lock, if it is this one's still."""
        lock.release(client, LOCK, self.node)


class Log(object):
    """The log files a process has open, read from where they are now."""

    def __init__(self, process):
        self.times = dict((what, []) for what in SAYS)
        self.ends = dict((path, size(path)) for path in self.paths(process))

    @staticmethod
    def paths(process):
        try:
            return [path for path in members.open_files(process) if path.startswith(LOGS) and os.path.isfile(path)]
        except EnvironmentError:
            return []  # it has just ended

    def seen(self):
        """Return, for what SAYS has, how many times within the last hour new lines had it."""
        for path in self.ends:
            news = self.news(path)
            for what, words in SAYS.items():
                if words.search(news):
                    self.times[what].append(clock.uptime())
        return dict((what, len([when for when in times if clock.uptime() - when < FORGOTTEN]))
                    for what, times in self.times.items())

    def news(self, path):
        """Return what was written to a file since the last time."""
        if size(path) < self.ends[path]:
            self.ends[path] = 0  # rotated
        try:
            with open(path, 'rb') as lines:
                lines.seek(self.ends[path])
                found = lines.read()
        except EnvironmentError:
            return b''  # there is no new one yet
        self.ends[path] += len(found)
        return found


def service_of(agent):
    """Return the service of an agent, which may be one of its workers."""
    return agent.partition(' ')[0]


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def read(run, name):
    """Return what a guard of this controller wrote into one of its files; {} if there is none that is whole."""
    text = store.read(os.path.join(run, name))
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


def state(run=RUN):
    """Return what the guard here last said, and when, or None: {'uptime': seconds, 'agents': {service: ...}}."""
    return read(run, 'guard.json') or None


def problems(state):
    """Return sentences about what the guard here finds wrong, or about the guard itself."""
    if state is None or clock.uptime() - state['uptime'] > SILENCE:
        return ['the guard here does not run, or has not looked for %d s' % SILENCE]
    return ['%s: %s: %s' % (service, seen['verdict'], seen['reason'])
            for service, seen in sorted(state['agents'].items()) if seen['verdict'] != 'ok']


def log(line, priority=syslog.LOG_INFO):
    syslog.openlog('ceilometer-redis-guard')
    syslog.syslog(priority, line)


def guard(daemon):
    """Guard until an agent needs a restart, then return."""
    while True:
        daemon.take_turn()
        if daemon.look():
            return
        time.sleep(PERIOD if daemon.in_turn and not daemon.starting else JOINING_PERIOD)

# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the agents, their memberships and their guards."""

from ceilometer_redis.guard import decision, notes
from ceilometer_redis.health import members
from ceilometer_redis.health.findings import Finding, is_broken, owner, resource, settles, why, working
from ceilometer_redis.pacemaker import guard, view

#: Seconds after which the last word of the guard here is not quoted any more; after which one elsewhere is silent: its
#: sign in the store waits for the store.
STALE, SILENT = 3 * decision.PERIOD, notes.SILENCE

#: Times its equal part that a member may have. Of three agents none ever does, of a thousand few (doc/sizing.rst).
UNEVEN = 2


def of_agents(snapshot, before):
    """Yield what is wrong with agents and guards; before: the Findings on what they need."""
    broken = is_broken(before)
    starting = set()
    for primitive, agent in sorted(snapshot['deployment']['agents'].items()):
        found = Agents(snapshot, primitive, agent['service'])
        starting.update([found.service] if found.starting() else [])
        for finding in found.findings(broken):
            yield finding
    for finding in of_guards(snapshot, broken, starting) if snapshot['deployment']['guard'] else ():
        yield finding


def beating(snapshot, service):
    """Return the members of the groups of a service that beat; the store says something."""
    store = snapshot['store']
    return set(member for group, found in store['groups'].items()
               if members.is_of(service, group, snapshot['deployment'])
               for member in found if member in store['left'])


class Agents(object):
    """The agents of one service on all controllers.

    beating: the members of its groups that beat, None while the store says nothing; own: {full name of a controller:
    those of them that its guard has published}.
    """

    def __init__(self, snapshot, primitive, service):
        self.snapshot = snapshot
        self.primitive = primitive
        self.service = service
        self.controllers = working(snapshot)
        store = snapshot['store']
        self.beating, self.own = None, {}
        if store is not None:
            self.beating = beating(snapshot, service)
            self.own = dict((fqdn, self.beating & set(found)) for fqdn, found in store['published'].items())

    def resource(self, controller):
        """Return view.resource() of the agent on a controller."""
        return resource(self.snapshot, controller, self.primitive)

    def runs(self, controller):
        """Return whether the agent runs on a controller by Pacemaker's word; None where it says nothing."""
        seen = self.resource(controller)
        return None if seen is None else seen['state'] == view.STARTED

    def starting(self):
        """Return the controllers on which the agent starts, or waits for the turn that its guard is to give it."""
        return [controller for controller in self.controllers if settles(self.snapshot, self.resource(controller)) or
                self.runs(controller) is False and not why(self.resource(controller)) and
                settles(self.snapshot, resource(self.snapshot, controller, guard.PRIMITIVE))]

    def findings(self, broken):
        """Yield what is wrong; broken: whether the store is, so that no membership says anything."""
        running = [controller for controller in self.controllers if self.runs(controller)]
        known, starting = self.snapshot['cluster'] is not None, self.starting()
        nowhere = known and not running and self.controllers
        nobody = self.beating is not None and not self.beating and not broken
        if (nowhere or nobody) and not starting:
            yield self.nobody_works(running)
            return
        for controller in self.controllers if known else ():
            if not self.runs(controller) and controller not in starting:
                yield Finding('agent-down', controller['name'], '%s down on %s%s' % (
                    self.service, controller['name'], why(self.resource(controller))))
        if self.beating is None or broken or not self.snapshot['deployment']['guard']:
            return
        for finding in self.memberships(running):
            yield finding
        for finding in self.uneven() if not starting else ():
            yield finding

    def nobody_works(self, running):
        """Return the Finding that no agent of the service works; running: the controllers where one runs."""
        name, words = (('nothing-is-polled', 'nothing is polled')
                       if self.service == 'ceilometer-agent-central' else ('no-alarms', 'no alarm is evaluated'))
        if running or self.snapshot['cluster'] is None:
            return Finding(name, '', '%s: no %s is a member of its group' % (words, self.service))
        reasons = sorted(set(why(self.resource(controller)) for controller in self.controllers))
        return Finding(name, '', '%s: %s runs nowhere%s' % (words, self.service,
                                                            reasons[0] if len(reasons) == 1 else ''))

    def memberships(self, running):
        """Yield the agents that run and are no members, and the members that are nobody's."""
        published = set(member for found in self.own.values() for member in found)
        nobodys = len(self.beating - published)
        without = [controller for controller in running if not self.own.get(controller['fqdn'])]
        if nobodys > len(without):
            yield Finding('stranger-member', self.service, "%d of %d members of %s are no controller's" % (
                nobodys - len(without), len(self.beating), self.service))
        idle = [controller for controller in without if controller not in self.starting()]
        # One that its guard does not know yet, as after the guard's own restart, may be any of these.
        for controller in idle if len(idle) > nobodys else ():
            yield Finding('agent-idle', controller['name'], '%s runs on %s and is no member' % (
                self.service, controller['name']))

    def uneven(self):
        """Yield the members that have much more to do than the others."""
        shares = self.snapshot['shares'].get(self.service, {})
        for member, share in sorted(shares.items()):
            if share * len(shares) > UNEVEN:
                found = owner(self.controllers, self.snapshot['store'], member)
                name, where = (found['name'], 'on ' + found['name']) if found else (self.service, member)
                yield Finding('uneven-share', name, '%s %s has %d %% of the work of %d' % (
                    self.service, where, round(100 * share), len(shares)))


def of_guards(snapshot, broken, starting):
    """Yield what is wrong with the guards, and what the one here says.

    Args:
        snapshot: The whole.
        broken: Whether the store is: then what it says of agents explains nothing.
        starting: The services of which agents start just now, somewhere.
    """
    own, said = snapshot['deployment']['node']['fqdn'], snapshot['guard']
    looked = (snapshot['store'] or {}).get('looked', {})
    for controller in working(snapshot):
        seen, name = resource(snapshot, controller, guard.PRIMITIVE), controller['name']
        if settles(snapshot, seen):
            continue
        if seen is not None and seen['state'] != view.STARTED:
            yield Finding('guard-down', name, 'the guard is down on %s%s' % (name, why(seen)))
        elif controller['fqdn'] == own and (said is None or said['age'] > STALE):
            yield Finding('guard-silent', name, 'the guard here %s' % (
                'has never looked' if said is None else 'has not looked for %d s' % said['age']))
        elif controller['fqdn'] != own and seen is not None and looked and looked.get(
                controller['fqdn'], SILENT + 1) > SILENT:
            yield Finding('guard-silent', name, 'the guard on %s has not looked for a minute' % name)
    if said is None or said['age'] > STALE or broken:
        return
    for agent, word in sorted(said['agents'].items()):
        if word['verdict'] != 'ok' and not (word['verdict'] == 'wait' and agent.partition(' ')[0] in starting):
            yield Finding('guard-acts', snapshot['deployment']['node']['name'], '%s: %s: %s' % (
                agent, word['verdict'], word['reason']))

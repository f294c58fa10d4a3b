# SPDX-License-Identifier: Apache-2.0
"""What is wrong: a snapshot in, findings out. Pure.

Consequences are not named beside what explains them: without quorum nothing else, of a controller that is off nothing
but that.
"""

import collections

from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.guard import decision, notes
from ceilometer_redis.health import members, problems
from ceilometer_redis.pacemaker import guard, view
from ceilometer_redis.pacemaker.daemons import PRIMITIVES

#: A problem's name, where it is (a controller, a group; '' is the whole), and a sentence with what was seen.
Finding = collections.namedtuple('Finding', 'name where what')

#: Seconds after which the last word of the guard here is not quoted any more; after which one elsewhere is silent: its
#: sign in the store waits for the store.
STALE, SILENT = 3 * decision.PERIOD, notes.SILENCE

#: Seconds that an agent gets from its start to its membership, and its guard to give it its turn.
START = 60

#: The part of a limit that is near it.
NEAR = 0.9

REDIS, SENTINEL = list(PRIMITIVES)


def judge(snapshot):
    """Return the Findings about a snapshot, the worst first."""
    cluster = snapshot['cluster']
    if cluster is not None and not cluster['quorum'] and cluster['stops']:
        return [Finding('no-quorum', '', 'no quorum: Pacemaker has stopped everything')]
    found = list(of_cluster(snapshot))
    if has_store(snapshot['deployment']):
        found += of_store(snapshot)
    elif snapshot['service']:
        found.append(Finding('service-away', '', 'the service cannot be joined: %s' % snapshot['service']))
    found += of_agents(snapshot, found)
    if not any(severity(finding) == problems.CRITICAL for finding in found):
        found = [finding._replace(what=finding.what + ', work goes on') if finding.name == 'controller-offline' else
                 finding for finding in found]
    return sorted(found, key=lambda finding: (severity(finding) != problems.CRITICAL, problems.PLACES[finding.name]))


def severity(finding):
    """Return the severity of a Finding."""
    return problems.PROBLEMS[finding.name].severity


def state_of(snapshot, controller):
    """Return what Pacemaker says of a controller, one of view's states; None while it says nothing."""
    cluster = snapshot['cluster']
    return None if cluster is None else cluster['nodes'][controller['fqdn']]['state']


def working(snapshot):
    """Return the controllers on which something is to run, as far as is known."""
    return [controller for controller in snapshot['controllers']
            if state_of(snapshot, controller) in (None, view.ONLINE, view.MAINTENANCE)]


def resource(snapshot, controller, primitive):
    """Return view.resource() of a primitive on a controller; None while Pacemaker says nothing."""
    cluster = snapshot['cluster']
    return None if cluster is None else cluster['nodes'][controller['fqdn']]['resources'].get(primitive)


def settles(snapshot, seen):
    """Return whether a resource, as view.resource() has it, was started or stopped just now, and all goes well.

    As a deployment does: a failure just before, or what keeps it stopped, is another matter.
    """
    if seen is None or seen['state'] == view.FAILED or seen['stopped_by'] or seen['changed'] is None:
        return False
    # The clock of another controller may be ahead of this one's.
    failed = seen['failure'] and abs(snapshot['now'] - seen['failure']['at']) < 2 * START
    return not failed and abs(snapshot['now'] - seen['changed']) < START


def of_cluster(snapshot):
    """Yield what is wrong with the cluster and its controllers."""
    cluster = snapshot['cluster']
    if cluster is None:
        yield Finding('pacemaker-away', snapshot['deployment']['node']['name'], 'Pacemaker does not answer here')
        return
    if cluster['maintenance']:
        yield Finding('maintenance', '', cluster['maintenance'])
    names = {view.OFFLINE: ('controller-offline', 'is offline'),
             view.UNKNOWN: ('controller-offline', 'is not known to Pacemaker'),
             view.JOINING: ('controller-joining', 'joins the cluster'),
             view.STANDBY: ('controller-standby', 'is on standby'),
             view.MAINTENANCE: ('controller-in-maintenance', 'is in maintenance'),
             view.LEFT: ('controller-withdrawn', 'has no place in Pacemaker: withdrawn, or not deployed')}
    for controller in snapshot['controllers']:
        state = state_of(snapshot, controller)
        if state in names:
            yield Finding(names[state][0], controller['name'], '%s %s' % (controller['name'], names[state][1]))
        elif cluster['nodes'][controller['fqdn']]['leaving']:
            yield Finding('controller-leaving', controller['name'], '%s leaves' % controller['name'])
    for finding in unmanaged(snapshot):
        yield finding


def unmanaged(snapshot):
    """Yield the resources that Pacemaker was told to leave alone, each once, unless all are."""
    said = set()
    for controller in working(snapshot) if not snapshot['cluster']['maintenance'] else ():
        for primitive, seen in sorted(snapshot['cluster']['nodes'][controller['fqdn']]['resources'].items()):
            if seen['unmanaged'] and state_of(snapshot, controller) != view.MAINTENANCE and primitive not in said:
                said.add(primitive)
                yield Finding('unmanaged', primitive, '%s: %s' % (primitive, seen['unmanaged']))


def of_store(snapshot):
    """Yield what is wrong with the redis servers and the sentinels."""
    deployment, controllers = snapshot['deployment'], working(snapshot)
    masters = [controller for controller in snapshot['controllers'] if controller['redis'].get('role') == 'master']
    if len(masters) > 1:
        yield Finding('two-redis-masters', '', '%d redis masters: on %s' % (len(masters), _names(masters)))
    for finding in [] if masters else without_master(deployment, controllers):
        yield finding
    for controller in controllers:
        for finding in of_daemons(snapshot, controller, masters):
            yield finding
    replicas = [controller for controller in controllers if controller['redis'].get('role') == 'slave']
    if masters and replicas and not any(map(can_be_promoted, replicas)):
        yield Finding('no-candidate', '', 'replica-priority is 0 on ' + _names(replicas))
    for controller in masters:
        for finding in lags(deployment, controller, snapshot['controllers']):
            yield finding


def of_daemons(snapshot, controller, masters):
    """Yield what is wrong with the daemons of a controller; masters: the controllers whose redis server is one."""
    name = controller['name']
    if controller['redis']['refusal']:
        yield Finding('redis-down', name, 'redis on %s: %s%s' % (
            name, controller['redis']['refusal'], _why(resource(snapshot, controller, REDIS))))
    else:
        for finding in of_server(controller, len(masters) == 1):
            yield finding
    if controller['sentinel'] is None:
        yield Finding('sentinel-down', name, 'sentinel on %s: no answer, or it watches nothing%s' % (
            name, _why(resource(snapshot, controller, SENTINEL))))
    else:
        for finding in of_sentinel(snapshot, controller, masters):
            yield finding


def can_be_promoted(controller):
    """Return whether the sentinels may make a replica master."""
    return controller['redis']['slave_priority'] != 0


def without_master(deployment, controllers):
    """Yield what the lack of a master is: an election, or that there can be none."""
    able = [controller for controller in controllers
            if controller['sentinel'] and controller['sentinel']['can_fail_over']]
    candidates = [controller for controller in controllers
                  if controller['redis'].get('role') == 'slave' and can_be_promoted(controller)]
    enough = max(deployment['sentinel']['quorum'], len(deployment['controllers']) // 2 + 1)
    if len(able) >= enough and candidates:
        yield Finding('electing-a-master', '', 'electing a new redis master')
    else:
        count = len(deployment['controllers'])
        answering = [each for each in controllers if not each['redis']['refusal']]
        yield Finding('no-redis-master', '', 'no redis master: %d of %d servers answer, %d of %d sentinels could elect '
                      'one' % (len(answering), count, len(able), count))


def of_server(controller, has_master):
    """Yield what is wrong with a redis server that answers; has_master: whether there is one master, it or another."""
    seen, name = controller['redis'], controller['name']
    refusals = list(refused_writes(seen)) if has_master and seen['role'] == 'master' else []
    if refusals:
        yield Finding('no-writes', name, 'the redis master on %s refuses writes: %s' % (name, '; '.join(refusals)))
    elif seen['role'] != 'master' and seen['link'] != 'up' and has_master:
        yield Finding('replica-not-linked', name, 'redis on %s is not linked to its master' % name)
    unsaved = [words for field, words in (('aof_last_write_status', 'its append-only file cannot be written'),
                                          ('aof_last_bgrewrite_status', 'its append-only file cannot be rewritten'),
                                          ('rdb_last_bgsave_status', 'its last snapshot failed'))
               if seen[field] not in (None, 'ok')]
    if [words for words in unsaved if words not in refusals]:
        yield Finding('data-not-saved', name, 'redis on %s: %s' % (name, '; '.join(unsaved)))
    if not refusals and seen['max_memory'] and seen['used_memory'] >= NEAR * seen['max_memory']:
        yield Finding('memory-nearly-full', name, 'redis on %s has used %d of %d bytes' % (
            name, seen['used_memory'], seen['max_memory']))
    if seen['max_clients'] and seen['connected_clients'] >= NEAR * seen['max_clients']:
        yield Finding('clients-near-limit', name, 'redis on %s has %d of %d clients' % (
            name, seen['connected_clients'], seen['max_clients']))


def refused_writes(seen):
    """Yield why a redis master refuses writes, by what it says of itself."""
    if seen['least_replicas'] and seen['good_replicas'] is not None and seen['good_replicas'] < seen['least_replicas']:
        yield '%d of %d replicas follow it' % (seen['good_replicas'], seen['least_replicas'])
    if seen['aof_last_write_status'] not in (None, 'ok'):
        yield 'its append-only file cannot be written'
    if seen['rdb_last_bgsave_status'] not in (None, 'ok') and seen['snapshots_matter']:
        yield 'its last snapshot failed'
    if seen['max_memory'] and seen['used_memory'] >= seen['max_memory'] and not seen['evicts']:
        yield 'its memory is full'


def of_sentinel(snapshot, controller, masters):
    """Yield what is wrong with a sentinel that answers; the arguments are those of of_daemons()."""
    seen, name = controller['sentinel'], controller['name']
    count, where = len(snapshot['controllers']), 'sentinel on ' + controller['name']
    if not seen['is_deployed']:
        yield Finding('foreign-master', name, "%s names %s as master, which is no controller's" % (
            where, seen['master']))
    elif masters and seen['master'] not in [master['address'] for master in masters]:
        yield Finding('sentinel-disagrees', name, '%s names %s as master' % (where, seen['master']))
    # It would not make that one master, or vote to replace it; counts and CKQUORUM do not show that.
    blind = [other['name'] for other in snapshot['controllers']
             if other['redis']['refusal'] is None and other['address'] in seen['down']]
    if blind and masters:
        yield Finding('sentinel-blind', name, '%s calls redis on %s down, but it answers' % (
            where, ', '.join(blind)))
    if seen['strangers']:
        yield Finding('phantom-sentinel', name, "%s counts %s, which is no controller's" % (
            where, ', '.join(seen['strangers'])))
    known = [(seen['sentinels'] - len(seen['strangers']), count, 'sentinels'),
             (seen['replicas'], count - 1, 'replicas')]
    if seen['is_deployed'] and any(number != wanted for number, wanted, _ in known):
        yield Finding('sentinel-miscounts', name, '%s knows %s' % (
            where, ' and '.join('%d of %d %s' % each for each in known)))
    if seen['differing']:
        yield Finding('sentinel-settings', name, '%s has another %s' % (where, ', '.join(seen['differing'])))
    if count > 1 and not seen['can_fail_over']:
        yield Finding('no-failover', name, '%s sees too few others for a failover' % where)
    if seen['tilt']:
        yield Finding('sentinel-paused', name, '%s is in TILT' % where)


def lag_of(snapshot, controller):
    """Return for how many seconds a replica has not acknowledged what the one master sent; None where unknown."""
    for other in snapshot['controllers']:
        if (other['redis'] or {}).get('role') == 'master' and controller['address'] in other['redis']['lags']:
            return other['redis']['lags'][controller['address']]
    return None


def lags(deployment, master, controllers):
    """Yield the replicas that are too far behind a master."""
    most = deployment['redis']['min_slaves_max_lag']
    for controller in controllers:
        lag = master['redis']['lags'].get(controller['address'], 0)
        if lag > most and controller['redis']['refusal'] is None:
            yield Finding('replica-behind', controller['name'], 'redis on %s is %d s behind' % (
                controller['name'], lag))


def of_agents(snapshot, before):
    """Yield what is wrong with agents and guards; before: the Findings on what they need."""
    broken = any(severity(finding) == problems.CRITICAL for finding in before)
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
                self.runs(controller) is False and not _why(self.resource(controller)) and
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
                    self.service, controller['name'], _why(self.resource(controller))))
        if self.beating is None or broken or not self.snapshot['deployment']['guard']:
            return
        for finding in self.memberships(running):
            yield finding

    def nobody_works(self, running):
        """Return the Finding that no agent of the service works; running: the controllers where one runs."""
        name, words = (('nothing-is-polled', 'nothing is polled')
                       if self.service == 'ceilometer-agent-central' else ('no-alarms', 'no alarm is evaluated'))
        if running or self.snapshot['cluster'] is None:
            return Finding(name, '', '%s: no %s is a member of its group' % (words, self.service))
        reasons = sorted(set(_why(self.resource(controller)) for controller in self.controllers))
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
            yield Finding('guard-down', name, 'the guard is down on %s%s' % (name, _why(seen)))
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


def _names(controllers):
    return ', '.join(controller['name'] for controller in controllers)


def _why(seen):
    """Return why a resource is down, as the end of a sentence; seen: its view.resource(), or None."""
    if seen is None:
        return ''
    reasons = [seen['stopped_by'], 'unmanaged' if seen['unmanaged'] else None]
    if seen['failure'] and seen['state'] != view.STARTED:
        reasons.append('its %(operation)s failed: %(reason)s' % seen['failure'])
    found = [reason for reason in reasons if reason]
    return ' (%s)' % ', '.join(found) if found else ''

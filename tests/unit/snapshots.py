# SPDX-License-Identifier: Apache-2.0
"""Snapshots of three controllers, as node-2 takes them; what differs from a healthy one."""

import copy

import yaml
from deployments import FILE_OF_NODE_2

NOW = 1500000000
GUARD, REDIS, SENTINEL = 'p_ceilometer-redis-guard', 'p_redis-server', 'p_redis-sentinel'
CENTRAL, EVALUATOR = 'p_ceilometer-agent-central', 'p_aodh-evaluator'
PRIMITIVES = (CENTRAL, EVALUATOR, GUARD, REDIS, SENTINEL)
FIRST, SECOND, THIRD = 'node-1.example.com', 'node-2.example.com', 'node-3.example.com'

#: Of each controller, who is its central agent's member, and its evaluator's.
MEMBERS = {FIRST: ['a1', 'e1'], SECOND: ['a2', 'e2'], THIRD: ['a3', 'e3']}


def deployment():
    return yaml.safe_load(FILE_OF_NODE_2)


def resource(**differs):
    return dict({'state': 'started', 'since': NOW - 3600, 'changed': NOW - 3600, 'unmanaged': None,
                 'stopped_by': None, 'failure': None}, **differs)


def server(number, **differs):
    """The redis server of a controller, node-1's being master."""
    master = number == 0
    found = {'refusal': None, 'role': 'master' if master else 'slave', 'link': None if master else 'up',
             'master_host': None if master else '192.168.0.5', 'connected_slaves': 2 if master else 0,
             'lags': {'192.168.0.4': 0, '192.168.0.3': 1} if master else {}, 'good_replicas': 2 if master else 0,
             'slave_priority': None if master else 100, 'aof_last_write_status': 'ok',
             'aof_last_bgrewrite_status': 'ok', 'rdb_last_bgsave_status': 'ok', 'connected_clients': 12,
             'used_memory': 1000000, 'least_replicas': 1, 'max_clients': 10000, 'max_memory': 0, 'evicts': False,
             'snapshots_matter': False}
    return dict(found, **differs)


def sentinel(**differs):
    return dict({'master': '192.168.0.5', 'is_deployed': True, 'sentinels': 3, 'replicas': 2, 'strangers': [],
                 'quorum': 2, 'epoch': 3, 'can_fail_over': True, 'tilt': False, 'down': [], 'differing': [],
                 'switched': 7200}, **differs)


def healthy():
    made = deployment()
    groups = {'central-global': ['a1', 'a2', 'a3'], 'alarm_evaluator': ['e1', 'e2', 'e3']}
    return {
        'deployment': made, 'now': NOW, 'service': None,
        'guard': {'age': 2.0, 'agents': {
            'ceilometer-agent-central': {'verdict': 'ok', 'reason': 'is a member', 'member': 'a2'},
            'aodh-evaluator': {'verdict': 'ok', 'reason': 'is a member', 'member': 'e2'}}},
        'controllers': [dict((key, each[key]) for key in ('name', 'fqdn', 'address')) for each in made['controllers']],
        'cluster': {'quorum': True, 'stops': True, 'maintenance': None, 'under_way': [], 'nodes': dict(
            (each['fqdn'], {'state': 'online', 'leaving': False,
                            'resources': dict((name, resource()) for name in PRIMITIVES)})
            for each in made['controllers'])},
        'store': {'groups': groups, 'left': dict((member, 58000) for found in groups.values() for member in found),
                  'published': dict((fqdn, dict((member, []) for member in found)) for fqdn, found in MEMBERS.items()),
                  'looked': dict((fqdn, 3.0) for fqdn in MEMBERS)},
        'shares': {'ceilometer-agent-central': {'a1': 0.25, 'a2': 0.4, 'a3': 0.35}},
    }


def snapshot(*changes):
    """A healthy snapshot after these changes: each a function of it, which edits it."""
    found = healthy()
    for number, controller in enumerate(found['controllers']):
        controller.update(redis=server(number), sentinel=sentinel())
    for change in changes:
        change(found)
    return copy.deepcopy(found)


def node(fqdn, state):
    """Pacemaker has a controller in a state, and nothing of it answers."""
    def change(found):
        found['cluster']['nodes'][fqdn]['state'] = state
        dead(fqdn)(found)
        for seen in found['cluster']['nodes'][fqdn]['resources'].values():
            seen.update(state='stopped', since=None, changed=NOW - 90)
    return change


def dead(fqdn):
    """Neither redis nor the sentinel of a controller answers."""
    def change(found):
        for number, controller in enumerate(found['controllers']):
            if controller['fqdn'] == fqdn:
                controller.update(redis={'refusal': 'no answer'}, sentinel=None)
                if number == 0:
                    for other in found['controllers'][1:]:
                        if other['redis']['refusal'] is None:
                            other['redis']['link'] = 'down'
    return change


def redis(number, **differs):
    return lambda found: found['controllers'][number]['redis'].update(differs)


def sees(number, **differs):
    """A sentinel sees this."""
    return lambda found: found['controllers'][number]['sentinel'].update(differs)


def says(fqdn, primitive, **differs):
    """Pacemaker says this of a resource."""
    return lambda found: found['cluster']['nodes'][fqdn]['resources'][primitive].update(differs)


def everywhere(primitive, **differs):
    def change(found):
        for fqdn in MEMBERS:
            says(fqdn, primitive, **differs)(found)
    return change


def cluster(**differs):
    return lambda found: found['cluster'].update(differs)


def guard(age, **verdicts):
    """The guard here said this so many seconds ago; verdicts: of the central agent (central)."""
    def change(found):
        found['guard']['age'] = age
        if 'central' in verdicts:
            verdict, reason = verdicts['central']
            found['guard']['agents']['ceilometer-agent-central'].update(verdict=verdict, reason=reason)
    return change


def left(group, *members):
    """These are no members of a group any more."""
    def change(found):
        found['store']['groups'][group] = [each for each in found['store']['groups'][group] if each not in members]
    return change


def joined(group, member):
    """Somebody is a member that no guard knows."""
    def change(found):
        found['store']['groups'][group].append(member)
        found['store']['left'][member] = 50000
    return change


def away(found):
    """Nobody can ask the store for its groups."""
    found['store'], found['shares'] = None, {}


def nothing(part):
    """A part of the snapshot was not to be had."""
    return lambda found: found.update({part: None})


def existing(answer=''):
    """An existing service in place of a store; answer: what keeps it from being joined."""
    def change(found):
        found['deployment']['coordination']['service'] = 'zookeeper://10.0.0.9:2181'
        for part in ('redis', 'sentinel'):
            del found['deployment'][part]
        for controller in found['controllers']:
            controller.update(redis=None, sentinel=None)
        found.update(store=None, service=answer, shares={})
    return change

# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the redis servers and the sentinels."""

from ceilometer_redis.health.findings import Finding, names, resource, why, working
from ceilometer_redis.pacemaker.daemons import PRIMITIVES

#: The part of a limit that is near it.
NEAR = 0.9

REDIS, SENTINEL = list(PRIMITIVES)


def of_store(snapshot):
    """Yield what is wrong with the redis servers and the sentinels."""
    deployment, controllers = snapshot['deployment'], working(snapshot)
    masters = [controller for controller in snapshot['controllers'] if controller['redis'].get('role') == 'master']
    if len(masters) > 1:
        yield Finding('two-redis-masters', '', '%d redis masters: on %s' % (len(masters), names(masters)))
    for finding in [] if masters else without_master(deployment, controllers):
        yield finding
    for controller in controllers:
        for finding in of_daemons(snapshot, controller, masters):
            yield finding
    replicas = [controller for controller in controllers if controller['redis'].get('role') == 'slave']
    if masters and replicas and not any(map(can_be_promoted, replicas)):
        yield Finding('no-candidate', '', 'replica-priority is 0 on ' + names(replicas))
    for controller in masters:
        for finding in lags(deployment, controller, snapshot['controllers']):
            yield finding


def of_daemons(snapshot, controller, masters):
    """Yield what is wrong with the daemons of a controller; masters: the controllers whose redis server is one."""
    name = controller['name']
    if controller['redis']['refusal']:
        yield Finding('redis-down', name, 'redis on %s: %s%s' % (
            name, controller['redis']['refusal'], why(resource(snapshot, controller, REDIS))))
    else:
        for finding in of_server(controller, len(masters) == 1):
            yield finding
    if controller['sentinel'] is None:
        yield Finding('sentinel-down', name, 'sentinel on %s: no answer, or it watches nothing%s' % (
            name, why(resource(snapshot, controller, SENTINEL))))
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

"""The redis master: who it is, asked of the running system."""

import collections
import functools
import os
import re

import redis

from ceilometer_redis.deployment.parts import own_first
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store.connection import as_dict, connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.waiting import in_parallel

#: A redis master and who named it: 'sentinel', 'redis', 'sentinel.conf' or 'fuel'.
Master = collections.namedtuple('Master', 'address port source')


def master_address(sentinel, name):
    """Return (address, port) of the master that a sentinel, a client, tells agents; None if it does not watch it.

    Before 2.8.9 a sentinel that has not read a master's INFO since it began refuses to say (IDONTKNOW), for ever if the
    master is dead. It knows the address all the same.
    """
    try:
        return sentinel_command(sentinel, 'get-master-addr-by-name', name)
    except redis.ResponseError as refusal:
        if 'IDONTKNOW' not in str(refusal):
            raise
    known = as_dict(sentinel_command(sentinel, 'master', name))
    return known['ip'], known['port']


def sentinel_view(deployment, address):
    """Return what the sentinel at an address knows of the master (SENTINEL MASTER) or None if it has no answer.

    Its ip and port are those that agents are told: in a failover that is the promoted server when SENTINEL MASTER still
    has the dead one.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        known = as_dict(sentinel_command(client, 'master', name))
        known['ip'], known['port'] = master_address(client, name)
    except (redis.RedisError, TypeError):  # TypeError: forgotten between the two commands
        return None
    return known


def sentinel_views(deployment):
    """Return what each sentinel that answers knows of the master, this node's first."""
    questions = [functools.partial(sentinel_view, deployment, address) for address in own_first(deployment)]
    return [known for known in in_parallel(questions) if known]


def latest_view(watched):
    """Return what the sentinel with the highest configuration epoch knows: it is right, the last failover wins."""
    return max(watched, key=lambda known: int(known['config-epoch']))


def current_master(deployment):
    """Return the address that agents are told, by the first sentinel that answers; None if none does."""
    for address in own_first(deployment):
        try:
            found = master_address(connect_sentinel(deployment, address), deployment['sentinel']['master_name'])
        except redis.RedisError:
            continue
        if found:
            return found[0]
    return None


def redis_info(deployment, address, conf_dir=CONF_DIR):
    """Return INFO of the redis server at an address, or None if it has no answer."""
    try:
        return connect_redis(deployment, address, conf_dir=conf_dir).info()
    except redis.RedisError:
        return None


def find_master(deployment, conf_dir=CONF_DIR):
    """Return the Master: asked of the running system, Fuel's role list last.

    The sentinel with the highest configuration epoch is believed: one whose file was lost starts again at epoch 0, and
    one that missed a failover is behind this node's own sentinel.conf. But a master that calls itself a replica, while
    another calls itself master, was named by sentinels that were reset: then Sentinel never heals (redis 7.0.15,
    watched for 150 s) and the servers are believed.
    """
    addresses = own_first(deployment)
    answers = in_parallel([functools.partial(sentinel_view, deployment, address) for address in addresses]
                      + [functools.partial(redis_info, deployment, address, conf_dir) for address in addresses])
    watched = [known for known in answers[:len(addresses)] if known]
    servers = dict(zip(addresses, answers[len(addresses):]))
    masters = [address for address in addresses if servers[address] and servers[address]['role'] == 'master']
    # A redis server that was just created calls itself master as well; one with replicas is the older truth.
    masters.sort(key=lambda address: -servers[address]['connected_slaves'])
    port = deployment['redis']['port']
    remembered, epoch = remembered_master(deployment, conf_dir)
    if watched:
        known = latest_view(watched)
        named = Master(known['ip'], int(known['port']), 'sentinel')
        if epoch > int(known['config-epoch']):
            named = remembered
        server = servers.get(named.address)
        if not (server and server['role'] == 'slave' and masters):
            return named
    if masters:
        return Master(masters[0], port, 'redis')
    return remembered or initial_master(deployment)


def remembered_master(deployment, conf_dir=CONF_DIR):
    """Return the Master that this node's sentinel.conf names (the last one it knew) and its configuration epoch.

    (None, -1) if it names none.
    """
    conf, name = read_text(os.path.join(conf_dir, 'sentinel.conf')), re.escape(deployment['sentinel']['master_name'])
    found = re.search(r'^sentinel monitor %s (\S+) (\d+) ' % name, conf, re.MULTILINE)
    epoch = re.search(r'^sentinel config-epoch %s (\d+)' % name, conf, re.MULTILINE)
    if not found:
        return None, -1
    return Master(found.group(1), int(found.group(2)), 'sentinel.conf'), int(epoch.group(1)) if epoch else 0


def initial_master(deployment):
    """Return Fuel's primary controller as the Master of a store that does not exist yet."""
    primary = [controller for controller in deployment['controllers'] if controller['primary']][0]
    return Master(primary['address'], deployment['redis']['port'], 'fuel')

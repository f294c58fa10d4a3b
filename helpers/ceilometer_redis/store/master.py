# SPDX-License-Identifier: Apache-2.0
"""The redis master: where it is, asked of the running system."""

import collections
import functools
import os
import re

from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store.connection import connect_sentinel
from ceilometer_redis.store.queries import (
    NO_ANSWER,
    get_master_addr_by_name,
    is_deployed,
    latest_state,
    master_state,
    redis_info,
)
from ceilometer_redis.waiting import in_parallel

#: A redis master and who named it: 'sentinel', 'redis', 'replica', 'sentinel.conf' or 'fuel'.
Master = collections.namedtuple('Master', 'address port source')

#: The sources of one that runs, or ran until a moment ago.
RUNNING = ('sentinel', 'redis')


def master_for_clients(deployment):
    """Return the address that clients are told, by the first sentinel that names a controller's; None if none does."""
    for address in addresses_own_first(deployment):
        client = connect_sentinel(deployment, address)
        try:
            found = get_master_addr_by_name(client, deployment['sentinel']['master_name'])
            if found and is_deployed(deployment, dict(zip(('ip', 'port'), found))):
                return found[0]
        except NO_ANSWER:
            continue
    return None


def find_master(deployment, conf_dir=CONF_DIR):
    """Return the Master, a controller's redis server: asked of the running system, Fuel's role list last.

    The sentinel with the highest configuration epoch is believed: one whose file was lost starts again at epoch 0, and
    one that missed a failover is behind this node's own sentinel.conf. But a master that calls itself a replica, while
    another calls itself master, was named by sentinels that were reset: then Sentinel never heals (redis 7.0.15,
    watched for 150 s) and the servers are believed.
    """
    addresses = addresses_own_first(deployment)
    answers = in_parallel([functools.partial(master_state, deployment, address) for address in addresses]
                          + [functools.partial(redis_info, deployment, address, conf_dir) for address in addresses])
    states = [state for state in answers[:len(addresses)] if state and is_deployed(deployment, state)]
    servers = dict(zip(addresses, answers[len(addresses):]))
    masters = [address for address in addresses if servers[address] and servers[address]['role'] == 'master']
    # A redis server that was just created calls itself master as well; one with replicas is the older truth.
    masters.sort(key=lambda address: -servers[address]['connected_slaves'])
    remembered, epoch = remembered_master(deployment, conf_dir)
    if states:
        latest = latest_state(states)
        named = Master(latest['ip'], int(latest['port']), 'sentinel')
        if epoch > int(latest['config-epoch']):
            named = remembered
        server = servers.get(named.address)
        if not (server and server['role'] == 'slave' and masters):
            return named
    if masters:
        return Master(masters[0], deployment['redis']['port'], 'redis')
    return followed_master(deployment, servers.values()) or remembered or initial_master(deployment)


def followed_master(deployment, servers):
    """Return the Master that replicas follow and that does not answer; None if it is none of the deployment's.

    Only who has the password can tell them.

    Args:
        deployment: Of any node.
        servers: INFO of redis servers, None of one without an answer.
    """
    followed = [(info['master_host'], int(info.get('master_port', 0))) for info in servers if info
                and 'master_host' in info]
    found = [end for end, _ in collections.Counter(followed).most_common()
             if is_deployed(deployment, dict(zip(('ip', 'port'), end)))]
    return Master(found[0][0], found[0][1], 'replica') if found else None


def remembered_master(deployment, conf_dir=CONF_DIR):
    """Return the last master that this node's sentinel knew, from its sentinel.conf.

    Returns:
        (Master, configuration epoch); (None, -1) if the file names none of the deployment's.
    """
    conf, name = read_text(os.path.join(conf_dir, 'sentinel.conf')), re.escape(deployment['sentinel']['master_name'])
    found = re.search(r'^sentinel monitor %s (\S+) (\d+) ' % name, conf, re.MULTILINE)
    epoch = re.search(r'^sentinel config-epoch %s (\d+)' % name, conf, re.MULTILINE)
    if not found or not is_deployed(deployment, dict(zip(('ip', 'port'), found.groups()))):
        return None, -1
    return Master(found.group(1), int(found.group(2)), 'sentinel.conf'), int(epoch.group(1)) if epoch else 0


def initial_master(deployment):
    """Return Fuel's primary controller as the Master of a store that does not exist yet."""
    primary = [controller for controller in deployment['controllers'] if controller['primary']][0]
    return Master(primary['address'], deployment['redis']['port'], 'fuel')

# SPDX-License-Identifier: Apache-2.0
"""This node's redis server, brought to the deployment by CONFIG SET."""

from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store.connection import await_own_redis, connect_redis
from ceilometer_redis.store.master import RUNNING, find_master
from ceilometer_redis.store.queries import daemon_version, priorities

#: The first redis whose replicas take what their master sends whatever their min-slaves-to-write says (430bec346 of
#: redis/redis). With an older one, Ubuntu 14.04's, a replica that has it is empty when it is promoted.
SINCE_MIN_SLAVES = (2, 8, 10)

#: The priority with which no sentinel promotes a replica, and the usual one. Where all have the former, the loss of the
#: master is the end of the store.
NEVER_MASTER, USUAL_PRIORITY = 0, 100

#: Milliseconds after which a server says that a script keeps it busy; 0: never. A sentinel that hears it ends the
#: script (SCRIPT KILL) while it replaces the master, which is a second one then until it is told otherwise: 11 s with
#: redis 7.0. One that says nothing is replaced as one that hangs, and restarted by Pacemaker.
LUA_TIME_LIMIT = 0

#: What differing_directives() compares, by the names that redis 2.8 to 8 know.
DIRECTIVES = ('min-slaves-to-write', 'min-slaves-max-lag', 'slave-priority', 'lua-time-limit')


def apply_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Bring this node's redis server to the deployment; return the names of what changed (or would, with check).

    Raises:
        NotDone: The server has no answer within START_TIMEOUT (at once with check).
    """
    client = await_own_redis(deployment, check, conf_dir)
    info = client.info()
    changes, master = differing_directives(deployment, client, info), missed_master(deployment, info, conf_dir)
    if not check:
        for name, value in changes:
            client.config_set(name, value)
        if master:
            client.execute_command('slaveof', master.address, master.port)
        if changes or master:
            client.execute_command('config', 'rewrite')
    return [name for name, _ in changes] + (['slaveof'] if master else [])


def differing_directives(deployment, client, info):
    """Return [(directive, value)] for CONFIG SET of what a redis server, a client and its INFO, has otherwise.

    The passwords are not here: those of all controllers are changed at once, by `apply password`.
    """
    present = dict((name, int(client.config_get(name)[name])) for name in DIRECTIVES)
    priority = present['slave-priority']
    wanted = {'min-slaves-to-write': min_slaves(deployment, info, present['min-slaves-to-write']),
              'min-slaves-max-lag': deployment['redis']['min_slaves_max_lag'],
              'slave-priority': USUAL_PRIORITY if priority == NEVER_MASTER else priority,
              'lua-time-limit': LUA_TIME_LIMIT}
    return [(name, str(wanted[name])) for name in DIRECTIVES if wanted[name] != present[name]]


def min_slaves(deployment, info, present):
    """Return the number of replicas without which a redis server is to refuse writes.

    A master's is no more than it has by now: a single controller that becomes one of three would refuse all until the
    others are there (60 s in the lab).

    Args:
        deployment: Of this node.
        info: INFO of the server.
        present: Without how many it refuses them now.
    """
    wanted = deployment['redis']['min_slaves_to_write']
    if daemon_version(info) < SINCE_MIN_SLAVES:
        return 0
    return min(wanted, max(present, info['connected_slaves'])) if info['role'] == 'master' else wanted


def allow_promotion(deployment, conf_dir=CONF_DIR):
    """Let the sentinels promote this node's redis server, if they may promote none; return whether it was changed.

    Any client of the store can say so of all. An operator's word about some of them stays.

    Raises:
        redis.RedisError: The server does not answer, or refuses.
    """
    address, directive = deployment['node']['address'], 'slave-priority'
    known = priorities(deployment, address)
    if not known or set(known) != set([NEVER_MASTER]):
        return False
    client = connect_redis(deployment, address, conf_dir=conf_dir)
    if int(client.config_get(directive)[directive]) != NEVER_MASTER:
        return False
    client.config_set(directive, USUAL_PRIORITY)
    client.execute_command('config', 'rewrite')
    return True


def missed_master(deployment, info, conf_dir=CONF_DIR):
    """Return the Master that this node's redis server has to follow and will not be told of; None usually.

    A new replica that met its master just before that one died is known to no sentinel, and follows it for ever.

    Args:
        deployment: Of this node.
        info: INFO of the server.
        conf_dir: Where this node's redis.conf and sentinel.conf are.
    """
    if info['role'] == 'master':
        return None
    master = find_master(deployment, conf_dir)
    # What it follows may be a replica, or a stranger that a client of the server named, and be up.
    follows = (info['master_host'], int(info.get('master_port', 0)))
    known = master.source in RUNNING and master.address != deployment['node']['address']
    return master if known and follows != (master.address, master.port) else None

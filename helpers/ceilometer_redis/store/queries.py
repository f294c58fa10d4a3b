# SPDX-License-Identifier: Apache-2.0
"""Questions to the daemons that run: INFO to a redis server, SENTINEL MASTER and its like to a sentinel."""

import functools

import redis

from ceilometer_redis import versions
from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store.connection import connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.waiting import in_parallel


def redis_info(deployment, address, conf_dir=CONF_DIR):
    """Return INFO of the redis server at an address, None if it has no answer."""
    try:
        return connect_redis(deployment, address, conf_dir=conf_dir).info()
    except redis.RedisError:
        return None


def daemon_version(info):
    """Return the version of a daemon, from its INFO, as a tuple of numbers."""
    return versions.parse(info['redis_version'])


def as_dict(reply):
    """Return a flat reply (name, value, name, value...) as a dictionary."""
    if isinstance(reply, dict):
        return reply
    return dict(zip(reply[::2], reply[1::2]))


def endpoints(reply):
    """Return the (address, port) of each instance in a sentinel's reply, as a set."""
    return set((found['ip'], int(found['port'])) for found in (as_dict(instance) for instance in reply))


def get_master_addr_by_name(sentinel, name):
    """Return the master that a sentinel tells clients.

    Before 2.8.9 a sentinel that has not read a master's INFO since it began refuses to say (IDONTKNOW), for ever if the
    master is dead. It knows the address all the same.

    Args:
        sentinel: A client of the sentinel.
        name: That of the master.

    Returns:
        (address, port), both text; None if the sentinel does not watch it.

    Raises:
        redis.RedisError: The sentinel has no answer.
    """
    try:
        return sentinel_command(sentinel, 'get-master-addr-by-name', name)
    except redis.ResponseError as refusal:
        if 'IDONTKNOW' not in str(refusal):
            raise
    state = as_dict(sentinel_command(sentinel, 'master', name))
    return state['ip'], state['port']


def master_state(deployment, address):
    """Return the state of the master as the sentinel at an address has it.

    Returns:
        The answer to SENTINEL MASTER as a dictionary of texts; None if there is none. Its ip and port are those that
        clients are told: in a failover that is the promoted server when SENTINEL MASTER still has the dead one.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        state = as_dict(sentinel_command(client, 'master', name))
        state['ip'], state['port'] = get_master_addr_by_name(client, name)
    except (redis.RedisError, TypeError):  # TypeError: forgotten between the two commands
        return None
    return state


def master_states(deployment):
    """Return master_state() of each sentinel that answers, this node's first."""
    questions = [functools.partial(master_state, deployment, address) for address in addresses_own_first(deployment)]
    return [state for state in in_parallel(questions) if state]


def latest_state(states):
    """Return the state with the highest configuration epoch: it is right, the last failover wins."""
    return max(states, key=lambda state: int(state['config-epoch']))


def subjectively_down(deployment, address):
    """Return the addresses of the redis servers that the sentinel at an address takes for down (s_down)."""
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        servers = [sentinel_command(client, 'master', name)] + sentinel_command(client, 'slaves', name)
    except redis.RedisError:
        return []
    return [server['ip'] for server in map(as_dict, servers) if 's_down' in server['flags'].split(',')]

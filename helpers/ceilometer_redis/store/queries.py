# SPDX-License-Identifier: Apache-2.0
"""Questions to the daemons that run: INFO to a redis server, SENTINEL MASTER and its like to a sentinel."""

import functools

import redis

from ceilometer_redis import versions
from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store.connection import connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.waiting import in_parallel

#: What an answer comes to: none, or one of another shape than the daemons of any release have; python-redis takes `inf`
#: for a number, and lists in lists as deep as they are sent.
NO_ANSWER = (redis.RedisError, AttributeError, LookupError, OverflowError, RuntimeError, TypeError, ValueError)

#: What each release of Sentinel says of a master as a number, and is asked for here.
NUMBERS = ('port', 'config-epoch', 'quorum', 'num-slaves', 'num-other-sentinels', 'last-ok-ping-reply')


def redis_info(deployment, address, conf_dir=CONF_DIR):
    """Return INFO of the redis server at an address, None if it has no answer."""
    try:
        info = connect_redis(deployment, address, conf_dir=conf_dir).info()
        return info if is_whole(info) else None
    except NO_ANSWER:
        return None


def is_whole(info):
    """Return whether the INFO of a redis server has what is read of it; raises what NO_ANSWER has where not."""
    return bool(daemon_version(info) and int(info['connected_slaves']) >= 0 and (
        info['role'] == 'master' or 'master_host' in info and 'master_link_status' in info))


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
    found = set()
    for instance in reply:
        try:
            state = as_dict(instance)
            found.add((state['ip'], int(state['port'])))
        except NO_ANSWER:
            continue
    return found


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
    return state_of(connect_sentinel(deployment, address), deployment['sentinel']['master_name'])


def state_of(sentinel, name):
    """Return master_state() by a client of the sentinel; name: that of the master."""
    try:
        state = as_dict(sentinel_command(sentinel, 'master', name))
        state['ip'], state['port'] = get_master_addr_by_name(sentinel, name)  # None: forgotten between the two commands
        whole = 'flags' in state and all(int(state[number]) >= 0 for number in NUMBERS)
    except NO_ANSWER:
        return None
    return state if whole else None


def is_deployed(deployment, state):
    """Return whether the master that a sentinel's master_state() names is a redis server of the deployment's."""
    return state['ip'] in deployment['addresses'] and int(state['port']) == deployment['redis']['port']


def master_states(deployment):
    """Return master_state() of each sentinel that names a controller's redis server as master, this node's first.

    Whoever can connect to a sentinel, as any local user can, may have told it to watch something else.
    """
    questions = [functools.partial(master_state, deployment, address) for address in addresses_own_first(deployment)]
    return [state for state in in_parallel(questions) if state and is_deployed(deployment, state)]


def latest_state(states):
    """Return the state with the highest configuration epoch: it is right, the last failover wins."""
    return max(states, key=lambda state: int(state['config-epoch']))


def subjectively_down(deployment, address):
    """Return the addresses of the redis servers that the sentinel at an address takes for down (s_down)."""
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        return down_of([sentinel_command(client, 'master', name)] + sentinel_command(client, 'slaves', name))
    except NO_ANSWER:
        return []


def priorities(deployment, address):
    """Return the priorities of the replicas as the sentinel at an address has them; [] if it says nothing."""
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        return [int(as_dict(replica)['slave-priority']) for replica in sentinel_command(client, 'slaves', name)]
    except NO_ANSWER:
        return []


def down_of(reply):
    """Return the addresses of the instances in a sentinel's reply that it takes for down (s_down)."""
    return [instance['ip'] for instance in map(as_dict, reply) if 's_down' in instance['flags'].split(',')]

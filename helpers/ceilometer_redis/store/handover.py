# SPDX-License-Identifier: Apache-2.0
"""A planned change of the redis master: away from this node, or to the one that replaces it."""

import contextlib

import redis

from ceilometer_redis import clock
from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.errors import NotDone
from ceilometer_redis.store.connection import connect_redis, connect_sentinel, disconnect_clients, sentinel_command
from ceilometer_redis.store.queries import (
    as_dict,
    get_master_addr_by_name,
    is_deployed,
    latest_state,
    master_state,
    master_states,
    redis_info,
)
from ceilometer_redis.waiting import wait_for

#: Seconds a planned handover may take; measured on redis 7.0: 1.1 to 1.2 s until the sentinels name the new master.
HANDOVER_TIMEOUT = 15

#: Seconds after which a new master is taken as it is; all was ready after 1 to 2 s (redis 7.0).
READY_TIMEOUT = 5

#: Seconds in which sentinels that were replacing a master name the new one; measured on redis 7.0: 1 to 3 s.
FOLLOW_TIMEOUT = 15


def handover(deployment):
    """Let another controller's redis server become master, if this node's is; return its address, or None if it is not.

    SENTINEL FAILOVER alone leaves the old master writable for 11 s (redis 7.0.15, six of six), two masters for clients
    with open connections; so it is made a replica, and its clients are cut off, as soon as the new one takes their
    place.

    Raises:
        NotDone: No sentinel starts or ends the failover.
    """
    own = deployment['node']['address']
    info = redis_info(deployment, own)
    if not info or info['role'] != 'master' or not info['connected_slaves']:
        return None
    client = connect_redis(deployment, own)
    with accepting_writes(client):
        address = await_successor(deployment, start_failover(deployment), info['connected_slaves'])
        make_replica(deployment, client, address)
    return address


def follow(deployment):
    """Let this node's redis server follow the master that replaces it; return its address, or None if it stays.

    A master that was killed and is back while the sentinels replace it loses its replicas and refuses writes, and who
    is connected to it stays, until Sentinel makes it a replica (10 s later, redis 7.0.15). It stays master when all
    sentinels name it, have had its answer since this began, and replace nobody; its replicas say nothing, as they were
    seen to be back in the middle of a failover.

    Raises:
        NotDone: Neither is so within FOLLOW_TIMEOUT.
    """
    own, began = deployment['node']['address'], clock.uptime()

    def agreed_master():
        # Before they are asked: an answer from before may be the killed one's.
        seconds = clock.uptime() - began
        info, states = redis_info(deployment, own), master_states(deployment)
        if not info or info['role'] != 'master':
            return own
        named = latest_state(states)['ip'] if states else own
        if named != own:
            return named if is_master(deployment, named) else None
        confirming = [state for state in states if confirms_master(state, own, seconds)]
        return own if len(confirming) == len(deployment['addresses']) else None

    address = wait_for(agreed_master, FOLLOW_TIMEOUT, 'one redis master for all sentinels')
    if address == own:
        return None
    make_replica(deployment, connect_redis(deployment, own), address)
    return address


def confirms_master(state, address, seconds):
    """Return whether a sentinel has the server at an address for a master that lives and is not replaced.

    Args:
        state: The sentinel's master_state().
        address: That of the server.
        seconds: How long ago its last answer to the sentinel may be.
    """
    return (state['ip'], state['flags']) == (address, 'master') and int(state['last-ok-ping-reply']) < 1000 * seconds


def is_master(deployment, address):
    """Return whether the redis server at an address calls itself master."""
    return (redis_info(deployment, address) or {}).get('role') == 'master'


def make_replica(deployment, client, address):
    """Make a client's redis server a replica of the one at an address, and cut off its other clients.

    Those look up the master then.
    """
    client.execute_command('slaveof', address, deployment['redis']['port'])
    try:
        client.execute_command('client', 'kill', 'type', 'normal')
    except redis.ResponseError:
        # Before 2.8.12 each has to be named.
        disconnect_clients(client, [found['addr'] for found in client.client_list() if found['flags'] == 'N'])


@contextlib.contextmanager
def accepting_writes(client):
    """Let a redis master accept writes in a context also when its replicas have left it for another one."""
    name = 'min-slaves-to-write'
    wanted = client.config_get(name)[name]
    client.config_set(name, 0)
    try:
        yield
    finally:
        client.config_set(name, wanted)


def await_successor(deployment, sentinel, replicas):
    """Return the address of the master that replaces this node's, when it is ready.

    That is when it takes writes, for which it needs a replica of its own, and all sentinels send clients to it: before,
    nobody could write for 5 s or 1.2 s.

    Args:
        deployment: Of this node.
        sentinel: A client of the sentinel that leads the failover.
        replicas: How many this node's master has.

    Raises:
        NotDone: The sentinel names none within HANDOVER_TIMEOUT.
    """
    address = await_name(deployment, sentinel)
    try:
        wait_for(lambda: masters_told_to_clients(deployment) == set([address]) and (
            replicas == 1 or takes_writes(deployment, address)), READY_TIMEOUT, 'a new master')
    except NotDone:
        pass  # it is one already, and needs the old one as its replica
    return address


def await_name(deployment, sentinel):
    """Return the address of the master that a client's sentinel names in place of this node's, as soon as it does.

    Raises:
        NotDone: It names none within HANDOVER_TIMEOUT.
    """
    def successor():
        address, port = get_master_addr_by_name(sentinel, deployment['sentinel']['master_name'])
        named = is_deployed(deployment, {'ip': address, 'port': port}) and address != deployment['node']['address']
        return address if named else None
    return wait_for(successor, HANDOVER_TIMEOUT, 'a new master named by the sentinels')


def masters_told_to_clients(deployment):
    """Return the addresses that python-redis is told as the master's by the sentinels that answer (SENTINEL MASTERS).

    The sentinel that leads a failover says the old one there until all replicas follow the new one, which it already
    names to those that ask it for the address.
    """
    told, name = set(), deployment['sentinel']['master_name']
    for address in deployment['addresses']:
        try:
            told.add(as_dict(sentinel_command(connect_sentinel(deployment, address), 'master', name))['ip'])
        except redis.RedisError:
            continue
    return told


def takes_writes(deployment, address):
    """Return whether the redis master at an address has the replicas without which it refuses writes."""
    info, wanted = redis_info(deployment, address), deployment['redis']['min_slaves_to_write']
    # One that needs none does not count them.
    return info is not None and info.get('min_slaves_good_slaves', wanted) >= wanted


def start_failover(deployment):
    """Ask the sentinels, the own first, for a failover; return the client of the one that starts it, or names another.

    Another one replaces a master whose controller was cut off: a failover then would take the master from that one.

    Raises:
        NotDone: None does, with what each said.
    """
    refusals = []
    for address in addresses_own_first(deployment):
        client, state = connect_sentinel(deployment, address), master_state(deployment, address)
        if state is not None and not is_deployed(deployment, state):
            refusals.append('%s: watches no server of the deployment' % address)
            continue
        if state is not None and state['ip'] != deployment['node']['address']:
            if is_master(deployment, state['ip']):
                return client
            refusals.append('%s: names %s, which is no master' % (address, state['ip']))
            continue
        try:
            sentinel_command(client, 'failover', deployment['sentinel']['master_name'])
            return client
        except redis.RedisError as refusal:
            if 'INPROG' in str(refusal):
                return client
            refusals.append('%s: %s' % (address, refusal))
    raise NotDone('no sentinel starts a failover (%s)' % '; '.join(refusals))

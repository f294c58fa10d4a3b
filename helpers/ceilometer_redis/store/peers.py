# SPDX-License-Identifier: Apache-2.0
"""The peers of a sentinel: the other sentinels and the replicas that it knows, and forgets only when it is told.

A controller replaced by one at another address makes four known sentinels of three, and their majority three: with the
next loss of a controller nobody is elected any more (redis 7.0.15: for ever, while CKQUORUM says OK). SENTINEL RESET is
the one way to forget, and forgets all: the others come back by their hello messages (each sentinel says one every 2 s),
the replicas by the master's INFO (asked every 10 s).
"""

import collections
import time

import redis

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store import lock
from ceilometer_redis.store.connection import connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.store.master import Master, master_for_clients
from ceilometer_redis.store.queries import endpoints, master_state, redis_info
from ceilometer_redis.store.sentinel import can_set_quorum, monitor
from ceilometer_redis.waiting import wait_for

#: Who may forget; its value is the controller. It outlives the time to learn all the others again (milliseconds).
LOCK, LOCK_EXPIRY = 'ceilometer-redis:forgetting', 60000

#: Seconds a sentinel may take to know the others again.
LEARNING = 45

#: Seconds in which each sentinel that runs has said its hello.
HELLO = 2.5

#: Seconds to wait for a store at rest and for the own turn: a failover with a second election and the time in which the
#: master notices a dead replica (repl-timeout), then four other controllers.
PATIENCE = 180

#: The (address, port) of sentinels and of replicas, each a set.
Peers = collections.namedtuple('Peers', 'sentinels replicas')


def known_peers(deployment):
    """Return the Peers that this node's sentinel knows."""
    client = connect_sentinel(deployment, deployment['node']['address'])
    name = deployment['sentinel']['master_name']
    return Peers(*(endpoints(sentinel_command(client, words, name)) for words in ('sentinels', 'slaves')))


def expected_peers(deployment):
    """Return the Peers that the deployment's controllers may be for this node's sentinel.

    Not the sentinel itself: one that is new at the address of another and hears what that one said last takes it for a
    peer, greets it, and from then on counts itself twice (redis 7.0.15).
    """
    ends_of = dict((daemon, set((address, deployment[daemon]['port']) for address in deployment['addresses']))
                   for daemon in ('sentinel', 'redis'))
    own = (deployment['node']['address'], deployment['sentinel']['port'])
    return Peers(ends_of['sentinel'] - set([own]), ends_of['redis'])


def unexpected_peers(deployment):
    """Return the peers that this node's sentinel knows and that are no controller's, each as words."""
    found = zip(('sentinel', 'replica'), known_peers(deployment), expected_peers(deployment))
    return ['%s %s port %d' % ((kind,) + end)
            for kind, ends_known, allowed in found for end in sorted(ends_known - allowed)]


def connected_replicas(info):
    """Return the (address, port) of each replica that a master lists in its INFO, as a set."""
    return endpoints(info.get('slave%d' % number) for number in range(info['connected_slaves']))


def why_not_at_rest(deployment):
    """Return why no sentinel may forget now, as a sentence; None if the store is at rest.

    A sentinel that forgets while the master is away can not elect another, as it learns the replicas from the master,
    and one that forgets before the master has given up a dead replica learns it again.
    """
    allowed = expected_peers(deployment).replicas
    states = [(address, master_state(deployment, address)) for address in deployment['addresses']]
    states = [(address, state) for address, state in states if state]
    for address, state in states:
        if state['flags'] != 'master':
            return 'the sentinel at %s says of the redis master: %s' % (address, state['flags'])
    named = sorted(set((state['ip'], int(state['port'])) for _, state in states))
    if len(named) != 1 or named[0] not in allowed:
        return 'the sentinels name as master: %s' % (', '.join('%s port %d' % end for end in named) or 'none')
    info = redis_info(deployment, named[0][0])
    if not info or info['role'] != 'master':
        return 'no redis master answers at %s' % named[0][0]
    for end in sorted(connected_replicas(info) - allowed):
        return 'the redis master still has the replica %s port %d, which is no controller\'s' % end
    return None


def knows_all(deployment):
    """Return whether this node's sentinel knows all others that watch, and the replicas of the master, and no more."""
    own, port = deployment['node']['address'], deployment['sentinel']['port']
    sentinels = set((address, port) for address in deployment['addresses']
                    if address != own and master_state(deployment, address))
    state = master_state(deployment, own)
    info = redis_info(deployment, state['ip']) if state else None
    return info is not None and known_peers(deployment) == Peers(sentinels, connected_replicas(info))


def take_lock(deployment):
    """Take the lock for this node's sentinel to forget; return the client of the redis master that has it.

    Raises:
        NotDone: The store is not at rest, or another sentinel is forgetting.
    """
    reason = why_not_at_rest(deployment)
    if reason:
        raise NotDone(reason)
    client = connect_redis(deployment, master_for_clients(deployment))
    try:
        if lock.take(client, LOCK, deployment['node']['fqdn'], LOCK_EXPIRY):
            return client
    except redis.RedisError as refusal:
        raise NotDone('the redis master refuses the lock: %s' % refusal)
    raise NotDone('another sentinel is forgetting')


def await_lock(deployment):
    """Take the lock as soon as take_lock() can; return what it does.

    Raises:
        NotDone: The lock was not to be had within PATIENCE.
    """
    deadline = clock.uptime() + PATIENCE
    while True:
        try:
            return take_lock(deployment)
        except NotDone as reason:
            if clock.uptime() > deadline:
                raise NotDone('nothing could be forgotten within %d s: %s' % (PATIENCE, reason))
        time.sleep(1)


def release_lock(deployment, client):
    """Let another controller's sentinel forget."""
    try:
        lock.release(client, LOCK, deployment['node']['fqdn'])
    except redis.RedisError:
        pass  # the master has moved or is gone; the lock expires


def needs_reset_for_quorum(deployment):
    """Return whether this node's sentinel has another quorum than the deployment and has to watch anew to get it."""
    own = deployment['node']['address']
    state = master_state(deployment, own)
    return (state is not None and int(state['quorum']) != deployment['sentinel']['quorum']
            and not can_set_quorum(connect_sentinel(deployment, own)))


def forget(deployment, conf_dir=CONF_DIR):
    """Let this node's sentinel forget all others and learn those again that are there.

    Raises:
        NotDone: It does not learn them within LEARNING, or learns a stranger again, which then still runs.
    """
    own, sentinel = deployment['node']['address'], deployment['sentinel']
    client = connect_sentinel(deployment, own)
    if can_set_quorum(client):
        sentinel_command(client, 'reset', sentinel['master_name'])
    else:
        state = master_state(deployment, own)
        monitor(deployment, client, Master(state['ip'], int(state['port']), 'sentinel'), conf_dir, anew=True)
    try:
        wait_for(lambda: knows_all(deployment), LEARNING, 'all other sentinels and replicas known, and no more')
        # A stranger that runs may say its hello last.
        time.sleep(HELLO)
        if unexpected_peers(deployment):
            raise NotDone('the sentinel here learnt of others than the controllers have')
    except NotDone as late:
        raise NotDone('; still there: '.join([str(late)] + unexpected_peers(deployment)))
    # RESET leaves the file as it was, and nobody learnt (one controller is left) writes it; each SET does.
    sentinel_command(client, 'set', sentinel['master_name'], 'parallel-syncs', sentinel['parallel_syncs'])


def apply_peers(deployment, check=False, conf_dir=CONF_DIR):
    """Let this node's sentinel forget the peers that are no controller's; return sentences that name them.

    Likewise to get another quorum, where it has to forget for that. One sentinel at a time in the whole store, and none
    during a failover: the others keep the majority. With check, nothing is forgotten.

    Raises:
        NotDone: The store is not at rest within PATIENCE, or not all is learnt again, as forget() says.
    """
    found = ['%s is forgotten' % peer for peer in unexpected_peers(deployment)]
    if needs_reset_for_quorum(deployment):
        found.append('quorum')
    if found and not check:
        client = await_lock(deployment)
        try:
            forget(deployment, conf_dir)
        finally:
            release_lock(deployment, client)
    return found

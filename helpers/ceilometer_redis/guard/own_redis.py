# SPDX-License-Identifier: Apache-2.0
"""This controller's redis server: where it ends as the master, another sentinel is asked at once to replace it.

By themselves the sentinels wait for down-after. Only the host of a process knows that it has ended and does not merely
hang. Whatever is not just one failure is left to them: they vote, which who is asked for a failover does not.
"""

import errno
import functools
import select
import socket
import time

from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.guard import notes
from ceilometer_redis.pacemaker import state, tools
from ceilometer_redis.pacemaker.daemons import SERVER
from ceilometer_redis.store import handover
from ceilometer_redis.store.connection import SOCKET_TIMEOUT, connect_sentinel, sentinel_command
from ceilometer_redis.store.queries import NO_ANSWER, is_deployed, master_state, redis_info
from ceilometer_redis.waiting import in_parallel

#: What the sentinels may say of a master that has just ended: none of them has begun to replace it.
UNNOTICED = set(['master', 'disconnected'])

#: Failover timeouts for which a master was one before it is replaced at once: where one after another crashes, the data
#: get no time to reach the next. In as long Sentinel tries no second time.
SETTLED = 2

#: Seconds in which all that a process had open is closed, one after another, and how often that is looked at.
CLOSING, TRIES = 0.05, 5

#: Seconds since which its replicas may have missed a master that has just ended.
JUST = 2

#: Seconds Pacemaker has to answer: later the sentinels act by themselves.
PATIENCE = 2


class OwnRedis(object):
    """The redis server here, as long as a connection to it lasts.

    deployment: a function that returns the deployment, None if it has no store. held: the connection, on which nobody
    says a word, or None.
    """

    def __init__(self, deployment):
        self.deployment = deployment
        self.held = None

    def watch(self, seconds):
        """Wait for the end of the server, no longer than some seconds; have it replaced if it was the master."""
        try:
            deployment = self.deployment()
            if deployment is not None and self.has_ended(deployment, seconds):
                replace(deployment)
        except NO_ANSWER + (NotDone, BadInput, EnvironmentError, select.error) as refusal:
            notes.log_once('the redis server here could not be watched: %s' % refusal)

    def has_ended(self, deployment, seconds):
        """Return whether the server ends within some seconds: the connection does, and nobody listens any more."""
        if self.held is None:
            self.held = connect(deployment)
        if not select.select([self.held], [], [], seconds)[0]:
            return False
        self.held.close()
        self.held = None
        for _ in range(TRIES):
            time.sleep(CLOSING)
            if refuses(deployment):
                return True
        return False


def connect(deployment):
    """Return a connection to the redis server here that is not logged in.

    Raises:
        EnvironmentError: There is none to be had.
    """
    return socket.create_connection((deployment['node']['address'], deployment['redis']['port']), SOCKET_TIMEOUT)


def refuses(deployment):
    """Return whether nobody listens where the redis server here does."""
    try:
        connect(deployment).close()
    except EnvironmentError as error:
        return error.errno == errno.ECONNREFUSED
    return False


def replace(deployment):
    """Have the redis server here, which has ended, replaced if it was the master of a store that is whole otherwise.

    Raises:
        NotDone: Pacemaker does not answer, or the sentinel that was asked names no other master in time.
        redis.RedisError: That sentinel refuses.
    """
    own, name = deployment['node']['address'], deployment['sentinel']['master_name']
    reason = why_not_alone_down(deployment) or why_left_alone(tools.query(PATIENCE), deployment['node']['fqdn'])
    if reason:
        notes.log('the redis server here has ended, nobody is asked to replace it: %s' % reason)
        return
    asked = [address for address in deployment['addresses'] if address != own][0]
    client = connect_sentinel(deployment, asked)
    # One whose clock has jumped does nothing for 30 s, and would replace then whoever is the master.
    if client.info()['sentinel_tilt'] or not refuses(deployment):
        return
    sentinel_command(client, 'failover', name)
    notes.repair('the redis master here has ended: the sentinel at %s was asked to replace it at once' % asked)
    handover.await_name(deployment, client)
    # Pacemaker may have started it as the master just before.
    handover.follow(deployment)


def why_left_alone(cib, node):
    """Return why Pacemaker would not act on a node, by its name and the CIB, as words; None if it would."""
    if cib.get('have-quorum') != '1':
        return 'this controller has no quorum'
    return state.why_unmanaged(cib, SERVER, node)


def why_not_alone_down(deployment):
    """Return what keeps the redis server here from being the settled master of a store that is whole but for it.

    A second failure, a failover that has begun or has just ended: the sentinels vote about these.

    Returns:
        It, as words; None if that is what it was.
    """
    own, addresses = deployment['node']['address'], deployment['addresses']
    others = [address for address in addresses if address != own]
    answers = in_parallel([functools.partial(master_state, deployment, address) for address in addresses]
                          + [functools.partial(redis_info, deployment, address) for address in others])
    for address, seen in zip(addresses, answers):
        if not (seen and is_deployed(deployment, seen) and seen['ip'] == own):
            return 'the sentinel at %s does not name it' % address
        if not set(seen['flags'].split(',')) <= UNNOTICED:
            return 'the sentinel at %s acts already' % address
        if int(seen['role-reported-time']) < SETTLED * deployment['sentinel']['failover_timeout']:
            return 'to the sentinel at %s it was no master until lately' % address
    for address, info in zip(others, answers[len(addresses):]):
        if not info or info.get('master_host') != own:
            return 'the redis server at %s does not follow it' % address
        # -1, or longer than a host is up: never.
        if not 0 <= int(info.get('master_link_down_since_seconds', 0)) <= JUST:
            return 'the redis server at %s has not followed it of late' % address
    return None if others else 'there is no other controller'

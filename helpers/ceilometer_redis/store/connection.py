# SPDX-License-Identifier: Apache-2.0
"""Connections to the redis servers and sentinels of the controllers."""

import functools
import os
import re

import redis

from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.waiting import wait_for


class Unreachable(redis.RedisError):
    """No connection to a daemon."""


class Connection(redis.Connection):
    """A connection that python-redis before 3 tries to make once, not twice at once."""

    def connect(self):
        """Connect and log in.

        Raises:
            Unreachable: There is no connection; python-redis would answer a redis.ConnectionError by another attempt.
            redis.AuthenticationError: The password is refused.
        """
        try:
            redis.Connection.connect(self)
        except redis.AuthenticationError:
            raise
        except redis.ConnectionError as error:
            raise Unreachable(*error.args)


try:
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    # python-redis 6 and later tries again by itself: 12 s for each daemon that is away (measured with 8.1).
    ASK_ONCE = {'retry': Retry(NoBackoff(), 0)}
except ImportError:  # before python-redis 4
    ASK_ONCE = {'connection_class': Connection}

#: Seconds a daemon has to answer, which one of a powered-off controller does not.
SOCKET_TIMEOUT = 2

#: Seconds Pacemaker may take to start a daemon that is to be configured.
START_TIMEOUT = 120


def translate_redis_errors(run):
    """Decorate a function to raise NotDone, with what a daemon refused, in place of redis.RedisError."""
    @functools.wraps(run)
    def translated(*arguments):
        try:
            return run(*arguments)
        except redis.RedisError as refusal:
            raise NotDone('a daemon refused the command or the connection: %s' % refusal)
    return translated


def connect(address, port, password=None, decode=True, timeout=SOCKET_TIMEOUT):
    """Return a client of one daemon, with text for replies or, unless decode, bytes; nothing is sent yet.

    It asks once, also where python-redis would ask again; timeout: seconds for each answer.
    """
    return redis.StrictRedis(connection_pool=redis.ConnectionPool(
        host=address, port=port, password=password, socket_timeout=timeout, decode_responses=decode, **ASK_ONCE))


def connect_redis(deployment, address, decode=True, conf_dir=CONF_DIR, timeout=SOCKET_TIMEOUT):
    """Return a client of the redis server at an address, with the password that it has at the time.

    Args:
        deployment: Of this node.
        address: That of the redis server.
        decode: Whether replies are texts.
        conf_dir: Where this node's redis.conf is.
        timeout: Seconds for each answer.

    Raises:
        Unreachable: The address is no controller's. A sentinel names whatever any local user tells it.
    """
    if address not in deployment['addresses']:
        raise Unreachable('%s is no controller: the password is not sent there' % address)
    password = password_in_use(deployment, address, conf_dir, timeout)
    return connect(address, deployment['redis']['port'], password, decode, timeout)


def password_in_use(deployment, address, conf_dir=CONF_DIR, timeout=SOCKET_TIMEOUT):
    """Return the password of the redis server at an address.

    That is the one in this node's redis.conf, which redis itself keeps: a deployment's new one comes to all servers at
    once, some time after the deployment file. A server that refuses it is a step ahead of this node's.
    """
    found = re.search(r'^requirepass "?([^"\s]+)', read_text(os.path.join(conf_dir, 'redis.conf')), re.MULTILINE)
    given = deployment['redis']['password']
    if found is None or found.group(1) == given:
        return given
    in_use = found.group(1)
    client = connect(address, deployment['redis']['port'], in_use, timeout=timeout)
    return given if refuses_password(client) else in_use


def refuses_password(client):
    """Return whether the server refuses the password; one that is away refuses nothing."""
    try:
        client.ping()
    except (redis.AuthenticationError, redis.ResponseError):
        return True
    except redis.RedisError:
        pass
    return False


def connect_sentinel(deployment, address, timeout=SOCKET_TIMEOUT):
    """Return a client of the sentinel at an address; timeout: seconds for each answer."""
    return connect(address, deployment['sentinel']['port'], timeout=timeout)


def sentinel_command(client, *words):
    """Send a SENTINEL command and return its raw reply.

    The lower-case name keeps every python-redis (2.7 on 7.0 to today's) from parsing the reply in its own way.
    """
    return client.execute_command('sentinel', *words)


def responds(client):
    """Return whether a daemon answers a PING."""
    try:
        return client.ping()
    except redis.RedisError:
        return False


def await_own_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Return a client of this node's redis server, when it answers: within START_TIMEOUT, with check at once.

    Raises:
        NotDone: It does not answer in time.
    """
    def connected():
        client = connect_redis(deployment, deployment['node']['address'], conf_dir=conf_dir)
        return client if responds(client) else None
    return wait_for(connected, 0 if check else START_TIMEOUT, 'an answer of the redis server here')


def disconnect_clients(client, addresses):
    """Cut off clients of a redis server.

    Args:
        client: That of the redis server.
        addresses: Of the clients to cut off, as CLIENT LIST has them: 192.0.2.1:4711.
    """
    for address in addresses:
        try:
            client.execute_command('client', 'kill', address)
        except redis.ResponseError:
            continue  # it has just ended

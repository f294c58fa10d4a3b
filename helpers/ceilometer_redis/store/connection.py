"""Connections to the redis servers and sentinels of the controllers."""

import functools
import os
import re

import redis

from ceilometer_redis import versions
from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.waiting import wait_for


class Unreachable(redis.RedisError):
    """No connection to a daemon."""


class Connection(redis.Connection):
    """A connection that python-redis before 3 tries to make once, not twice at once."""

    def connect(self):
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


def refusals_told(run):
    """A function that does what run does, and raises NotDone with what a daemon refused."""
    @functools.wraps(run)
    def told(*arguments):
        try:
            return run(*arguments)
        except redis.RedisError as refusal:
            raise NotDone('a daemon refused the command or the connection: %s' % refusal)
    return told


def connect(address, port, password=None, decode=True):
    """Return a client of one daemon; nothing is sent yet. It asks once, also where python-redis would ask again."""
    return redis.StrictRedis(connection_pool=redis.ConnectionPool(
        host=address, port=port, password=password, socket_timeout=SOCKET_TIMEOUT, decode_responses=decode, **ASK_ONCE))


def connect_redis(deployment, address, decode=True, conf_dir=CONF_DIR):
    """Return a client of a redis server, with the password that it has at the time."""
    return connect(address, deployment['redis']['port'], password_at(deployment, address, conf_dir), decode)


def password_at(deployment, address, conf_dir=CONF_DIR):
    """Return the password of the redis server at an address.

    That is the one in this node's redis.conf, which redis itself keeps: a deployment's new one comes to all servers at
    once, some time after the deployment file. A server that refuses it is a step ahead of this node's.
    """
    found = re.search(r'^requirepass "?([^"\s]+)', read_text(os.path.join(conf_dir, 'redis.conf')), re.MULTILINE)
    given = deployment['redis']['password']
    if found is None or found.group(1) == given:
        return given
    in_use = found.group(1)
    return given if refuses_password(connect(address, deployment['redis']['port'], in_use)) else in_use


def refuses_password(client):
    """Return whether the server refuses the password; one that is away refuses nothing."""
    try:
        client.ping()
    except (redis.AuthenticationError, redis.ResponseError):
        return True
    except redis.RedisError:
        pass
    return False


def connect_sentinel(deployment, address):
    return connect(address, deployment['sentinel']['port'])


def sentinel_command(client, *words):
    """Send a SENTINEL command and return its raw reply.

    The lower-case name keeps every python-redis (2.7 on 7.0 to today's) from parsing the reply in its own way.
    """
    return client.execute_command('sentinel', *words)


def as_dict(reply):
    """Return a flat reply (name, value, name, value...) as a dictionary."""
    if isinstance(reply, dict):
        return reply
    return dict(zip(reply[::2], reply[1::2]))


def endpoints(reply):
    """Return the (address, port) of each instance in a sentinel's reply."""
    return set((found['ip'], int(found['port'])) for found in (as_dict(instance) for instance in reply))


def responds(client):
    try:
        return client.ping()
    except redis.RedisError:
        return False


def await_own_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Return a client of this node's redis server; waits START_TIMEOUT for an answer, with check not at all."""
    def connected():
        client = connect_redis(deployment, deployment['node']['address'], conf_dir=conf_dir)
        return client if responds(client) else None
    return wait_for(connected, 0 if check else START_TIMEOUT, 'an answer of the redis server here')


def daemon_version(server):
    """Return the version of a daemon, from its INFO, as a tuple of numbers."""
    return versions.parse(server['redis_version'])


def disconnect_clients(client, addresses):
    """Cut off the clients of a redis server that have these addresses."""
    for address in addresses:
        try:
            client.execute_command('client', 'kill', address)
        except redis.ResponseError:
            continue  # it has just ended

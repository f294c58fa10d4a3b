# SPDX-License-Identifier: Apache-2.0
"""A redis server that was there before, as the URL of an existing service names it."""

import redis

from ceilometer_redis.coordination import service
from ceilometer_redis.store import connection
from ceilometer_redis.store.queries import get_master_addr_by_name


def connect(url):
    """Return a client of the redis server that a URL names, or of the master that its sentinels name.

    Raises:
        redis.RedisError: No sentinel names one.
    """
    found = service.redis_server(url)
    host, port = _master(found) if found.master_name else found.hosts[0]
    # Our connections are without TLS.
    once = dict((name, value) for name, value in connection.ASK_ONCE.items() if name != 'connection_class')
    return redis.StrictRedis(host=host, port=port, **dict(found.options, socket_timeout=connection.SOCKET_TIMEOUT,
                                                          **once))


def _master(server):
    """Return (address, port) of the master, by the first sentinel that names one.

    Raises:
        redis.RedisError: None does.
    """
    for host, port in server.hosts:
        try:
            named = get_master_addr_by_name(connection.connect(host, port), server.master_name)
        except redis.RedisError:
            continue
        if named:
            return named
    raise redis.ConnectionError('no sentinel names a master %s' % server.master_name)

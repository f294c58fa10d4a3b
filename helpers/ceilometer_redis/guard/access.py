# SPDX-License-Identifier: Apache-2.0
"""How a guard reaches the store that the agents share, and who of the guards may start agents there.

Each way has client(): a client for one look, None while the store accepts no writes or does not answer; take_lock() and
release_lock(), of the turn; longest_turn(); and hide(), for what may quote a secret.
"""

import syslog
import time

import redis

from ceilometer_redis.coordination import coordinator, service
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import notes
from ceilometer_redis.store import existing, lock
from ceilometer_redis.store.connection import connect_redis
from ceilometer_redis.store.master import master_for_clients

#: Milliseconds for which a guard's write, its proof that the store accepts writes, is kept.
WRITE_EXPIRY = 120000

#: Who may start agents; its value is the controller. It expires, so nobody waits for a controller that lost power.
LOCK, LOCK_EXPIRY = 'ceilometer-redis:starting', 30000

#: Seconds an agent may take to join in its controller's turn; later it could not be told from another's.
JOIN_TIMEOUT = 60


class OwnStore(object):
    """The store that is deployed on the controllers."""

    def __init__(self, deployment):
        self.deployment = deployment
        self.node = deployment['node']['fqdn']

    def client(self):
        """Return a client of the master if it accepts a write, else None."""
        try:
            client = self.connect()
            if client is not None:
                client.psetex('ceilometer-redis:guard:' + self.node, WRITE_EXPIRY, int(time.time()))
            return client
        except redis.RedisError:
            return None

    def connect(self):
        """Return a client of the master, None if no sentinel names one."""
        address = master_for_clients(self.deployment)
        return None if address is None else connect_redis(self.deployment, address, decode=False)

    def hide(self, text):
        """Return a text without the secrets of the store."""
        return service.hide(text, self.deployment['coordination']['backend_url'])

    def take_lock(self, client):
        """Return whether this controller has the lock; it is taken if nobody has it."""
        return lock.take(client, LOCK, self.node, LOCK_EXPIRY)

    def release_lock(self, client):
        """Let another controller have the lock, if it is this one's still."""
        lock.release(client, LOCK, self.node)

    def longest_turn(self):
        """Return the seconds after which the lock has expired."""
        return LOCK_EXPIRY / 1000.0


class ExistingRedis(OwnStore):
    """A redis server that was there before."""

    def connect(self):
        """Return a client of the server that the URL names.

        Raises:
            redis.RedisError: No sentinel names it.
        """
        return existing.connect(self.deployment['coordination']['backend_url'])


class ToozService(object):
    """A service of which tooz is all there is to ask. A client is a Coordinator.

    coordinator: the one that is connected, or None; was_away: whether the service has ever been away.
    """

    def __init__(self, deployment):
        self.url = deployment['coordination']['backend_url']
        self.node = deployment['node']['fqdn']
        self.coordinator = None
        self.was_away = False

    def client(self):
        """Return the coordinator if the service answers it, else None."""
        try:
            if self.coordinator is None:
                self.coordinator = coordinator.Coordinator(self.url, 'ceilometer-redis-guard-%s' % self.node)
            self.coordinator.ask('beat')
        except NotDone as lost:
            notes.log('%s' % lost, syslog.LOG_WARNING)
            if self.coordinator is not None:
                self.coordinator.close()
            self.coordinator, self.was_away = None, True
        return self.coordinator

    def hide(self, text):
        """Return a text without the secrets of the service."""
        return service.hide(text, self.url)

    def take_lock(self, client):
        """Return whether this controller has the lock; it is taken if nobody has it."""
        return client.ask('take')

    def release_lock(self, client):
        """Let another controller have the lock."""
        client.ask('release')

    def longest_turn(self):
        """Return the seconds that an agent may take to join."""
        return JOIN_TIMEOUT

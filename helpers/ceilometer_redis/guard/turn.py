# SPDX-License-Identifier: Apache-2.0
"""The turn in which the agents of one controller start, while those of the others wait.

Agents that start together read half of a group each.
"""

import syslog
import time

import redis

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import notes
from ceilometer_redis.pacemaker import guard as pacemaker_guard

#: Seconds a member gets to read the ring before the next agent joins. Measured with tooz 3.1.0: 0.05 s are enough.
READ_RING = 3

#: Seconds the agents wait for the store and for their turn, then they start all the same.
START_PATIENCE = 120


class Turn(object):
    """The turn of this controller's agents.

    begun: the uptime when the guard began. taken: whether they have had it, or have it now. since: the uptime when it
    began, while no other may start; else None.
    """

    def __init__(self, access, members, cluster):
        self.access = access
        self.members = members
        self.cluster = cluster
        self.begun = clock.uptime()
        self.taken = False
        self.since = None

    def take(self):
        """Let the agents here start when the store takes writes and no other controller is starting its own.

        Without quorum, or an answer of Pacemaker's, nothing starts here, and the turn is left to others.
        """
        if self.taken or self.cluster.inquorate or not (self.take_lock() or self.is_patience_over()):
            return
        try:
            pacemaker_guard.give_turn()
        except NotDone as refusal:
            notes.log_once('start: %s' % refusal)
            self.release_lock()
            return
        self.taken, self.since = True, clock.uptime()

    def keep(self):
        """Have the turn that was taken once: a Pacemaker that is restarted forgets it, and stops the agents."""
        try:
            if self.taken and self.cluster.forgot_turn:
                pacemaker_guard.renew_turn()
        except NotDone:
            pass  # it says at the next look that it still has forgotten it

    def take_lock(self):
        """Take the lock of the store, if it is free; return whether this controller has it."""
        client = self.access.client()
        try:
            if client is None or not self.access.take_lock(client):
                return False
            self.members.begin_turn(client)
        except (redis.RedisError, NotDone):
            return False
        return True

    def release_lock(self):
        """Give the lock of the store back, if this controller has it."""
        client = self.access.client()
        try:
            if client is not None:
                self.access.release_lock(client)
        except (redis.RedisError, NotDone):
            pass  # it expires

    def is_patience_over(self):
        """Return whether the agents have waited for so long that they start without the lock."""
        over = clock.uptime() - self.begun > START_PATIENCE
        if over:
            notes.log('start: neither the store nor its lock in %d s, going on' % START_PATIENCE, syslog.LOG_WARNING)
        return over

    def release(self, client, joined):
        """Let the next controller start its agents, when those here have joined and read the ring, or did not in time.

        Args:
            client: That of the store.
            joined: Whether all agents here are members.
        """
        if self.since is None:
            return
        if joined:
            time.sleep(READ_RING)
        if joined or clock.uptime() - self.since > self.access.longest_turn():
            self.access.release_lock(client)
            self.since = None

# SPDX-License-Identifier: Apache-2.0
"""This controller's sentinel, which any local user can tell to watch something else, and which has no password."""

import os

import redis

from ceilometer_redis import clock
from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.guard import notes
from ceilometer_redis.store import sentinel, server

#: Seconds between two tries to put right what the sentinel's file alone shows: a full disk keeps the file as it was.
PAUSE = 60


class OwnSentinel(object):
    """What a guard does for the sentinel here. It reads the deployment file anew when that has changed.

    A deployment changes the settings of sentinels that run, and restarts no guard for it.
    """

    def __init__(self, path=document.PATH, conf_dir=CONF_DIR):
        self.path = path
        self.conf_dir = conf_dir
        self.read = (None, None)
        self.told = None

    def deployment(self):
        """Return the deployment in the file, None if it has no store here.

        Raises:
            BadInput: It is not whole.
            EnvironmentError: There is none.
        """
        found = os.stat(self.path)
        changed = (found.st_ino, found.st_mtime)
        if self.read[0] != changed:
            deployment = document.load(self.path)
            self.read = (changed, deployment if has_store(deployment) else None)
        return self.read[1]

    def look(self):
        """Put right what somebody else told the sentinel, if the real master runs, and whom it may promote; say so."""
        try:
            deployment = self.deployment()
            if deployment is not None:
                self.put_right(deployment)
                if server.allow_promotion(deployment, self.conf_dir):
                    notes.repair('the sentinels could promote no replica (slave-priority 0): the one here can be again')
        except (redis.RedisError, NotDone, BadInput, EnvironmentError) as refusal:
            notes.log_once('the sentinel here could not be looked at: %s' % refusal)

    def put_right(self, deployment):
        """Put right what somebody else told the sentinel; the deployment is that of this node."""
        with_file = self.told is None or clock.uptime() - self.told >= PAUSE
        reason = sentinel.why_strange(deployment, self.conf_dir, with_file)
        if reason is None:
            return
        if sentinel.running_master(deployment, self.conf_dir) is None:
            notes.log_once('the sentinel here: %s, and no redis master runs to be told' % reason)
            return
        self.told = clock.uptime() if with_file else self.told
        changed = sentinel.apply_sentinel(deployment, conf_dir=self.conf_dir, patience=0)
        notes.repair('the sentinel here: %s; put right: %s' % (reason, ', '.join(changed)))

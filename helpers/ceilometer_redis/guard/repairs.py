"""Restarts: how often an agent was restarted, when it may be again, and the restart of a plain service."""

import os
import subprocess

from ceilometer_redis import clock
from ceilometer_redis.guard import notes
from ceilometer_redis.guard.decision import FORGOTTEN, pause

FILE = 'repairs.json'


class Repairs(object):
    """The restarts of this controller's agents.

    tried: {service: {'count': restarts, 'time': uptime of the last}}, kept for the guard that follows.
    """

    def __init__(self, run):
        self.run = run
        self.tried = notes.read(run, FILE)
        self.restarting = {}

    def seconds_left(self, service):
        """Return (restarts, seconds): how often it was restarted lately, for how long it is left alone therefore."""
        last = self._last(service)
        return last['count'], max(0, pause(last['count']) - (clock.uptime() - last['time']))

    def begin(self, service):
        """Note that a service is being restarted."""
        self.tried[service] = {'count': self._last(service)['count'] + 1, 'time': clock.uptime()}
        notes.write(self.run, FILE, self.tried)

    def restart(self, service):
        """Let the init system restart a plain service, unless it is doing so."""
        # It may take longer than a guard may be silent, so nobody waits for it.
        if service not in self.restarting or self.restarting[service].poll() is not None:
            with open(os.devnull, 'r+') as nothing:
                self.restarting[service] = subprocess.Popen(['service', service, 'restart'], stdin=nothing,
                                                            stdout=nothing, stderr=nothing, close_fds=True)

    def _last(self, service):
        last = self.tried.get(service)
        forgotten = last is None or clock.uptime() - last['time'] > FORGOTTEN
        return {'count': 0, 'time': 0} if forgotten else last

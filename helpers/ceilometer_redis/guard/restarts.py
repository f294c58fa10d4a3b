# SPDX-License-Identifier: Apache-2.0
"""Restarts of agents: how often each was restarted, when it may be again, and the restart of a plain service."""

import os
import subprocess

from ceilometer_redis import clock
from ceilometer_redis.guard import notes
from ceilometer_redis.guard.decision import FORGOTTEN, pause_after
from ceilometer_redis.waiting import bounded

FILE = 'repairs.json'

#: Seconds the init system may take: while one restart is under way there is no other.
RESTART_TIMEOUT = 300


class Restarts(object):
    """The restarts of this controller's agents.

    noted: {service: {'count': restarts, 'time': uptime of the last}}, kept for the guard that follows. running:
    {service: the init system's command}.
    """

    def __init__(self, run):
        self.run = run
        self.noted = dict((service, last) for service, last in notes.read(run, FILE).items() if _is_note(last))
        self.running = {}

    def pause(self, service):
        """Return (count, seconds): how often a service was restarted lately, and for how long it is left alone."""
        last = self._last(service)
        return last['count'], max(0, pause_after(last['count']) - (clock.uptime() - last['time']))

    def note(self, service):
        """Note that a service is being restarted."""
        self.noted[service] = {'count': self._last(service)['count'] + 1, 'time': clock.uptime()}
        notes.write(self.run, FILE, self.noted)

    def restart(self, service):
        """Let the init system restart a plain service, unless it is doing so."""
        # It may take longer than a guard may be silent, so nobody waits for it.
        if service not in self.running or self.running[service].poll() is not None:
            with open(os.devnull, 'r+') as nothing:
                self.running[service] = subprocess.Popen(
                    bounded(['service', service, 'restart'], RESTART_TIMEOUT), stdin=nothing, stdout=nothing,
                    stderr=nothing, close_fds=True)

    def _last(self, service):
        last = self.noted.get(service)
        forgotten = last is None or clock.uptime() - last['time'] > FORGOTTEN
        return {'count': 0, 'time': 0} if forgotten else last


def _is_note(kept):
    """Return whether what stands for a service in the file is what note() writes."""
    numbers = [kept.get(name) for name in ('count', 'time')] if isinstance(kept, dict) else [None]
    return (all(isinstance(number, (int, float)) for number in numbers)
            and 0 <= numbers[0] <= 1000 and numbers[1] <= clock.uptime())

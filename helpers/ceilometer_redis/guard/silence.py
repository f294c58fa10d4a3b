# SPDX-License-Identifier: Apache-2.0
"""For how long a member has not beaten, by what is left of its last beat in redis."""

from ceilometer_redis import clock
from ceilometer_redis.guard import processes


class Silence(object):
    """The silence of members, by their ids.

    heard: when each beat last (uptime). lifetimes: the milliseconds for which a beat of each counts. That is a setting
    of the agent's own; the longest that was ever left is near it.
    """

    def __init__(self):
        self.heard = {}
        self.lifetimes = {}

    def of(self, member, left):
        """Return the seconds since a Member's last beat, or since its start while none was heard.

        Args:
            member: A Member.
            left: The milliseconds for which its last beat still counts; 0 without one.
        """
        if left:
            lifetime = self.lifetimes[member.id] = max(left, self.lifetimes.get(member.id, 0))
            self.heard[member.id] = clock.uptime() - (lifetime - left) / 1000.0
        return clock.uptime() - self.heard[member.id] if member.id in self.heard else processes.age(member.process)

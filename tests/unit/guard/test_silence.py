# SPDX-License-Identifier: Apache-2.0
"""How long a member has been silent."""

import os

from ceilometer_redis.guard.groups import Member
from ceilometer_redis.guard.processes import Process
from ceilometer_redis.guard.silence import Silence


def test_how_long_a_member_has_been_silent_is_seen_by_what_is_left_of_its_last_beat(uptime):
    member, silence, seen = Member(Process(4711, 100 * os.sysconf('SC_CLK_TCK')), 'm', {}), Silence(), []
    # Until its first beat: since its start. How long a beat counts in all is the longest that was left.
    for uptime.now, left in ((130, 0), (140, 60000), (150, 50000), (155, 58000), (200, 0), (201, 12000)):
        seen.append(silence.of(member, left))
    assert seen == [30, 0, 10, 2, 47, 48]

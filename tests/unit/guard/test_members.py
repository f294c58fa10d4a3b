# SPDX-License-Identifier: Apache-2.0
"""What the guard knows of its agents' members."""

import os

import pytest

from ceilometer_redis.guard.members import Members
from ceilometer_redis.guard.processes import Process


def started(seconds):
    """A process that was started so many seconds after the boot."""
    return Process(4711, seconds * os.sysconf('SC_CLK_TCK'))


@pytest.mark.parametrize('what, processes, ended, found', [
    ('it does not run', [], 190, (None, None)),
    ('it has had no member yet', [started(160), started(100)], None, (100, 100)),
    ('its member has just ended', [started(160), started(100)], 190, (100, 10)),
    ('its former member ended before it was started', [started(160)], 90, (40, 40)),
])
def test_how_long_an_agent_without_a_member_has_run_and_been_silent_when(tmpdir, uptime, what, processes, ended,
                                                                         found):
    members, uptime.now = Members(str(tmpdir)), 200
    if ended:
        members.ended['agent'] = ended
    assert members.without_member('agent', processes) == found, what

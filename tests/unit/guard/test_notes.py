# SPDX-License-Identifier: Apache-2.0
"""What a guard notes for status."""

import pytest

from ceilometer_redis.guard import notes


@pytest.mark.parametrize('state, found', [
    (None, ['the guard here does not run, or has not looked for 60 s']),
    ({'uptime': 900, 'agents': {}}, ['the guard here does not run, or has not looked for 60 s']),
    ({'uptime': 990, 'agents': {'a': {'verdict': 'ok', 'reason': 'is a member'}}}, []),
    ({'uptime': 990, 'agents': {'a': {'verdict': 'wait', 'reason': 'not yet'}}}, ['a: wait: not yet']),
])
def test_status_says_what_the_guard_finds_wrong(uptime, state, found):
    uptime.now = 1000
    assert notes.problems(state) == found

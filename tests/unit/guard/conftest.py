# SPDX-License-Identifier: Apache-2.0
"""What tests of the guard share."""

import pytest

from ceilometer_redis import clock


@pytest.fixture
def uptime(monkeypatch):
    """The host's uptime: now, in seconds."""
    class Uptime(object):
        now = 0
    monkeypatch.setattr(clock, 'uptime', lambda: Uptime.now)
    return Uptime

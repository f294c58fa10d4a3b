# SPDX-License-Identifier: Apache-2.0
"""What tests of the guard share."""

import syslog

import pytest

from ceilometer_redis import clock
from ceilometer_redis.guard import notes
from ceilometer_redis.history import journal


@pytest.fixture
def uptime(monkeypatch):
    """The host's uptime: now, in seconds."""
    class Uptime(object):
        now = 0
    monkeypatch.setattr(clock, 'uptime', lambda: Uptime.now)
    return Uptime


@pytest.fixture
def log(monkeypatch):
    """The sentences in the system's log."""
    lines = []
    monkeypatch.setattr(notes, '_said', set())
    monkeypatch.setattr(syslog, 'syslog', lambda priority, line: lines.append(journal.parse(line)['text']))
    return lines

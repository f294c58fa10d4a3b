# SPDX-License-Identifier: Apache-2.0
"""The history of a controller: what the daemons log and what the plugin noted, by time."""

import os

import pytest

from ceilometer_redis.history import journal
from ceilometer_redis.history.events import events, last_failover

SENTINEL = ('1:X 01 Mar 2017 12:00:00.000 # +sdown master ceilometer-redis 10.0.0.1 6379\n'
            '1:X 01 Mar 2017 12:00:02.000 # +switch-master ceilometer-redis 10.0.0.1 6379 10.0.0.2 6379\n')
NOTED = ('2017-03-01T11:00:00Z event=apply part=redis text="redis: min-slaves-to-write"\n'
         '2017-03-01T12:00:05Z event=repair agent=ceilometer-agent-central text="\\\\x1b[2J is missing"\n'
         '2017-03-01T12:00:06Z event=note text="is none of the history"\n')


@pytest.fixture
def noted(tmp_path, monkeypatch):
    monkeypatch.setenv('TZ', 'UTC')
    (tmp_path / 'redis-sentinel.log').write_bytes(SENTINEL.encode('ascii'))
    os.mkdir(os.path.dirname(journal.PATH), 0o700)
    with open(journal.PATH, 'w') as content:
        content.write(NOTED)
    return str(tmp_path)


def test_the_history_is_in_the_order_of_time(noted):
    found = events(directory=noted)
    assert [(event['kind'], event['text']) for event in found] == [
        ('deployment', 'redis: min-slaves-to-write'),
        ('failover', 'redis master 10.0.0.1 -> 10.0.0.2: it did not answer'), ('repair', '\\x1b[2J is missing')]
    assert last_failover(found) == found[1] and last_failover(found[:1]) is None


def test_only_what_is_asked_for_is_told(noted):
    assert [event['kind'] for event in events(1488369600, 1488369604, directory=noted)] == ['failover']


def test_where_nothing_was_noted_there_is_no_history(tmp_path):
    assert events(directory=str(tmp_path / 'nowhere')) == []

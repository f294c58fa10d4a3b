# SPDX-License-Identifier: Apache-2.0
"""What is read from the logs of real daemons, and what a command notes."""

import functools
import os
import shutil

import pytest
import yaml

from ceilometer_redis.__main__ import main
from ceilometer_redis.history import daemon_logs
from ceilometer_redis.history.events import events, last_failover
from ceilometer_redis.store import handover
from waiting import wait


@pytest.fixture
def history(store, tmp_path):
    """Return what the logs of a controller tell; they have other names here."""
    def told(number):
        directory = tmp_path / 'logs'
        if not directory.is_dir():
            directory.mkdir()
        for name in ('redis', 'sentinel'):
            daemon = daemon_logs.SERVER if name == 'redis' else daemon_logs.SENTINEL
            shutil.copy(os.path.join(store.folders[number], name + '.log'), str(directory / (daemon + '.log')))
        return events(directory=str(directory))
    return told


def failed_over(history, number):
    return last_failover(history(number))


def test_a_failover_is_told_by_each_sentinel_with_its_reason(store, history):
    store.kill(0)
    wait(lambda: store.master() in (1, 2))
    successor = store.addresses[store.master()]
    for number in (1, 2):
        found = wait(functools.partial(failed_over, history, number))
        assert (found['from'], found['to'], found['why']) == (store.addresses[0], successor, daemon_logs.NO_ANSWER)
    assert sorted(event['who'] for event in history(1) if event['kind'] == 'restart') == [
        daemon_logs.SENTINEL, daemon_logs.SERVER]


def test_a_handover_is_told_as_one(store, history):
    successor = handover.handover(store.deployment(0))
    for number in range(3):
        found = wait(functools.partial(failed_over, history, number))
        assert (found['from'], found['to'], found['why']) == (store.addresses[0], successor, daemon_logs.ASKED_FOR)


def test_a_command_notes_what_it_changes(store, tmp_path):
    path = tmp_path / 'deployment.yaml'
    path.write_text(u'%s' % yaml.safe_dump(store.deployment(0)))
    path.chmod(0o600)
    assert main(['handover', '--deployment', str(path)]) == 0
    noted, = events(directory=str(tmp_path))
    assert (noted['kind'], noted['from']) == ('handover', store.addresses[0])
    assert noted['to'] in store.addresses[1:]

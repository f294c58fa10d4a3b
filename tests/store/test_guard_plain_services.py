# SPDX-License-Identifier: Apache-2.0
"""The guard of a plain service, which the init system restarts."""

import os
import signal

import pytest

from ceilometer_redis.guard import groups, processes
from guarding import GROUP, guard_of, said
from waiting import wait

pytestmark = pytest.mark.usefixtures('guarded')

NOTIFICATION = 'ceilometer-agent-notification'


@pytest.fixture
def init(monkeypatch, tmp_path, agents_command):
    """A file with a line per call of the init system; this test's members that beat are a plain service's workers."""
    calls, command = tmp_path / 'calls', tmp_path / 'service'
    calls.touch()
    command.write_text(u'#!/bin/sh\necho "$@" >>%s\n' % calls)
    command.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    monkeypatch.setitem(processes.PROGRAMS, NOTIFICATION, agents_command)
    return calls


def guard_of_plain(store, number, folder):
    """The guard of a controller on which the notification agent alone coordinates."""
    first = guard_of(store, number, folder)
    first.services, first.plain_services = [], [NOTIFICATION]
    return first


def test_each_worker_of_a_plain_service_is_looked_after_and_ended_when_it_is_gone(shared_store, agent, init, tmp_path):
    first = guard_of_plain(shared_store, 0, tmp_path)
    one, two = agent(shared_store, 'one'), agent(shared_store, 'two')
    assert not first.look()
    names = ['%s (%s)' % (NOTIFICATION, worker.process.pid) for worker in (one, two)]
    assert first.verdicts == dict.fromkeys(names, ('ok', 'is a member'))
    groups.end_membership(first.access.client(), 'one', [GROUP])
    first.look()
    assert first.verdicts[names[0]][0] in ('wait', 'rejoin')
    wait(lambda: first.look() is False and first.verdicts[names[0]] == ('ok', 'is a member'))
    two.process.kill()
    two.process.wait()
    first.look()
    assert (list(first.verdicts), one.peers()) == ([names[0]], ['one'])
    assert init.read_text() == ''


def test_a_plain_service_of_which_a_worker_does_not_beat_is_restarted_by_the_init_system(shared_store, agent, init,
                                                                                         tmp_path):
    first = guard_of_plain(shared_store, 0, tmp_path)
    living, hung = agent(shared_store, 'living'), agent(shared_store, 'hung')
    first.look()
    hung.process.send_signal(signal.SIGSTOP)
    wait(lambda: first.look() or init.read_text())
    assert init.read_text() == '%s restart\n' % NOTIFICATION
    assert first.verdicts['%s (%s)' % (NOTIFICATION, living.process.pid)] == ('ok', 'is a member')
    assert not first.look(), 'Pacemaker would restart its agents'
    verdict, reason = first.verdicts['%s (%s)' % (NOTIFICATION, hung.process.pid)]
    assert (verdict, reason[:46]) == ('wait', 'runs, but nothing of it beats; restarted 1 tim')
    assert init.read_text() == '%s restart\n' % NOTIFICATION


def test_a_plain_service_that_does_not_run_keeps_no_turn(shared_store, agent, tmp_path):
    first = guard_of(shared_store, 0, tmp_path)
    first.plain_services = [NOTIFICATION]
    agent(shared_store, 'started')
    first.turn.take()
    assert said(first) == ('ok', 'is a member')
    assert first.turn.since is None

# SPDX-License-Identifier: Apache-2.0
"""When a guard lets an agent be restarted."""

import pytest

from ceilometer_redis import clock
from guarding import SERVICE, guard_of

pytestmark = pytest.mark.usefixtures('guarded')


@pytest.mark.parametrize('count, since, verdict, counted', [
    (0, 0, 'restart', 1),
    (1, 29, 'wait', 1),
    (1, 31, 'restart', 2),
    (3, 119, 'wait', 3),
    (3, 121, 'restart', 4),
    (7, 961, 'restart', 8),
    (7, 3601, 'restart', 1),
])
def test_the_pause_before_a_restart_grows_with_each_and_is_forgotten_after_an_hour(shared_store, tmp_path, monkeypatch,
                                                                                 count, since, verdict, counted):
    first = guard_of(shared_store, 0, tmp_path)
    # A host that has been up for longer than all of them.
    monkeypatch.setattr(clock, 'uptime', lambda: 100000)
    first.restarts.noted = {SERVICE: {'count': count, 'time': 100000 - since}}
    assert first.restart_or_wait(first.access.client(), SERVICE, 'idle')[0] == verdict
    assert first.restarts.noted[SERVICE]['count'] == counted
    if verdict == 'restart':
        assert guard_of(shared_store, 0, tmp_path).restarts.noted == {SERVICE: {'count': counted, 'time': 100000}}


def test_only_one_controller_restarts_an_agent_and_waits_before_it_does_so_again(shared_store, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    client = first.access.client()
    assert first.restart_or_wait(client, SERVICE, 'idle') == ('restart', 'idle')
    assert second.restart_or_wait(client, SERVICE, 'idle') == ('wait', 'idle; another controller starts its agents')
    verdict, reason = guard_of(shared_store, 0, tmp_path).restart_or_wait(client, SERVICE, 'idle')
    assert (verdict, reason[:30]) == ('wait', 'idle; restarted 1 times, again')

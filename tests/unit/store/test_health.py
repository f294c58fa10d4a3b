# SPDX-License-Identifier: Apache-2.0
"""What status says of the store."""

import pytest
from three_controllers import ADDRESSES, FIRST, GONE, SECOND, THIRD, deployment

from ceilometer_redis.store import health


def controller(number, **differs):
    """A controller of a healthy store of three, the first being master; what of it differs."""
    return dict({'name': 'node-%d' % number, 'address': ADDRESSES[number - 1], 'link': None if number == 1 else 'up',
                 'role': 'master' if number == 1 else 'slave', 'sentinel_master': FIRST, 'sentinels': 3, 'replicas': 2,
                 'quorum': 2, 'can_fail_over': True, 'tilt': False, 'down': []}, **differs)


@pytest.mark.parametrize('differs, problems', [
    ({}, []),
    ({'role': None, 'link': None}, ['no answer of redis']),
    ({'link': 'down'}, ['replica is not linked to its master']),
    ({'sentinel_master': None}, ['no answer of the sentinel, or it watches nothing']),
    ({'sentinel_master': THIRD}, ['sentinel names 10.0.0.3 as master']),
    ({'sentinel_master': '127.0.0.9:7777'},
     ["sentinel names 127.0.0.9:7777 as master, which is no controller's"]),
    ({'down': [FIRST]}, ['sentinel takes the redis server at 10.0.0.1 for down, which answers']),
    ({'down': [THIRD]}, ['sentinel takes the redis server at 10.0.0.3 for down, which answers']),
    ({'down': [GONE]}, []),
    ({'role': None, 'down': [SECOND]}, ['no answer of redis']),
    ({'sentinels': 4}, ['sentinel knows 4 of 3 sentinels']),
    ({'sentinels': 2}, ['sentinel knows 2 of 3 sentinels']),
    ({'replicas': 1}, ['sentinel knows 1 of 2 replicas']),
    ({'quorum': 1}, ['quorum is 1, not 2']),
    ({'quorum': 3}, ['quorum is 3, not 2']),
    ({'can_fail_over': False}, ['sentinel sees too few others for a failover']),
    ({'tilt': True}, ['sentinel was paused or its clock was set: it does nothing for 30 s (TILT)']),
])
def test_of_a_controller_status_says(differs, problems):
    second = controller(2, **differs)
    assert list(health.controller_problems(second, [controller(1), second, controller(3)], 2)) == problems


def test_of_the_only_controller_nothing_is_wanted_that_needs_another():
    only = controller(1, sentinels=1, replicas=0, quorum=1, can_fail_over=False)
    assert list(health.controller_problems(only, [only], 1)) == []


def test_of_two_controllers_both_are_wanted():
    first, second = (controller(number, sentinels=2, replicas=1, can_fail_over=number == 1) for number in (1, 2))
    assert list(health.controller_problems(first, [first, second], 2)) == []
    assert list(health.controller_problems(second, [first, second], 2)) == [
        'sentinel sees too few others for a failover']


@pytest.mark.parametrize('roles, master, problems', [
    (('master', 'slave', 'slave'), FIRST, []),
    (('master', 'master', 'slave'), None, ['2 redis masters: 10.0.0.1, 10.0.0.2']),
    (('slave', 'slave', 'slave'), None, ['0 redis masters: none']),
])
def test_status_counts_the_masters(monkeypatch, roles, master, problems):
    found = dict((address, controller(number, role=role, link='up', sentinel_master=master or FIRST))
                for number, (address, role) in enumerate(zip(ADDRESSES, roles), 1))
    monkeypatch.setattr(health, 'controller_status', lambda _, controller: found[controller['address']])
    status = health.status(deployment())
    assert (status['master'], status['problems']) == (master, problems)
    assert [each['address'] for each in status['controllers']] == ADDRESSES

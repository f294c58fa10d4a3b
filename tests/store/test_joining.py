# SPDX-License-Identifier: Apache-2.0
"""Joining an existing service before it is used."""

import pytest

from ceilometer_redis.coordination import coordinator
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.guard import joining
from ceilometer_redis.store import existing
from services import deployment


def test_a_service_is_joined_before_it_is_used(service):
    joining.join(deployment(service.url))
    coordinator.check(service.url)
    service.freeze()
    with pytest.raises(NotDone):
        coordinator.check(service.url, 2)


@pytest.mark.parametrize('command', [['acl', 'setuser', 'default', '-monitor'], ['config', 'get', 'port']])
def test_a_redis_server_that_shows_no_monitor_is_refused_unless_the_guard_is_off(redis_service, command):
    existing.connect(redis_service.url).execute_command(*command)
    if command[0] == 'config':
        return joining.join(deployment(redis_service.url))
    with pytest.raises(BadInput) as refused:
        joining.join(deployment(redis_service.url))
    assert refused.value.field == 'guard'
    joining.join(deployment(redis_service.url, guarded=False))

# SPDX-License-Identifier: Apache-2.0
"""Which groups are of the agents that the plugin deployed."""

import pytest
from snapshots import deployment

from ceilometer_redis.health import members


@pytest.mark.parametrize('service, group, prefix, ours', [
    ('ceilometer-agent-central', 'central-global', None, True),
    ('ceilometer-agent-central', 'central--8123', None, True),
    ('ceilometer-agent-central', 'central-8123', None, True),
    ('ceilometer-agent-central', 'central-other-global', None, False),
    ('ceilometer-agent-central', 'central-global-x', None, False),
    ('ceilometer-agent-central', 'compute-node-4', None, False),
    ('ceilometer-agent-central', 'central-fuel-global', 'fuel', True),
    ('ceilometer-agent-central', 'central-fuel-8123', 'fuel', True),
    ('ceilometer-agent-central', 'central-global', 'fuel', False),
    ('ceilometer-agent-central', 'alarm_evaluator', None, False),
    ('aodh-evaluator', 'alarm_evaluator', None, True),
    ('aodh-evaluator', 'central-global', None, False),
    ('ceilometer-alarm-evaluator', 'alarm_evaluator', 'fuel', True),
    ('ceilometer-agent-notification', 'ceilometer.notification', None, True),
    ('ceilometer-agent-notification', 'central-global', None, False),
])
def test_a_group_is_of_a_service_by_its_name(service, group, prefix, ours):
    made = deployment()
    if prefix:
        made['options']['polling/partitioning_group_prefix'] = {'value': prefix}
    assert members.is_of(service, group, made) is ours


def test_plain_services_have_groups_too():
    made = dict(deployment(), services=['ceilometer-agent-notification'])
    assert members.services(made) == ['aodh-evaluator', 'ceilometer-agent-central', 'ceilometer-agent-notification']

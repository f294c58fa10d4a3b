# SPDX-License-Identifier: Apache-2.0
"""What the guard knows of its agents' members where tooz is all there is to ask."""

import json

import pytest

from ceilometer_redis.guard.tooz_members import ToozMembers

NODE = 'node-1.example.com'


@pytest.mark.parametrize('service', ['aodh-evaluator', 'ceilometer-agent-notification (4711)'])
def test_a_member_of_an_agent_that_is_no_longer_guarded_is_forgotten(tmpdir, service):
    known = {service: {'process': [4711, 1], 'id': 'a', 'groups': {}}}
    tmpdir.join('members.json').write(json.dumps(known))
    agents = {'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'}}
    deployment = {'node': {'fqdn': NODE}, 'agents': agents, 'services': [],
                  'coordination': {'backend_url': 'memcached://10.0.0.9'}}
    found = ToozMembers(deployment, str(tmpdir), None)
    found.forget_dead({'ceilometer-agent-central': []})
    assert found.known == {}
    assert json.loads(tmpdir.join('members.json').read()) == {}

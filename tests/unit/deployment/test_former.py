# SPDX-License-Identifier: Apache-2.0
"""What an earlier deployment left running, known as long as it is there."""

from deployments import FILE_OF_NODE_2, ZOOKEEPER
from recorded import data as astute

from ceilometer_redis.deployment import build, document, former, parts


def test_the_way_to_an_existing_service_and_back_is_told_without_secrets(host):
    host.run()
    host.fuel_says(astute('9.2/node-2.', store='existing', backend_url=ZOOKEEPER))
    # The own store that is still there has no say in it, and is known as long as it serves the agents.
    host.path.dirpath().join('redis', 'redis.conf').write('port 7000\n', ensure=True)
    code, out, err = host.run()
    assert (code, err) == (0, [])
    assert 'coordination.service: none -> zookeeper://10.0.0.9:2181' in out
    assert 'former.redis.password: changed' in out and 'coordination.backend_url: changed' in out
    assert 'S3cret' not in ''.join(out)
    written = document.load(str(host.path))
    assert written['coordination']['backend_url'] == ZOOKEEPER
    before = build.build(astute('9.2/node-2.'))
    assert dict(parts.with_former_store(written), former=None) == dict(before, former=None)
    assert host.run() == (0, ['%s: nothing to change' % host.path], [])
    host.path.dirpath().join('redis', 'redis.conf').remove()
    former.without_former(str(host.path))
    assert 'former' not in document.load(str(host.path))
    assert host.run() == (0, ['%s: nothing to change' % host.path], [])
    host.fuel_says(astute('9.2/node-2.'))
    assert host.run()[0] == 0
    assert host.path.read() == FILE_OF_NODE_2


def test_an_agent_that_no_longer_coordinates_is_named_until_it_does_again(host):
    host.run()
    evaluator = {'p_aodh-evaluator': {'service': 'aodh-evaluator', 'config': 'aodh'}}
    for down_after in ('5', '9'):
        host.fuel_says(astute('9.2/node-2.', coordinate_alarms=False, down_after=down_after))
        assert host.run()[0] == 0
        written = document.load(str(host.path))
        assert (sorted(written['agents']), written['released']) == (['p_ceilometer-agent-central'], evaluator)
        assert host.run() == (0, ['%s: nothing to change' % host.path], [])
    host.fuel_says(astute('9.2/node-2.'))
    assert host.run()[0] == 0
    assert host.path.read() == FILE_OF_NODE_2


def test_an_agent_that_never_coordinated_is_left_to_fuel(host):
    host.fuel_says(astute('9.2/node-2.', coordinate_alarms=False))
    host.run()
    assert 'released' not in document.load(str(host.path))

# SPDX-License-Identifier: Apache-2.0
"""What is asked of an existing service, and how long it may take."""

import sys

import pytest

from ceilometer_redis.health import snapshot
from services import deployment, running

pytestmark = pytest.mark.skipif(sys.version_info[0] == 2, reason='of services there are tests under Python 3')


@pytest.mark.parametrize('kind', ['zookeeper', 'memcached', 'redis'])
def test_a_status_joins_a_service_and_says_when_it_hangs(kind, tmp_path):
    with running(kind, tmp_path) as service:
        made = dict(deployment(service.url), options={})
        made['controllers'] = [dict(made['node'], name='node-1', address='192.0.2.1')]
        seen = snapshot.take(made, run='/nowhere', service_bound=5)
        assert (seen['service'], seen['store'] is not None) == ('', kind == 'redis')
        service.freeze()
        assert snapshot.take(made, run='/nowhere', service_bound=5)['service']

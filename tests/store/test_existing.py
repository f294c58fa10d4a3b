# SPDX-License-Identifier: Apache-2.0
"""The redis server or master that the URL of an existing service names."""

import pytest
import redis

from ceilometer_redis.store import existing
from conftest import NAME, PASSWORD


@pytest.mark.parametrize('first', [0, 1, 3])  # the last one answers nothing
def test_the_master_of_an_existing_redis_is_the_one_that_its_sentinels_name(shared_store, first):
    hosts = ['%s:%s' % (shared_store.addresses[number], shared_store.ports[1]) for number in (first, 2)]
    url = 'redis://:%s@%s?sentinel=%s&sentinel_fallback=%s' % (PASSWORD, hosts[0], NAME, hosts[1])
    client = existing.connect(url)
    assert client.info()['role'] == 'master'
    assert client.set('written', 'by the guard')


@pytest.mark.parametrize('number, name', [(3, NAME), (0, 'another-store')])
def test_without_a_sentinel_that_names_it_an_existing_redis_has_no_master(shared_store, number, name):
    url = 'redis://:%s@%s:%s?sentinel=%s' % (PASSWORD, shared_store.addresses[number], shared_store.ports[1], name)
    with pytest.raises(redis.ConnectionError) as refusal:
        existing.connect(url)
    assert str(refusal.value) == 'no sentinel names a master %s' % name

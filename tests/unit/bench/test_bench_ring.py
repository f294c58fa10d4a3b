# SPDX-License-Identifier: Apache-2.0
"""What the bench simulates of the agents' rings."""

import bisect
import hashlib
import struct

import numpy
import pytest
from tooz import hashring

from bench import ring

CEILOMETER, TOOZ = ring.RINGS.values()
KEYS = [f'resource-{number}' for number in range(5000)]


def agents(count):
    return [f'agent-{number}' for number in range(count)]


@pytest.mark.parametrize('count', [1, 2, 3, 10, 100])
def test_a_resource_is_polled_by_the_agent_that_the_ring_of_tooz_says(count):
    real = hashring.HashRing(agents(count))
    found = ring.owners(TOOZ, agents(count), ring.places(KEYS))
    assert [agents(count)[number] for number in found] == [next(iter(real[key.encode()])) for key in KEYS]


@pytest.mark.parametrize('count', [1, 2, 3, 10, 100])
def test_a_resource_is_polled_by_the_agent_that_the_ring_of_ceilometer_up_to_ocata_says(count):
    def hashed(key):
        return struct.unpack_from('>I', hashlib.md5(key.encode()).digest())[0]

    real = {hashed(f'{agent}-{replica}'): agent for agent in agents(count) for replica in range(100)}
    points = sorted(real)
    found = ring.owners(CEILOMETER, agents(count), ring.places(KEYS))
    assert [agents(count)[number] for number in found] == [
        real[points[bisect.bisect(points, hashed(key)) % len(points)]] for key in KEYS]


@pytest.mark.parametrize('numbers, largest', [([0, 0, 0, 1], 1.5), ([0, 1, 0, 1], 1), ([0, 0, 0, 0], 2)])
def test_the_largest_share_is_told_by_the_mean_of_all_agents_idle_ones_too(numbers, largest):
    assert ring.largest(numpy.array(numbers), 2) == largest


@pytest.mark.parametrize('kind', [TOOZ, CEILOMETER])
def test_nothing_moves_but_what_the_agent_that_came_or_went_has(kind):
    hashes = ring.places(KEYS)
    before, after = (ring.owners(kind, agents(count), hashes) for count in (5, 6))
    assert set(after[before != after]) == {5}

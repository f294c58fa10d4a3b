# SPDX-License-Identifier: Apache-2.0
"""Shares of the ring, as the agents compute them."""

import bisect
import hashlib
import struct

import pytest

from ceilometer_redis.health import ring

MEMBERS = ['0fb3a8a0-8a4f-4b64-9a37-3d1a3fc2c3a%d' % number for number in range(3)]
OLD, NEW, AODH = 'ceilometer/coordination.py', 'ceilometer/polling/manager.py', 'aodh/coordination.py'


@pytest.fixture
def installed(tmpdir):
    """Have these files below a folder of Python's; return the folders."""
    def install(*paths):
        for path in paths:
            tmpdir.join(path).ensure()
        return [str(tmpdir)]
    return install


def owners(points, hashed, keys):
    """The share of each member among keys, looked up as ceilometer's HashRing and tooz's do: by bisection."""
    positions, found = sorted(points), dict.fromkeys(MEMBERS, 0)
    for key in keys:
        position = bisect.bisect(positions, hashed(key))
        found[points[positions[position if position < len(positions) else 0]]] += 1.0 / len(keys)
    return found


def test_up_to_ocata_ceilometer_shares_by_a_ring_of_its_own(installed):
    shares = ring.shares('ceilometer-agent-central', MEMBERS, installed(OLD, 'tooz/partitioner.py'))
    # A hundred points of each: the first four bytes of the md5 of MEMBER-NUMBER.
    points = dict((struct.unpack_from('>I', hashlib.md5(('%s-%s' % (member, number)).encode()).digest())[0], member)
                  for member in MEMBERS for number in range(100))
    keys = [('resource-%d' % number).encode() for number in range(20000)]
    polled = owners(points, lambda key: struct.unpack_from('>I', hashlib.md5(key).digest())[0], keys)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares == pytest.approx(polled, abs=0.02)


def test_since_pike_ceilometer_shares_by_the_ring_of_tooz(installed):
    hashring = pytest.importorskip('tooz.hashring')
    shares = ring.shares('ceilometer-agent-central', MEMBERS, installed(NEW, 'tooz/partitioner.py'))
    tooz = hashring.HashRing(MEMBERS)
    keys = [('resource-%d' % number).encode() for number in range(20000)]
    polled = dict.fromkeys(MEMBERS, 0)
    for key in keys:
        polled[tooz[key].pop()] += 1.0 / len(keys)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares == pytest.approx(polled, abs=0.02)


@pytest.mark.parametrize('service, files', [
    ('ceilometer-agent-central', []), ('ceilometer-agent-central', [AODH]), ('ceilometer-agent-central', [NEW]),
    ('aodh-evaluator', [OLD]), ('aodh-evaluator', []), ('ceilometer-alarm-evaluator', [AODH])])
def test_of_agents_that_are_not_installed_here_nothing_is_said(installed, service, files):
    assert ring.shares(service, MEMBERS, installed(*files)) == {}


def test_aodh_hashes_its_members_as_its_python_shows_them(installed):
    shares = ring.shares('aodh-evaluator', MEMBERS, installed(AODH))
    shown = [str(member.encode()) for member in MEMBERS]
    others = ring.shares('ceilometer-alarm-evaluator', shown, installed(OLD))
    assert sorted(shares.values()) == sorted(others.values())


@pytest.mark.parametrize('members', [[], MEMBERS[:1]])
def test_few_members_have_all_or_nothing(installed, members):
    shares = ring.shares('ceilometer-agent-central', members, installed(OLD))
    assert shares == pytest.approx(dict.fromkeys(members, 1))

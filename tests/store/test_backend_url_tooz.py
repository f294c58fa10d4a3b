# SPDX-License-Identifier: Apache-2.0
"""What the real tooz makes of our backend_url: the newest one, and the one of Fuel 9.x on Python 2.7."""

import subprocess

import pytest

import era
from ceilometer_redis import versions
from ceilometer_redis.coordination import agents_python, backend_url
from ceilometer_redis.deployment import build
from conftest import PASSWORD
from waiting import wait


@pytest.fixture(scope='module', params=['newest', '1.34'])
def tooz(request):
    """(its Python, its version) of each tooz."""
    python = era.python_of(request.param)
    answer = subprocess.check_output([python, '-c', agents_python.VERSION_QUERY])
    return python, versions.parse(answer.decode('ascii'))


def read(member, tooz, addresses):
    url = backend_url.render(addresses, 26400, PASSWORD, build.MASTER_NAME, tooz[1])
    return member(tooz[0], 'read', url, 'm1').hear()


@pytest.mark.parametrize('addresses', [['10.0.0.2', '10.0.0.1', '10.0.0.3'], ['10.0.0.1'], ['fd00::1']])
def test_tooz_reads_from_the_url_what_we_meant(tooz, member, addresses):
    connect_timeout = 2 if tooz[1] >= backend_url.SINCE_CONNECT_TIMEOUT else None
    assert read(member, tooz, addresses) == {
        'sentinels': [[address, 26400] for address in addresses],
        'sentinel_passwords': [None] * len(addresses),
        'master_name': 'ceilometer-redis',
        'client': {'password': PASSWORD, 'db': 0, 'socket_timeout': 5, 'socket_connect_timeout': connect_timeout},
        'timeout': 10,
        'lock_timeout': 10,
        'membership_timeout': 60,
    }


def test_ipv6_in_a_fallback_is_refused_for_exactly_the_tooz_that_cannot_read_it(tooz, member):
    addresses = ['fd00::1', 'fd00::2']
    if tooz[1] >= backend_url.SINCE_IPV6_FALLBACK:
        assert read(member, tooz, addresses)['sentinels'] == [['fd00::1', 26400], ['fd00::2', 26400]]
        return
    with pytest.raises(backend_url.BadInput):
        read(member, tooz, addresses)
    # And with good reason: given all the same, this tooz fails on it.
    url = backend_url.render(addresses, 26400, PASSWORD, build.MASTER_NAME, (6, 0, 0))
    with pytest.raises(AssertionError, match='ValueError: too many values to unpack'):
        member(tooz[0], 'read', url, 'm1').hear()


def test_members_meet_through_their_urls_and_stay_together_over_a_failover(store, tooz, member):
    urls = [backend_url.render(store.addresses[number:3] + store.addresses[:number], store.ports[1], PASSWORD,
                               build.MASTER_NAME, tooz[1]) for number in range(3)]
    members = []
    for number, url in enumerate(urls):
        members.append(member(tooz[0], 'join', url, 'node-%s' % (number + 1)))
        assert members[-1].hear() == ['node-%s' % (index + 1) for index in range(number + 1)]
    # With the host of the master, the first sentinel of one member is gone as well.
    store.kill(0)
    wait(lambda: store.master() in (1, 2))
    for each in members:
        assert each.peers() == ['node-1', 'node-2', 'node-3']

# SPDX-License-Identifier: Apache-2.0
"""The URL of an existing service."""

from fuzz.mutations import ODD
from fuzz.property import answer
from hypothesis import example, given
from hypothesis import strategies as st
from recorded import PASSWORD

from ceilometer_redis.coordination import service

PIECES = st.sampled_from([
    'redis', 'kazoo', 'zookeeper', 'memcached', '://', ':', '@', '/', '?', '#', '[', ']', '&', '=', ';', '%', '%2F',
    '%00', ',', '.', '10.0.0.9', '::1', '[fd00::9]', '[::ffff:10.0.0.9]', 'host', ':6379', ':0', '0x1f', '08', 'db=1',
    'db=x', 'sentinel=main', 'sentinel_fallback=other:1', 'timeout=20', 'timeout=', 'ssl=1', 'namespace=x',
    'socket_timeout=1.5', 'sentinel_password=', PASSWORD, '9' * 5000, '\0', 'ö', ' '])


@given(st.one_of(ODD, st.lists(PIECES, max_size=12).map(''.join), st.lists(PIECES, max_size=8).map(
    lambda pieces: 'redis://:%s@10.0.0.9:6379?%s' % (PASSWORD, ''.join(pieces)))))
@example('redis://:%s@10.0.0.9:6379' % PASSWORD)
def test_a_url_of_any_form_is_understood_or_refused(url):
    if answer(service.validate, url) is not None:
        assert service.is_readable(url) and PASSWORD not in service.identity(url).partition('?')[0]
        assert service.client_package(url) in ('redis', 'kazoo', 'pymemcache')
        assert url not in service.hide('a %s b' % url, url)
        if service.driver(url) == 'redis':
            assert service.redis_server(url).hosts

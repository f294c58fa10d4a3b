# SPDX-License-Identifier: Apache-2.0
"""The URL of an existing coordination service: what is refused, what is another store, and what is never shown."""

import pytest

from ceilometer_redis.coordination import service
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import settings


@pytest.mark.parametrize('url, driver, client, identity', [
    ('redis://:S3cret@10.0.0.9:6379', 'redis', 'redis', 'redis://10.0.0.9:6379'),
    ('redis://:S3cret@10.0.0.9:6379?db=2&timeout=20', 'redis', 'redis', 'redis://10.0.0.9:6379?db=2'),
    ('redis://10.0.0.9?sentinel=main&db=2', 'redis', 'redis', 'redis://10.0.0.9?db=2&sentinel=main'),
    ('redis://:S3@cret@[fd00::9]:26379?sentinel=main&sentinel_fallback=other:26379&sentinel_password=S3cret',
     'redis', 'redis', 'redis://[fd00::9]:26379?sentinel=main'),
    ('zookeeper://zoo-1,zoo-2:2181,10.0.0.3:2181?timeout=5&namespace=cloud', 'zookeeper', 'kazoo',
     'zookeeper://zoo-1,zoo-2:2181,10.0.0.3:2181?namespace=cloud'),
    ('kazoo://user:S3cret@zoo.example.com:2181/', 'zookeeper', 'kazoo', 'zookeeper://zoo.example.com:2181'),
    ('memcached://cache.example.com', 'memcached', 'pymemcache', 'memcached://cache.example.com'),
    ('memcached://10.0.0.9:11211?timeout=5&membership_timeout=10', 'memcached', 'pymemcache',
     'memcached://10.0.0.9:11211'),
    ('memcached://cache?timeout=20&note=a://b', 'memcached', 'pymemcache', 'memcached://cache'),
    ('memcached://cache:65535', 'memcached', 'pymemcache', 'memcached://cache:65535'),
    ('memcached://10.0.0.9:11211?timeout=300', 'memcached', 'pymemcache', 'memcached://10.0.0.9:11211'),
])
def test_a_url_names_its_driver_its_client_and_its_store_without_secrets(url, driver, client, identity):
    assert service.validate(url) == url
    assert (service.driver(url), service.client_package(url), service.identity(url)) == (driver, client, identity)
    assert 'S3' not in identity


# What is said of a bad URL, after the name of the setting.
NO_SERVICE = ('must be redis://[:PASSWORD@]HOST:PORT, zookeeper://HOST:PORT[,HOST:PORT...] or '
              'memcached://HOST:PORT, without spaces')
NO_HOST = 'must have HOST or HOST:PORT, a port from 1 to 65535'
NOT_SHARED = ('must name a host that is the same to all controllers, not this one itself (localhost, 127.0.0.1, '
              '0.0.0.0), nor a link-local, multicast or broadcast address')
NO_OPTIONS = 'must have options as NAME=VALUE with & between: write & ; # in a value as %26 %3B %23'
ONE_HOST = 'must have one HOST:PORT: this driver of tooz knows no more'
MORE_THAN_OPTIONS = ('must have nothing but options behind a ? after the hosts: a database of redis is the option '
                     'db=NUMBER')
NO_NUMBER = 'must have a number as db and HOST:PORT as sentinel_fallback'
NOT_WHOLE = 'must have a whole number of seconds as %s'
OUT_OF_RANGE = "must have seconds from 10 to 300 as %s, not '%s': agents beat each second"


@pytest.mark.parametrize('url, said', [
    (None, NO_SERVICE + ', not missing'),
    ('', NO_SERVICE + ', not missing'),
    ('10.0.0.9:6379', NO_SERVICE),
    ('mysql://:S3cret@10.0.0.9', NO_SERVICE),
    ('redis://:S3cret @10.0.0.9:6379', NO_SERVICE),
    ('redis://:S3cret@10.0.0.9:6379\n', NO_SERVICE),
    (u'redis://:S3cret\xf6@10.0.0.9:6379', NO_SERVICE),
    ('redis://:S3cret@', NO_HOST),
    ('redis://:S3cret@10.0.0.256:6379', NO_HOST),
    ('redis://:S3cret@1.2.3.4.5', NO_HOST),
    ('redis://:S3cret@redis..example.com', NO_HOST),
    ('redis://:S3cret@.', NO_HOST),
    ('redis://10.0.0.9?sentinel=main&sentinel_password=S3#cret', NO_OPTIONS),
    ('redis://10.0.0.9?sentinel=main&sentinel_password=S3;cret', NO_OPTIONS),
    ('redis://10.0.0.9?sentinel=main&sentinel_password=S3&cret', NO_OPTIONS),
    ('redis://:S3cret@10.0.0.9:port', NO_HOST),
    ('redis://:S3cret@10.0.0.9:0', NO_HOST),
    ('redis://:S3cret@10.0.0.9:65536', NO_HOST),
    ('redis://:S3cret@10.0.0.9:', NO_HOST),
    ('redis://:S3cret@10.0.0.8,10.0.0.9', ONE_HOST),
    ('redis://:S3cret@[fd00::9:6379', 'must have HOST:PORT, an IPv6 host in brackets'),
    ('memcached://10.0.0.8,10.0.0.9', ONE_HOST),
    ('zookeeper://10.0.0.8,',
     'must have HOST or HOST:PORT, a port from 1 to 65535, several of them with a comma between'),
    ('redis://:S3cret@127.0.0.1:6379', NOT_SHARED),
    ('zookeeper://zoo-1,LocalHost:2181', NOT_SHARED),
    ('memcached://[::1]:11211', NOT_SHARED),
    ('redis://:S3cret@10.0.0.9:6379/2', MORE_THAN_OPTIONS),
    ('redis://:S3cret@10.0.0.9:6379#2', MORE_THAN_OPTIONS),
    ('zookeeper://10.0.0.9:2181/cloud', MORE_THAN_OPTIONS),
    ('redis://:S3cret@10.0.0.9:6379?namespace=cloud',
     'must have no namespace: the guard asks for the usual one; db=NUMBER keeps apart what shares a redis server'),
    ('redis://user:S3cret@10.0.0.9:6379',
     'must have no user, as in redis://:PASSWORD@HOST:PORT: tooz before 6.0 ignores it'),
    ('redis://:S3cret@10.0.0.9:6379?db=one', NO_NUMBER),
    ('redis://:S3cret@10.0.0.9:6379?sentinel=main&sentinel_fallback=other', NO_NUMBER),
    ('redis://:S3cret@10.0.0.9:6379?socket_timeout=0.5', NOT_WHOLE % 'socket_timeout'),
    ('zookeeper://10.0.0.9:2181?timeout=soon', NOT_WHOLE % 'timeout'),
    ('memcached://10.0.0.9?timeout=1', OUT_OF_RANGE % ('timeout', '1')),
    ('memcached://10.0.0.9?timeout=0', NOT_WHOLE % 'timeout'),
    ('memcached://10.0.0.9?timeout=9', OUT_OF_RANGE % ('timeout', '9')),
    ('memcached://10.0.0.9?timeout=301', OUT_OF_RANGE % ('timeout', '301')),
    ('memcached://10.0.0.9?timeout=20&membership_timeout=5', OUT_OF_RANGE % ('membership_timeout', '5')),
    ('memcached://10.0.0.9?timeout=' + '9' * 5000, NOT_WHOLE % 'timeout'),
    ('redis://:S3cret@10.0.0.9:6379?db=' + '9' * 5000, NO_NUMBER),
    ('redis://:S3cret@10.0.0.9:6379?timeout=5', OUT_OF_RANGE % ('timeout', '5')),
])
def test_a_bad_url_is_refused_by_name_and_never_shown(url, said):
    with pytest.raises(BadInput) as refused:
        service.validate(url)
    assert str(refused.value) == 'backend_url ' + said
    assert 'S3' not in str(refused.value)


@pytest.mark.parametrize('host', [
    '0.0.0.0', '0', '127.1', '127.0.1.1', '2130706433', '0x7f000001', '0177.0.0.1', 'LOCALHOST', 'localhost.',
    'Localhost.LocalDomain', 'redis.localhost', 'localhost4', 'localhost6.localdomain6', 'ip6-localhost',
    'ip6-loopback', 'ip6-allnodes', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
    '[::127.0.0.1]', '[::1%lo]', '[fd00::9%25eth0]', '169.254.1.2', '[fe80::9]', '[febf::9]', '[::ffff:169.254.1.2]',
    '224.0.0.1', '239.255.255.250', '240.0.0.2', '255.255.255.255', '255.255.255.255.', '4294967295', '[ff02::1]',
    '[ff0e::1]', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::e000:1]', '0177.1',
    '0x7f.1', '0.0', '0.1.2.3', '127.0.0.1..', '[::FFFF:127.0.0.1]', '[FE80::1]', '%31%32%37.0.0.1', 'localhost%2e',
    'IP6-Localhost', 'ip6-allnodes.', 'A.LOCALHOST.',
])
@pytest.mark.parametrize('form', [
    'redis://:S3cret@%s', 'redis://:S3cret@%s:6379', 'zookeeper://10.0.0.8,%s:2181,10.0.0.9', 'memcached://%s:11211/',
    'redis://:S3cret@10.0.0.9:26379?sentinel=main&sentinel_fallback=10.0.0.8:26379&sentinel_fallback=%s:26379',
])
def test_a_host_that_is_another_one_on_each_controller_is_refused_in_any_spelling(form, host):
    with pytest.raises(BadInput) as refused:
        service.validate(form % host)
    assert str(refused.value) == 'backend_url ' + NOT_SHARED


@pytest.mark.parametrize('host', [
    '10.0.0.9', '192.0.2.1', '198.51.100.7', '203.0.113.9', '[2001:db8::9]', '[64:ff9b::10.0.0.9]',
    '[::ffff:0:10.0.0.9]', '128.0.0.1', '126.255.255.255', '169.253.0.1', '170.254.0.1', '223.255.255.255', '[fd00::9]',
    '[fec0::1]', '[2001:db8::1]', '[::ffff:10.0.0.9]', 'redis', 'localhost-redis', 'notlocalhost',
    'localhost.example.com', 'localhostX', 'ip6-gateway', 'redis.example.com.'])
def test_a_host_that_all_controllers_may_share_is_allowed(host):
    for url in ('redis://:S3cret@%s:6379' % host, 'kazoo://%s:2181' % host, 'memcached://%s' % host,
                'redis://%s?sentinel=main&sentinel_fallback=%s:26379' % (host, host)):
        assert service.validate(url) == url


@pytest.mark.parametrize('url', [
    'redis://:S3/cret@10.0.0.9:6379', 'redis://:S3?cret@10.0.0.9:6379', 'redis://:S3#cret@10.0.0.9:6379',
    'redis://:/S3cret@10.0.0.9', 'redis://:S3cret?@10.0.0.9?db=1', 'redis://:#S3cret@[fd00::9]:6379?db=1',
    'redis://:S3@c/ret@10.0.0.9:6379', 'redis://:S3[cret@10.0.0.9:6379', 'redis://:S3]cret@10.0.0.9',
    'redis://:[S3]@10.0.0.9', 'redis://:S3%2Fcret@10.0.0.9', 'redis://:S3%2fcret@10.0.0.9',
    'redis://user:1?S3cret@10.0.0.9:6379?db=1', 'redis://user:1?db=1&S3cret@10.0.0.9:6379',
    'redis://:S3/cret@10.0.0.9:6379?sentinel=a://b', 'redis://:S3%40cret@[fd00::9]:6379', 'kazoo://u:%253@zoo-1',
    'redis://:127/S3cret@10.0.0.9', 'redis://localhost/S3cret@10.0.0.9', 'redis://user:1?S3cret@10.0.0.9:6379',
    'zookeeper://user:2181/S3cret@zoo-1,zoo-2', 'kazoo://user:2181?S3cret@zoo-1', 'kazoo://user:S3#cret@zoo-1:2181',
    'memcached://user:S3/cret@cache:11211',
    'redis://:S3/c?r#et@10.0.0.9:26379?sentinel=main&sentinel_password=S3@cret',
])
def test_a_password_that_no_url_can_hold_is_named_as_what_is_wrong(url):
    with pytest.raises(BadInput) as refused:
        service.validate(url)
    assert str(refused.value) == (
        'backend_url must have a password without / ? # [ ] and %2F or the like, such as one of letters and digits: '
        'the first end it in a URL, and tooz does not decode the others')


@pytest.mark.parametrize('url', [
    'redis://:S3@cr:et@10.0.0.9:6379', 'redis://10.0.0.9:26379?sentinel=main&sentinel_password=S3@cret',
    'redis://[fd00::9]:26379/?sentinel=main&sentinel_password=S3@c/r?e[t',
    'redis://:S3@cret@10.0.0.9?sentinel=main&sentinel_password=a@b', 'kazoo://user:S3$cr%et@zoo-1,zoo-2:2181',
    'kazoo://zoo-1,zoo-2:2181/?password=S3@cret'])
def test_other_characters_in_a_password_are_allowed(url):
    assert service.validate(url) == url


@pytest.mark.parametrize('url', [True, 6379, ['redis://10.0.0.9'], {'redis://10.0.0.9': None}, b'redis://10.0.0.9\n',
                                 'redis://10.0.0.9:65536', 'redis://10.0.0.9:999999999', 'zookeeper://10.0.0.9:70000',
                                 'redis://10.0.0.9?sentinel=main&sentinel_fallback=10.0.0.8:70000',
                                 'redis://10.0.0.9?sentinel=main&sentinel_fallback=10.0.0.8:1_0',
                                 'redis://10.0.0.9?db=-1', 'redis://10.0.0.9?db=1_0'])
def test_what_is_no_url_at_all_is_refused(url):
    with pytest.raises(BadInput):
        service.validate(url)


@pytest.mark.parametrize('url, server', [
    ('redis://10.0.0.9', ([('10.0.0.9', 6379)], None, {'password': None, 'db': 0})),
    ('redis://:S3%40@10.0.0.9:1?db=2&ssl=True&ssl_ca_certs=/ca.pem',
     ([('10.0.0.9', 1)], None, {'password': 'S3%40', 'db': 2, 'ssl': True, 'ssl_ca_certs': '/ca.pem'})),
    ('redis://10.0.0.9?ssl=yes&ssl_certfile=/c&ssl_keyfile=/k&other=x',
     ([('10.0.0.9', 6379)], None, {'password': None, 'db': 0, 'ssl': True, 'ssl_certfile': '/c', 'ssl_keyfile': '/k'})),
    ('redis://[fd00::9]:1?sentinel=main&sentinel_fallback=[fd00::8]:2&sentinel_fallback=other:3&ssl=no',
     ([('fd00::9', 1), ('fd00::8', 2), ('other', 3)], 'main', {'password': None, 'db': 0})),
    ('redis://X?sentinel=main&sentinel_fallback=X:3',
     ([('x', 6379), ('X', 3)], 'main', {'password': None, 'db': 0})),
])
def test_the_guard_reaches_the_redis_server_that_tooz_does(url, server):
    assert service.redis_server(url) == server


@pytest.mark.parametrize('url, readable', [
    ('redis://10.0.0.9', True), ('redis://localhost?db=1', True), ('kazoo://zoo-1,', True),
    ('memcached://h:port', True),
    ('', False), ('redis://', False), ('mysql://10.0.0.9', False), ('a redis://10.0.0.9', False),
    ('redis://10.0.0.9:port', False), ('redis://10.0.0.9?db=one', False), ('zookeeper://[fd00::9', False),
])
def test_what_can_be_read_as_a_url_may_be_wrong(url, readable):
    assert service.is_readable(url) is readable


def test_a_url_that_is_not_used_may_be_anything():
    assert settings.validate({'redis_password': 'S3cretS3cret', 'backend_url': 'none'})['backend_url'] is None


@pytest.mark.parametrize('url, text, shown', [
    ('redis://:S3cret@h:1', 'no driver for redis://:S3cret@h:1', 'no driver for ***'),
    ('redis://:S3cret@h:1', 'AUTH S3cret failed', 'AUTH *** failed'),
    ('zookeeper://user:S3%40cret@h:1', "digest 'user:S3@cret', 'user:S3%40cret'", "digest 'user:***', 'user:***'"),
    ('redis://h:1?sentinel=a&sentinel_password=S3%2Fcret', 'AUTH S3/cret failed for a', 'AUTH *** failed for a'),
    ('redis://:S3@cret@h:1', 'AUTH S3@cret failed', 'AUTH *** failed'),
    ('redis://:S3:cret@h:1', 'AUTH S3:cret failed', 'AUTH *** failed'),
    ('memcached://h:1', 'Connection refused', 'Connection refused'),
])
def test_what_tooz_says_is_told_without_the_secrets_in_the_url(url, text, shown):
    assert service.hide(text, url) == shown

# SPDX-License-Identifier: Apache-2.0
"""An existing coordination service, as the setting backend_url names it: redis, zookeeper or memcached, for tooz."""

import collections
import re
import socket

from ceilometer_redis.errors import BadInput, quoted
from ceilometer_redis.fuel import networks

try:
    from urllib.parse import parse_qsl, unquote, urlsplit  # novm
except ImportError:
    from urllib import unquote  # novm

    from urlparse import parse_qsl, urlsplit  # novm

#: By tooz's name for a driver: the Python package with which the driver reaches the service.
CLIENTS = {'redis': 'redis', 'zookeeper': 'kazoo', 'kazoo': 'kazoo', 'memcached': 'pymemcache'}

#: First tooz that knows zookeeper by this name; to all it is kazoo as well (setup.cfg of openstack/tooz).
SINCE_ZOOKEEPER = (0, 16)

#: Seconds for which a beat counts, where tooz asks for beats. An agent of Kilo to Ocata beats each second, a later one
#: at least twice in this time. Who died has left before its share is due twice: by itself no release polls more often
#: than every 300 s. memcached would take more than 30 days for a date, and 0 for never.
MEMBERSHIP = range(10, 301)
DEFAULT_MEMBERSHIP = '30'

#: Options that older tooz refuse unless they are whole (tooz 3.1.0: ValueError for socket_timeout=0.5).
SECONDS = ('timeout', 'membership_timeout', 'lock_timeout', 'leader_timeout', 'socket_timeout')

#: Options that make another store of the same servers.
PARTS = ('db', 'namespace', 'sentinel')

#: What tooz takes for yes (oslo.utils, strutils).
YES = ('1', 't', 'true', 'on', 'y', 'yes')

FORMS = 'redis://[:PASSWORD@]HOST:PORT, zookeeper://HOST:PORT[,HOST:PORT...] or memcached://HOST:PORT'
#: Labels with dots between, the last of them no number: an address that is none is a slip.
NAME = r'(?:[\w-]+\.)*(?![0-9]+\.?(?::|\Z))[\w-]+\.?'
HOST = re.compile(r'(%s|[0-9A-Fa-fx.]+|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{0,4}))?\Z' % NAME)

#: Names of the host itself: RFC 6761, and /etc/hosts of Debian, Ubuntu and CentOS.
OWN_NAME = re.compile(r'(.*\.)?localhost\Z|localhost[46]?(\.localdomain[46]?)?\Z|'
                      r'ip6-(localhost|loopback|localnet|mcastprefix|allnodes|allrouters|allhosts)\Z')

#: How a redis server is reached: hosts are (name, port), of it or of the sentinels that know the master by master_name;
#: options are those of python-redis for the server.
RedisServer = collections.namedtuple('RedisServer', 'hosts master_name options')


def validate(url):
    """Return the URL, if it names a service that all controllers can share.

    Only what the text shows; whether the service is there is seen by joining it.

    Raises:
        BadInput: It does not; the URL is never quoted.
    """
    if not isinstance(url, (str, type(u''))) or not re.match(r'(%s)://[!-~]+\Z' % '|'.join(CLIENTS), url):
        raise BadInput('backend_url', 'be %s, without spaces' % FORMS, None if url else quoted(None))
    _check_password(url)
    _check_query(url)
    _check_hosts(url)
    options = _options(url)
    for name in SECONDS:
        if name in options and not re.match(r'[1-9][0-9]{0,8}\Z', options[name]):
            raise BadInput('backend_url', 'have a whole number of seconds as %s' % name)
    if driver(url) != 'zookeeper':
        _check_membership(options)
    if driver(url) == 'redis':
        _check_redis(url, options)
    return url


def is_readable(url):
    """Return whether a text can be read as the URL of a service, whatever else is wrong with it."""
    try:
        return bool(re.match('(%s)://.' % '|'.join(CLIENTS), url) and urlsplit(url)
                    and (driver(url) != 'redis' or redis_server(url)))
    except ValueError:
        return False


def driver(url):
    """Return what kind of service a URL names: redis, zookeeper or memcached."""
    scheme = url.partition('://')[0]
    return 'zookeeper' if scheme == 'kazoo' else scheme


def client_package(url):
    """Return the Python package with which tooz reaches the service."""
    return CLIENTS[urlsplit(url).scheme]


def identity(url):
    """Return the store that a URL names, without user, password and what else does not make it another store."""
    parts = ['%s=%s' % item for item in sorted(_options(url).items()) if item[0] in PARTS]
    return '%s://%s%s' % (driver(url), _hosts(url), '?' + '&'.join(parts) if parts else '')


def redis_server(url):
    """Return the RedisServer that a URL names, read as tooz reads it."""
    parts, options = urlsplit(url), _options(url)
    connection = {'password': parts.password, 'db': int(options.get('db', 0))}
    if options.get('ssl', '').lower() in YES:
        connection['ssl'] = True
        connection.update((name, options[name]) for name in ('ssl_certfile', 'ssl_keyfile', 'ssl_ca_certs')
                          if name in options)
    hosts = [(parts.hostname, parts.port or 6379)]
    for name, value in parse_qsl(parts.query):
        if name == 'sentinel_fallback':
            host, _, port = value.rpartition(':')
            hosts.append((host.strip('[]'), int(port)))
    return RedisServer(hosts, options.get('sentinel'), connection)


def hide(text, url):
    """Return a text without the URL and without the secrets in it."""
    userinfo = urlsplit(url).netloc.rpartition('@')[0]
    secrets = [url, userinfo.partition(':')[2]] + [value for name, value in _options(url).items() if 'password' in name]
    for secret in [secret for given in secrets for secret in (given, unquote(given)) if secret]:
        text = text.replace(secret, '***')
    return text


def masked(url):
    """Return a URL with asterisks for the secrets in it."""
    scheme, _, rest = url.partition('://')
    base, mark, query = rest.partition('?')
    userinfo, at, hosts = base.rpartition('@')
    user, colon, _ = userinfo.partition(':')
    items = [name + equals + ('***' if 'password' in unquote(name) else value)
             for name, equals, value in (item.partition('=') for item in query.split('&'))]
    return '%s://%s%s%s' % (scheme, user + (colon and ':***') + at + hosts, mark, '&'.join(items))


def _check_password(url):
    """Refuse a password that ends the part of the URL that it stands in: what is left may look like anything."""
    rest = url.partition('://')[2]
    authority, _, query = rest.partition('?')
    userinfo, _, hosts = authority.rpartition('@')
    # The last @ may as well be one in the value of an option.
    in_option = all(_is_host(host) for host in hosts.rstrip('/').split(',')) and all(
        '=' in item.partition('@')[0] for item in query.split('&'))
    if re.search(r'[]/?#[]|%[0-9A-Fa-f]{2}', userinfo if in_option else rest.rpartition('@')[0]):
        raise BadInput('backend_url', 'have a password without / ? # [ ] and %2F or the like, such as one of letters '
                       'and digits', advice='the first end it in a URL, and tooz does not decode the others')


def _check_query(url):
    """Refuse a query that tooz would read as other options than were meant."""
    query = url.partition('?')[2]
    if query and not re.match(r'[^=&;#]+=[^&;#]*(&[^=&;#]+=[^&;#]*)*\Z', query):
        raise BadInput('backend_url', 'have options as NAME=VALUE with & between',
                       advice='write & ; # in a value as %26 %3B %23')


def _check_hosts(url):
    hosts = _hosts(url).split(',')
    many = driver(url) == 'zookeeper'
    _check_shared(hosts)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadInput('backend_url', 'have HOST:PORT, an IPv6 host in brackets')
    if len(hosts) > 1 and not many:
        raise BadInput('backend_url', 'have one HOST:PORT', advice='this driver of tooz knows no more')
    if not all(_is_host(host) for host in hosts):
        raise BadInput('backend_url', 'have HOST or HOST:PORT, a port from 1 to 65535%s'
                       % (', several of them with a comma between' if many else ''))
    # tooz reads neither, and goes on with another store than was meant.
    if parts.path not in ('', '/') or parts.fragment:
        raise BadInput('backend_url', 'have nothing but options behind a ? after the hosts',
                       advice='a database of redis is the option db=NUMBER')


def _check_membership(options):
    name = 'membership_timeout' if 'membership_timeout' in options else 'timeout'
    seconds = int(options.get(name, DEFAULT_MEMBERSHIP))
    if seconds not in MEMBERSHIP:
        raise BadInput('backend_url', 'have seconds from %d to %d as %s' % (MEMBERSHIP[0], MEMBERSHIP[-1], name),
                       quoted(seconds), 'agents beat each second')


def _check_redis(url, options):
    if 'namespace' in options:
        raise BadInput('backend_url', 'have no namespace',
                       advice='the guard asks for the usual one; db=NUMBER keeps apart what shares a redis server')
    if urlsplit(url).username:
        raise BadInput('backend_url', 'have no user, as in redis://:PASSWORD@HOST:PORT',
                       advice='tooz before 6.0 ignores it')
    fallbacks = [value for name, value in parse_qsl(urlsplit(url).query) if name == 'sentinel_fallback']
    _check_shared(fallbacks)
    if not re.match(r'[0-9]{1,9}\Z', options.get('db', '0')) or not all(_is_host(host, True) for host in fallbacks):
        raise BadInput('backend_url', 'have a number as db and HOST:PORT as sentinel_fallback')


def _check_shared(hosts):
    # To each controller it would be a service of its own, or none.
    if any(_is_own(re.sub(r':[0-9]*\Z', '', host)) for host in hosts):
        raise BadInput('backend_url', 'name a host that is the same to all controllers',
                       'this one itself (localhost, 127.0.0.1, 0.0.0.0), nor a link-local, multicast or broadcast '
                       'address')


def _is_host(text, with_port=False):
    found = HOST.match(text)
    if not found or not re.match(NAME + r'\Z', found.group(1)) and _address(found.group(1).strip('[]')) is None:
        return False
    port = found.group(2)
    return int(port) <= 65535 if port else not with_port


def _is_own(host):
    """Return whether a host is another one on each host: a name, or an address in any spelling of the resolver's."""
    host = host.strip('[]').rstrip('.').lower()
    address = _address(host)
    if address is None:
        return bool(OWN_NAME.match(host)) or '%' in host  # a zone, of a link-local address
    return networks.is_own(address)


def _address(host):
    """Return the address that a host is, None of a name."""
    try:
        # 127.1, 2130706433 and 0x7f000001 are 127.0.0.1.
        return socket.inet_ntoa(socket.inet_aton(host))
    except (EnvironmentError, ValueError):
        return networks.parse_address(host)


def _hosts(url):
    # Not by urlsplit, which refuses some brackets, the newer the more.
    return re.split('[/?#]', url.partition('://')[2])[0].rpartition('@')[2]


def _options(url):
    """Return the options; of one that is given twice the last, as tooz reads them."""
    return dict(parse_qsl(urlsplit(url).query))

"""An existing coordination service, as the setting backend_url names it: redis, zookeeper or memcached, for tooz."""

import collections
import re

from ceilometer_redis.errors import BadInput

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
HOST = re.compile(r'([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]*)?\Z')
LOOPBACK = re.compile(r'(localhost|127\.[0-9.]+|\[::1\])(:|\Z)', re.IGNORECASE)


#: How a redis server is reached: hosts are (name, port), of it or of the sentinels that know the master by master_name;
#: options are those of python-redis for the server.
RedisServer = collections.namedtuple('RedisServer', 'hosts master_name options')


def checked(url):
    """The URL, if it names a service that all controllers can share. Raises BadInput naming backend_url, never the URL.

    Only what the text shows; whether the service is there is seen by joining it.
    """
    url = '%s' % (url or '')
    if not re.match(r'(%s)://[!-~]+\Z' % '|'.join(CLIENTS), url):
        raise BadInput('backend_url', 'a URL without spaces is allowed: %s' % FORMS)
    try:
        _check_hosts(url)
    except ValueError:  # urlsplit refuses half a pair of brackets
        raise BadInput('backend_url', 'HOST:PORT is allowed, an IPv6 host in brackets')
    options = _options(url)
    for name in SECONDS:
        if name in options and not re.match(r'[1-9][0-9]*\Z', options[name]):
            raise BadInput('backend_url', 'a whole number of seconds is allowed as %s' % name)
    if driver(url) != 'zookeeper':
        _check_membership(options)
    if driver(url) == 'redis':
        _check_redis(url, options)
    return url


def driver(url):
    """What kind of service a URL names: redis, zookeeper or memcached."""
    scheme = urlsplit(url).scheme
    return 'zookeeper' if scheme == 'kazoo' else scheme


def client(url):
    """The Python package with which tooz reaches the service."""
    return CLIENTS[urlsplit(url).scheme]


def identity(url):
    """The store that a URL names, without user, password and what else does not make it another store."""
    parts = ['%s=%s' % item for item in sorted(_options(url).items()) if item[0] in PARTS]
    return '%s://%s%s' % (driver(url), _hosts(url), '?' + '&'.join(parts) if parts else '')


def redis_server(url):
    """The RedisServer that a URL names, read as tooz reads it."""
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
    """A text without the URL and without the secrets in it."""
    userinfo = urlsplit(url).netloc.rpartition('@')[0]
    secrets = [url, userinfo.partition(':')[2]] + [value for name, value in _options(url).items() if 'password' in name]
    for secret in [secret for given in secrets for secret in (given, unquote(given)) if secret]:
        text = text.replace(secret, '***')
    return text


def _check_hosts(url):
    parts = urlsplit(url)
    hosts = _hosts(url).split(',')
    many = driver(url) == 'zookeeper'
    if not all(HOST.match(host) for host in hosts) or len(hosts) > 1 and not many:
        raise BadInput('backend_url', 'HOST:PORT is allowed%s' % (
            ', more of them with a comma between' if many else ' once: this driver of tooz knows one'))
    # To each controller it would be a service of its own.
    if any(LOOPBACK.match(host) for host in hosts):
        raise BadInput('backend_url', 'a host that is the same to all controllers is allowed, not this one itself')
    # tooz reads neither, and goes on with another store than was meant.
    if parts.path not in ('', '/') or parts.fragment:
        raise BadInput('backend_url', 'options behind a ? are allowed after the hosts, no path; a database of redis is '
                                      'db=NUMBER')


def _check_membership(options):
    name = 'membership_timeout' if 'membership_timeout' in options else 'timeout'
    seconds = int(options.get(name, DEFAULT_MEMBERSHIP))
    if seconds not in MEMBERSHIP:
        raise BadInput('backend_url', '%d to %d (seconds) is allowed as %s, not %d: agents beat each second'
                       % (MEMBERSHIP[0], MEMBERSHIP[-1], name, seconds))


def _check_redis(url, options):
    if 'namespace' in options:
        raise BadInput('backend_url', 'db=NUMBER is allowed to keep apart what shares a redis server, not namespace: '
                                      'the guard asks for the usual one')
    if urlsplit(url).username:
        raise BadInput('backend_url', 'redis://:PASSWORD@HOST:PORT is allowed, no user: tooz before 6.0 ignores it')
    try:
        redis_server(url)
    except ValueError:
        raise BadInput('backend_url', 'a number is allowed as db, HOST:PORT as sentinel_fallback')


def _hosts(url):
    return urlsplit(url).netloc.rpartition('@')[2]


def _options(url):
    """The options; of one that is given twice the last, as tooz reads them."""
    return dict(parse_qsl(urlsplit(url).query))

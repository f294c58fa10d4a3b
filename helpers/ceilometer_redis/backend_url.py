"""backend_url: how ceilometer and aodh reach the store through tooz.

redis://:PASSWORD@OWN:PORT?sentinel=MASTER&sentinel_fallback=HOST:PORT&OPTIONS

The host and each sentinel_fallback are sentinels; the master's name is in `sentinel`. No value holds a '$', which
oslo.config would take for a variable.
"""

import os
import re
import shlex
import subprocess

from ceilometer_redis import settings
from ceilometer_redis.errors import BadInput

# Integers, because tooz before 5.0.0 refuses others (tooz 3.1.0: ValueError for socket_timeout=0.5).
# timeout: of locks, and twice the heartbeat of agents since Rocky; membership_timeout: a member's record outlives a
# failover; socket_timeout: what one powered-off host costs.
OPTIONS = (('db', '0'), ('timeout', '10'), ('membership_timeout', '60'), ('socket_timeout', '5'))
CONNECT_TIMEOUT = ('socket_connect_timeout', '2')

# First tooz with it: commits 886aa62, 3d32986 and 2c0d37c of openstack/tooz. The driver of Kilo follows the master to
# another host since 0.13.2 (01859a0, bug 1434043): before, agents had to be restarted after each failover.
SINCE_FALLBACK = (0, 11)
SINCE_FAILOVER = (0, 13, 2)
SINCE_CONNECT_TIMEOUT = (5, 0, 0)
SINCE_IPV6_FALLBACK = (6, 0, 0)

AGENTS = ('/usr/bin/ceilometer-polling', '/usr/bin/ceilometer-agent-central', '/usr/bin/ceilometer-agent-compute')
ASK_VERSION = '''
try:
    from importlib.metadata import version
except ImportError:
    from pkg_resources import get_distribution
    version = lambda name: get_distribution(name).version
print(version('tooz'))
'''


def render(addresses, port, password, master_name, tooz_version):
    """The URL for one controller.

    addresses: of the sentinels, this controller's own first: a local answer costs nothing when another host is off.
    port: of the sentinels; tooz_version: (major, minor, ...) of the tooz that will read it.
    Raises BadInput for a password or an address that this tooz cannot read from a URL.
    """
    query = [('sentinel', master_name)]
    query += [('sentinel_fallback', _fallback(address, port, tooz_version)) for address in addresses[1:]]
    query += OPTIONS
    if tooz_version >= SINCE_CONNECT_TIMEOUT:
        query.append(CONNECT_TIMEOUT)
    return 'redis://:%s@%s?%s' % (settings.password(password), _host_port(addresses[0], port),
                                  '&'.join('%s=%s' % item for item in query))


def installed_tooz():
    """The version of the tooz that this host's polling agent uses, as a tuple; None when there is no agent yet.

    Asked of the interpreter that the agent runs on: its tooz may live in another Python than this helper.
    """
    for python in agents_pythons():
        try:
            with open(os.devnull, 'w') as warnings:
                answer = subprocess.check_output(python + ['-c', ASK_VERSION], stderr=warnings)
        except (EnvironmentError, subprocess.CalledProcessError):
            continue
        return version(answer.decode('ascii', 'replace'))
    return None


def agents_pythons(more=()):
    """The interpreters that the central agent's programs on this host name, each once and as the words of a command.

    more: further programs that have one.
    """
    found = []
    for program in AGENTS + tuple(more):
        try:
            python = _interpreter(program)
        except (EnvironmentError, ValueError):
            continue
        if python not in found:
            found.append(python)
    return found


def version(text):
    """The leading numbers of a version: (3, 1, 0) of '3.1.0.dev2'; None when there are none."""
    leading = re.match(r'[0-9]+(\.[0-9]+)*', text)
    return tuple(int(number) for number in leading.group().split('.')) if leading else None


def _interpreter(script):
    with open(script) as lines:
        first = lines.readline()
    if not first.startswith('#!'):
        raise ValueError(script)
    return shlex.split(first[2:])


def _fallback(address, port, tooz_version):
    if tooz_version < SINCE_FALLBACK:
        raise BadInput('tooz', '0.11 or newer is allowed: older ones know one sentinel only')
    if ':' in address and tooz_version < SINCE_IPV6_FALLBACK:
        raise BadInput('addresses', 'IPv4 is allowed with several controllers: tooz before 6.0.0 cannot read %s in '
                       'sentinel_fallback' % address)
    return _host_port(address, port)


def _host_port(address, port):
    return '%s:%d' % ('[%s]' % address if ':' in address else address, port)

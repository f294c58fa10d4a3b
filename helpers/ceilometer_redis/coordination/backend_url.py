# SPDX-License-Identifier: Apache-2.0
"""backend_url: how ceilometer and aodh reach the store through tooz.

redis://:PASSWORD@OWN:PORT?sentinel=MASTER&sentinel_fallback=HOST:PORT&OPTIONS

The host and each sentinel_fallback are sentinels; the master's name is in `sentinel`. No value holds a '$', which
oslo.config would take for a variable.
"""

from ceilometer_redis.errors import BadInput, quoted
from ceilometer_redis.fuel import settings

#: Integers, because tooz before 5.0.0 refuses others (tooz 3.1.0: ValueError for socket_timeout=0.5).
#: timeout: of locks, and twice the heartbeat of agents since Rocky; membership_timeout: a member's record outlives a
#: failover; socket_timeout: what one powered-off host costs.
OPTIONS = (('db', '0'), ('timeout', '10'), ('membership_timeout', '60'), ('socket_timeout', '5'))
CONNECT_TIMEOUT = ('socket_connect_timeout', '2')

#: First tooz with it: commits 886aa62, 3d32986 and 2c0d37c of openstack/tooz. The driver of Kilo follows the master to
#: another host since 0.13.2 (01859a0, bug 1434043): before, agents had to be restarted after each failover.
SINCE_FALLBACK = (0, 11)
SINCE_FAILOVER = (0, 13, 2)
SINCE_CONNECT_TIMEOUT = (5, 0, 0)
SINCE_IPV6_FALLBACK = (6, 0, 0)


def render(addresses, port, password, master_name, tooz_version):
    """Return the URL for one controller.

    Args:
        addresses: Of the sentinels, this controller's own first: a local answer costs nothing when another host is off.
        port: Of the sentinels.
        password: Of the redis servers.
        master_name: By which the sentinels know the master.
        tooz_version: Of the tooz that will read it: (major, minor, ...).

    Raises:
        BadInput: This tooz cannot read the password or an address from a URL.
    """
    query = [('sentinel', master_name)]
    query += [('sentinel_fallback', _fallback(address, port, tooz_version)) for address in addresses[1:]]
    query += OPTIONS
    if tooz_version >= SINCE_CONNECT_TIMEOUT:
        query.append(CONNECT_TIMEOUT)
    return 'redis://:%s@%s?%s' % (settings.validate_password(password), _host_port(addresses[0], port),
                                  '&'.join('%s=%s' % item for item in query))


def _fallback(address, port, tooz_version):
    if tooz_version < SINCE_FALLBACK:
        raise BadInput('tooz', 'be 0.11 or newer with several controllers', advice='older ones know one sentinel only')
    if ':' in address and tooz_version < SINCE_IPV6_FALLBACK:
        raise BadInput('addresses', 'be IPv4 with several controllers', quoted(address),
                       'tooz before 6.0.0 cannot read others in sentinel_fallback')
    return _host_port(address, port)


def _host_port(address, port):
    return '%s:%d' % ('[%s]' % address if ':' in address else address, port)

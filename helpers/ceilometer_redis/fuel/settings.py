# SPDX-License-Identifier: Apache-2.0
"""The plugin's settings as Fuel's settings tab gives them: strings, to be proven before anything is changed."""

import re

from ceilometer_redis.errors import BadInput, as_text, quoted

#: The values of environment_config.yaml: an environment whose settings were saved by an older version of the plugin
#: lacks the newer ones. A password has no default.
DEFAULTS = {
    'store': 'deploy',
    'backend_url': '',
    'redis_port': '6379',
    'sentinel_port': '26379',
    'down_after': '5',
    'coordinate_alarms': True,
    'coordinate_notification': False,
    'coordinate_compute': False,
    'partitioning_group_prefix': '',
    'guard': True,
}

#: Seconds. A member's record in the store lives 60 s and has to outlive a failover whose first election failed: this
#: time, twice the failover-timeout (30 s), the election (2 s), one socket_timeout (5 s) and one heartbeat (5 s).
DOWN_AFTER = range(1, 16)
PORTS = range(1024, 65536)
STORES = ('deploy', 'existing')

PASSWORD_MUST = 'be 8 to 64 letters and digits (A-Z a-z 0-9)'

#: TCP ports, from 1024 on, that a controller of Fuel 7.0 to 11.0 uses or whose firewall it opens to others than the
#: store's. The kernel hands ports from 32768 to 60999 to outgoing connections: one of those may be taken now and then.
CORE_PORTS = frozenset(
    # firewall.pp of fuel-library (7.0: openstack, later: osnailyfacter): tags 7.0 to 9.2, stable/newton, stable/ocata.
    [2224, 3260, 3306, 3307, 4369, 4444, 4567, 4568, 5000, 5666, 5672, 5673, 6000, 6001, 6002, 6080, 6385, 6780, 6789,
     7480, 8000, 8003, 8004, 8042, 8080, 8773, 8774, 8775, 8776, 8777, 8778, 8888, 9191, 9292, 9494, 9696, 11211, 16509,
     27017, 35357, 41055, 49000, 49001, 55572, 58882]
    + list(range(49152, 49216))  # libvirt's migrations
    # haproxy's other listeners there: openstack/manifests/ha.
    + [8082, 8083, 8386, 10000]
    # Listeners of the rest: RabbitMQ's management and murano's, radosgw before 10.0, zabbix's agent of 7.0.
    + [15672, 55672, 41056, 9000, 10050]
    # neutron's Open vSwitch agent and its database, since Newton.
    + [6633, 6640])

#: Consoles: Fuel opens these on a controller to every node, as many as 9.0 and later do (firewall.pp, "vnc").
VNC_PORTS = range(5900, 6901)


def validate(settings):
    """Return the settings as Python values; down_after is seconds.

    Args:
        settings: The mapping under the plugin's name in Fuel's data.

    Raises:
        BadInput: A setting cannot be used.
    """
    given = dict(DEFAULTS)
    given.update(settings)
    redis_port = _port('redis_port', given['redis_port'])
    sentinel_port = _port('sentinel_port', given['sentinel_port'])
    if redis_port == sentinel_port:
        raise BadInput('sentinel_port', 'be another port than redis_port', quoted(sentinel_port))
    if sentinel_port in VNC_PORTS:
        raise BadInput('sentinel_port', 'be outside %d to %d' % (VNC_PORTS[0], VNC_PORTS[-1]), quoted(sentinel_port),
                       'Fuel opens those to every node, and Sentinels have no password')
    store = _choice('store', given['store'], STORES)
    return {
        'store': store,
        # What it says is proven where it is read: coordination/service.py.
        'backend_url': given['backend_url'] if store == 'existing' else None,
        'redis_password': validate_password(given.get('redis_password')),
        'redis_port': redis_port,
        'sentinel_port': sentinel_port,
        'down_after': _number('down_after', given['down_after'], DOWN_AFTER, 'seconds from %d to %d'),
        'coordinate_alarms': _flag('coordinate_alarms', given['coordinate_alarms']),
        'coordinate_notification': _flag('coordinate_notification', given['coordinate_notification']),
        'coordinate_compute': _flag('coordinate_compute', given['coordinate_compute']),
        'partitioning_group_prefix': _prefix(given['partitioning_group_prefix']),
        'guard': _flag('guard', given['guard']),
    }


def validate_password(text):
    """Return the redis password, if tooz takes it from a URL as it is.

    tooz does not decode the password in a URL, and '/' or '#' end its host part (seen with tooz 3.1.0 and 9.1.0).

    Raises:
        BadInput: It is none, or has other characters; it is never quoted.
    """
    if text in (None, ''):
        raise BadInput('redis_password', PASSWORD_MUST, quoted(text), 'save the settings of the plugin once')
    if not re.match(r'[A-Za-z0-9]{8,64}\Z', _text(text)):
        raise BadInput('redis_password', PASSWORD_MUST)
    return _text(text)


def _port(field, value):
    port = _number(field, value, PORTS, '%d to %d')
    if port in CORE_PORTS:
        raise BadInput(field, 'be a TCP port that OpenStack on a controller leaves free', quoted(port))
    return port


def _number(field, value, allowed, form):
    # No number has more digits than this one; Python 3.11 makes none of some thousand.
    if re.match(r'[1-9][0-9]{0,4}\Z', _text(value)) and int(value) in allowed:
        return int(value)
    raise BadInput(field, 'be ' + form % (allowed[0], allowed[-1]), quoted(value))


def _prefix(value):
    if value == '' or re.match(r'[A-Za-z0-9_-]{1,32}\Z', _text(value)):
        return _text(value)
    raise BadInput('partitioning_group_prefix', "be up to 32 letters, digits, '_' and '-', or nothing", quoted(value))


def _choice(field, value, allowed):
    if value in allowed:
        return value
    raise BadInput(field, 'be %s' % ' or '.join(allowed), quoted(value))


def _flag(field, value):
    # 1 equals True, and is none of Fuel's.
    if isinstance(value, bool):
        return value
    raise BadInput(field, 'be true or false, without quotes', quoted(value))


def _text(value):
    """Return a text or a whole number as text; '' for anything else."""
    return as_text(value) or '' if not isinstance(value, float) else ''

# SPDX-License-Identifier: Apache-2.0
"""Networks, from the network_scheme in Fuel's data, which is this node's alone.

Of the other nodes the data have addresses without masks. An endpoint of the scheme (a bridge or an interface) has a
list of IP with masks, or `none`, and routes to the networks of the same name in other racks (fuel-library, l23network).
"""

import binascii
import re
import socket

from ceilometer_redis.errors import TEXT, as_text
from ceilometer_redis.fuel.astute import Part

#: What stands before an address of IPv4 that is written as one of IPv6: :: (so :: and ::1 are 0.0.0.0 and 0.0.0.1),
#: ::ffff: (mapped), ::ffff:0: (translated, RFC 2765), 64:ff9b:: (RFC 6052).
OF_IPV4 = tuple(binascii.unhexlify(prefix) for prefix in (
    '0' * 24, '0' * 20 + 'ffff', '0' * 16 + 'ffff0000', '0064ff9b' + '0' * 16))


def parse_address(text):
    """Return an IP address in its usual form; None if the text is none."""
    return next((socket.inet_ntop(family, packed) for family, packed in _packed(text)), None)


def is_own(text):
    """Return whether an address is each host's own or no host's.

    That is: loopback, unspecified, link-local, multicast, broadcast.
    """
    packed = bytearray(next(packed for _, packed in _packed(text)))
    if len(packed) == 4 or bytes(packed[:12]) in OF_IPV4:
        first, second = packed[-4:-2]
        return first in (0, 127) or first >= 224 or (first, second) == (169, 254)
    first, second = packed[:2]
    return first == 0xff or first == 0xfe and second & 0xc0 == 0x80


def reaching(astute, addresses):
    """Return the networks from which any of these addresses is reached without a default gateway.

    Those of the endpoints that have one of the addresses on their network or a route to it.

    Returns:
        A list of 'address/bits'; None where the data have no network_scheme.

    Raises:
        BadInput: Something in the scheme, by its name, is no mapping.
    """
    scheme = Part(astute).part('network_scheme')
    if not scheme.values:
        return None
    found = []
    endpoints = scheme.part('endpoints')
    for name in sorted(endpoints.values, key=lambda key: as_text(key) or ''):
        networks = _networks(endpoints.part(name))
        if any(contains(network, other) for network in networks for other in addresses):
            found += [network for network in networks if any((':' in network) == (':' in other) for other in addresses)]
    return found


def contains(network, other):
    """Return whether an address is in a network ('address/bits')."""
    base, _, bits = network.partition('/')
    first, second = list(_packed(base)), list(_packed(other))
    if not first or not second or first[0][0] != second[0][0]:
        return False
    beyond = len(first[0][1]) * 8 - int(bits)
    return _number(first[0][1]) >> beyond == _number(second[0][1]) >> beyond


def _networks(endpoint):
    given, routes = endpoint.values.get('IP'), endpoint.values.get('routes')
    found = list(given) if isinstance(given, list) else []
    found += [route.get('net') for route in (routes if isinstance(routes, list) else []) if isinstance(route, dict)]
    return [network for network in found if _is_network(network)]


def _is_network(text):
    base, _, bits = text.partition('/') if isinstance(text, TEXT) else ('', '', '')
    width = [len(packed) * 8 for _, packed in _packed(base)]
    return bool(width and re.match(r'[0-9]{1,3}\Z', bits)) and 0 < int(bits) <= width[0]


def _packed(text):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            yield family, socket.inet_pton(family, '%s' % as_text(text))
        except (EnvironmentError, ValueError, TypeError):  # of a NUL, Python 2.7 makes the last
            continue


def _number(packed):
    return int(binascii.hexlify(packed), 16)

# SPDX-License-Identifier: Apache-2.0
"""Times and names as people read them."""

import datetime
import re

from ceilometer_redis.errors import SHOWN

CONTROL = re.compile(u'[\x00-\x1f\x7f-\x9f]')


def iso(time):
    """Return a time, in seconds since the epoch, in UTC."""
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(time))).strftime('%Y-%m-%dT%H:%M:%SZ')


def shown(name, width=SHOWN):
    """Return a name as a terminal can show it: samples may hold any character, and any number of them."""
    name = CONTROL.sub(lambda odd: u'\\x%02x' % ord(odd.group()), name)
    cut = name if len(name) <= width else name[:width] + u'...'
    return str(cut.encode('ascii', 'backslashreplace').decode('ascii'))

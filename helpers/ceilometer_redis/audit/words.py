# SPDX-License-Identifier: Apache-2.0
"""Times and names as people read them."""

import datetime

from ceilometer_redis.errors import SHOWN, printable


def iso(time):
    """Return a time, in seconds since the epoch, in UTC."""
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(time))).strftime('%Y-%m-%dT%H:%M:%SZ')


def shown(name):
    """Return a name as a table shows it: samples may hold any character, and any number of them."""
    return printable(name, SHOWN)

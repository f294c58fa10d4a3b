# SPDX-License-Identifier: Apache-2.0
"""The clock that durations are measured with."""


def uptime():
    """Return the seconds since this host's boot.

    Nobody sets this clock, and Python 2.7 has no other of the kind.
    """
    with open('/proc/uptime') as uptime:
        return float(uptime.read().split()[0])

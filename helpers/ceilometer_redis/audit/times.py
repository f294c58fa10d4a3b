# SPDX-License-Identifier: Apache-2.0
"""Times as samples and people write them, read as seconds since the epoch."""

from __future__ import division

import calendar
import datetime
import numbers
import re

from ceilometer_redis.errors import TEXT, BadInput, quoted

ISO = re.compile(r'([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-5][0-9](?:\.[0-9]+)?)'
                 r'(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?\Z')
#: What is behind the minute, in UTC.
SECONDS = re.compile(r'([0-5][0-9](?:\.[0-9]+)?)Z?\Z')
NUMBER = re.compile(r'[0-9]+(\.[0-9]+)?\Z')

#: Seconds since the epoch, in 1973: a smaller number that a person gives is a year, an hour or seconds from now.
BEGIN = 10 ** 8

#: Minutes to remember.
MINUTES = 100000

#: Seconds since the epoch, in the year 9000: behind it no time of a cycle can be written.
END = 221845392000


def parse_time(field, text):
    """Return the seconds since the epoch of a time.

    Args:
        field: The name of the text, for the error.
        text: ISO 8601 (UTC where no zone is named, as ceilometer writes it), or the seconds as a number, from 1973 on.

    Raises:
        BadInput: It is neither.
    """
    found = seconds(text, {})
    if found is None or not BEGIN <= found < END:
        raise BadInput(field, 'be a time like 2017-03-01T12:00:00 or 1488369600', quoted(text))
    return found


def seconds(text, minutes):
    """Return the seconds since the epoch of a time, None of what is none.

    Args:
        text: What parse_time() takes.
        minutes: Seconds since the epoch by minute, as it is written: those of samples come again and again.
    """
    minute = minutes.get(text[:17])
    rest = SECONDS.match(text, 17) if minute is not None else None
    if rest:
        return minute + float(rest.group(1))
    found = ISO.match(text)
    if not found:
        return float(text) if NUMBER.match(text) else None
    parts = found.groups()
    try:
        minute = calendar.timegm(datetime.datetime(*[int(part) for part in parts[:5]]).timetuple())
    except ValueError:
        return None
    if len(minutes) > MINUTES:
        minutes.clear()
    if 0 <= minute < END:
        minutes[text[:17]] = minute
    east = int(parts[7] or 0) * 3600 + int(parts[8] or 0) * 60
    return minute + float(parts[5]) - (east if parts[6] == '+' else -east)


def of_mongodb(date, minutes):
    """Return the seconds since the epoch of what mongoexport writes as a date, None of what is none.

    Up to 2.4 it writes milliseconds, from 2.6 on ISO 8601, with --jsonFormat=canonical milliseconds as a text.
    """
    if isinstance(date, dict):
        date = date.get('$numberLong')
        return float(date) / 1000 if isinstance(date, TEXT) and NUMBER.match(date) else None
    if isinstance(date, TEXT):
        return seconds(date, minutes)
    if isinstance(date, bool) or not isinstance(date, numbers.Integral) or date > END * 1000:
        return None
    return date / 1000

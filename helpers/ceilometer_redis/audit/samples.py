# SPDX-License-Identifier: Apache-2.0
"""Samples as operators have them, read."""

import calendar
import collections
import datetime
import json
import re
import uuid

from ceilometer_redis.errors import BadInput, quoted

ISO = re.compile(r'(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?\Z')

#: Seconds since the epoch, in the year 9000: behind it no time of a cycle can be written.
END = 221845392000

Poll = collections.namedtuple('Poll', 'meter resource host')
Sample = collections.namedtuple('Sample', 'id time poll')


def read(lines, hosts=None):
    """Yield a Sample for each line. Blank lines are passed over.

    Args:
        lines: JSON, as bytes.
        hosts: Names by MAC address (aa:bb:cc:dd:ee:ff); a host without one is called by its address.

    Raises:
        BadInput: A line, by its number, is no sample.
    """
    hosts = hosts or {}
    # Millions of samples are of few resources: each Poll is kept once.
    polls = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            sample = _sample(number, line, hosts)
            yield sample._replace(poll=polls.setdefault(sample.poll, sample.poll))


def parse_time(field, text):
    """Return the seconds since the epoch of a time.

    Args:
        field: The name of the text, for the error.
        text: ISO 8601 (UTC where no zone is named, as ceilometer writes it), or the seconds as a number.

    Raises:
        BadInput: It is neither.
    """
    found = _seconds(text)
    if found is None or not 0 <= found < END:
        raise BadInput(field, 'be a time like 2017-03-01T12:00:00 or 1488369600', quoted(text))
    return found


def _seconds(text):
    """Return the seconds since the epoch of a time, None of what is none."""
    if re.match(r'[0-9]+(\.[0-9]+)?\Z', text):
        return float(text)
    found = ISO.match(text)
    try:
        parts = found.groups()
        whole = calendar.timegm(datetime.datetime(*[int(part) for part in parts[:6]]).timetuple())
    except (AttributeError, ValueError):
        return None
    east = int(parts[8] or 0) * 3600 + int(parts[9] or 0) * 60
    return whole + float(parts[6] or 0) - (east if parts[7] == '+' else -east)


def _sample(number, line, hosts):
    try:
        fields = json.loads(line.decode('utf-8'))
    except (ValueError, RuntimeError):  # the latter of what is nested too deeply
        fields = None
    if not isinstance(fields, dict):
        raise BadInput('line %d' % number, 'be a JSON object')
    return Sample(*_identity(number, fields, hosts))


def _identity(number, fields, hosts):
    # A sample as such, or as the message and the API call its fields.
    given = _field(number, fields, 'id', 'message_id')
    try:
        identity = uuid.UUID(given)
    except ValueError:
        identity = None
    if identity is None or identity.version != 1:
        raise BadInput('line %d: id' % number, 'be a uuid of version 1', quoted(given))
    time = parse_time('line %d: timestamp' % number, _field(number, fields, 'timestamp'))
    mac = ':'.join('%02x' % (identity.node >> shift & 0xff) for shift in range(40, -1, -8))
    meter, resource = _field(number, fields, 'name', 'counter_name'), _field(number, fields, 'resource_id')
    return identity.int, time, Poll(meter, resource, hosts.get(mac, mac))


def _field(number, fields, *names):
    for name in names:
        if name in fields:
            break
    value = fields.get(name)
    if not isinstance(value, type(u'')) or not value:
        raise BadInput('line %d: %s' % (number, names[0]), 'be a text that is not empty')
    return value

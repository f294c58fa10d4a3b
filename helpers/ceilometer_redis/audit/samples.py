"""Samples as operators have them, read."""

import calendar
import collections
import datetime
import json
import re
import uuid

from ceilometer_redis.errors import BadInput

ISO = re.compile(r'(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?\Z')

Poll = collections.namedtuple('Poll', 'meter resource host')
Sample = collections.namedtuple('Sample', 'id time poll')


def read(lines, hosts=None):
    """Yield a Sample for each line of JSON, as bytes. Blank lines are passed over.

    hosts: names by MAC address (aa:bb:cc:dd:ee:ff); a host without one is called by its address.
    Raises BadInput naming the line and the field.
    """
    hosts = hosts or {}
    # Millions of samples are of few resources: each Poll is kept once.
    polls = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            sample = _sample(number, line, hosts)
            yield sample._replace(poll=polls.setdefault(sample.poll, sample.poll))


def moment(text):
    """Seconds since the epoch of ISO 8601 (UTC where no zone is named, as ceilometer writes it) or of such a number.

    Raises ValueError saying what is allowed.
    """
    if re.match(r'\d+(\.\d+)?\Z', text):
        return float(text)
    found = ISO.match(text)
    try:
        parts = found.groups()
        whole = calendar.timegm(datetime.datetime(*[int(part) for part in parts[:6]]).timetuple())
    except (AttributeError, ValueError):
        raise ValueError("a time like 2017-03-01T12:00:00 or 1488369600 is allowed, not '%s'" % text)
    east = int(parts[8] or 0) * 3600 + int(parts[9] or 0) * 60
    return whole + float(parts[6] or 0) - (east if parts[7] == '+' else -east)


def _sample(number, line, hosts):
    try:
        fields = json.loads(line.decode('utf-8'))
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise BadInput('line %d' % number, 'one JSON object per line is allowed')
    return Sample(*_identity(number, fields, hosts))


def _identity(number, fields, hosts):
    # A sample as such, or as the message and the API call its fields.
    identity = _field(number, fields, 'id', 'message_id')
    timestamp = _field(number, fields, 'timestamp')
    try:
        identity = uuid.UUID(identity)
    except ValueError:
        identity = None
    if identity is None or identity.version != 1:
        raise BadInput('line %d: id' % number, 'a uuid of version 1 is allowed')
    try:
        time = moment(timestamp)
    except ValueError as error:
        raise BadInput('line %d: timestamp' % number, error)
    mac = ':'.join('%02x' % (identity.node >> shift & 0xff) for shift in range(40, -1, -8))
    meter, resource = _field(number, fields, 'name', 'counter_name'), _field(number, fields, 'resource_id')
    return identity.int, time, Poll(meter, resource, hosts.get(mac, mac))


def _field(number, fields, *names):
    for name in names:
        if name in fields:
            break
    value = fields.get(name)
    if not isinstance(value, type(u'')) or not value:
        raise BadInput('line %d: %s' % (number, names[0]), 'a text is allowed')
    return value

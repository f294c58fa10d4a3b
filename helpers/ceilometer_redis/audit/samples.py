# SPDX-License-Identifier: Apache-2.0
"""Samples as operators have them, read: who polled what, when."""

import collections
import re
import uuid

from ceilometer_redis.audit import formats, lines, times
from ceilometer_redis.audit.left_out import LeftOut
from ceilometer_redis.errors import BadInput, quoted

#: The id of a sample as uuid1() of Python writes it, the address of the host last.
UUID1 = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-([0-9a-f]{12})\Z')

#: The resource in the group of `openstack metric measures aggregation --groupby id`.
GROUP = re.compile(r'(?:\A|, )(?:original_resource_)?id: ([^,]+)')

#: The host of samples that do not say it.
UNKNOWN = 'unknown'

#: The meter of gnocchi's measures that do not say theirs.
MEASURES = 'measures'

#: Polls that one of gnocchi's counts may stand for; more are a value that is no count.
MOST_COUNTED = 1000

NAMES = formats.NAMES
TEXT = type(u'')

#: Columns of CSV, as mongoexport is told its fields; and all names that say whether a sample is of a notification.
EVENT_TYPES = tuple('%s.%s' % (name, lines.EVENT_TYPE) for name in NAMES['metadata'])
METADATA = frozenset(NAMES['metadata'] + EVENT_TYPES)

Poll = collections.namedtuple('Poll', 'meter resource host')
Sample = collections.namedtuple('Sample', 'id time poll')


def read(stream, hosts=None, meters=(), left_out=None):
    """Yield a Sample for each poll that a stream of samples, of any of the formats, tells of.

    A sample names no host, but its id is a uuid1 made by the polling process and kept on its way: its node is the MAC
    address of the polling host (seen with ceilometer 19.0.0 on three hosts).

    Args:
        stream: What has read(), bytes.
        hosts: Names by MAC address (aa:bb:cc:dd:ee:ff); a host without one is called by its address.
        meters: Names of those that are wanted, by default all.
        left_out: The LeftOut that what is left out is added to.

    Raises:
        BadInput: It begins as gzip does and is none.
    """
    left_out = LeftOut() if left_out is None else left_out
    reader = _Reader(hosts or {}, meters)
    for place, fields in formats.records(stream):
        sample = reader.seen(fields)
        if sample:
            yield sample
            continue
        try:
            if isinstance(fields, dict) and 'granularity' in fields:
                for sample in reader.measures(place, fields, left_out):
                    yield sample
            else:
                sample = reader.sample(place, fields, left_out)
                if sample:
                    yield sample
        except BadInput as error:
            left_out.no_sample(error)


class _Reader(object):
    """Makes samples of records. What comes again, as hosts, resources and minutes do, is proven and made once."""

    def __init__(self, hosts, meters):
        self.named = hosts
        self.meters = frozenset(meters)
        self.unnamed = meters[0] if len(self.meters) == 1 else MEASURES
        self.hosts = {}
        self.polls = {}
        self.minutes = {}
        self.names = None

    def seen(self, fields):
        """Return the sample in a record all parts of which were in others before, None of another record.

        Of a million samples nearly all are such, and this takes a third of the time of sample().
        """
        try:
            meter, identity, metadata = self.names
            given, stamp = fields[identity], fields['timestamp']
            poll = self.polls[fields[meter], fields['resource_id'], self.hosts[UUID1.match(given).group(1)]]
            time = self.minutes[stamp[:17]] + float(times.SECONDS.match(stamp, 17).group(1))
            polled = lines.EVENT_TYPE not in fields[metadata] if metadata else METADATA.isdisjoint(fields)
            return Sample(given, time, poll) if polled else None
        except (AttributeError, KeyError, TypeError):
            return None

    def sample(self, place, fields, left_out):
        """Return the sample in a record; None of one that is not wanted.

        Raises:
            BadInput: It is none.
        """
        if not isinstance(fields, dict):
            raise BadInput('%s %d' % place, 'be a sample in JSON, as Python writes it, or as a line of CSV')
        meter = _text(place, fields, 'meter')
        if self.meters and meter not in self.meters:
            left_out.others += 1
            return None
        if _is_notification(fields):
            left_out.notifications += 1
            return None
        identity, host = self._identity(place, fields)
        if isinstance(_first(fields, 'metadata'), dict) or METADATA.isdisjoint(fields):
            self.names = [next((name for name in NAMES[fact] if name in fields), None)
                          for fact in ('meter', 'id', 'metadata')]
        return Sample(identity, self._time(place, fields), self._poll(meter, _text(place, fields, 'resource'), host))

    def _identity(self, place, fields):
        """Return the id of a sample and the host that polled it; an export may have left the ids out."""
        if 'id' not in fields and 'message_id' not in fields:
            return None, UNKNOWN
        given = _text(place, fields, 'id')
        found = UUID1.match(given)
        node = found.group(1) if found else _node(given)
        host = self.hosts.get(node)
        if host is None:
            if node is None:
                raise BadInput('%s %d: id' % place, 'be a uuid of version 1', quoted(given))
            mac = ':'.join(node[at:at + 2] for at in range(0, 12, 2))
            host = self.hosts[node] = self.named.get(mac, mac)
        return given, host

    def _time(self, place, fields):
        given = fields.get('timestamp')
        if isinstance(given, dict):
            found = times.of_mongodb(given.get('$date'), self.minutes)
        else:
            found = times.seconds(_text(place, fields, 'time'), self.minutes)
        if found is None or not 0 <= found < times.END:
            raise BadInput('%s %d: timestamp' % place, 'be a time like 2017-03-01T12:00:00', quoted(given))
        return found

    def _poll(self, *fields):
        poll = self.polls.get(fields)
        if poll is None:
            poll = self.polls[fields] = Poll(*fields)
        return poll

    def measures(self, place, fields, left_out):
        """Return the samples of a row of gnocchi's client: as many as it counts if it is a count, else one.

        The resource is in the group of ``measures aggregation --groupby id``, in the name of ``aggregates``
        (RESOURCE/METER/AGGREGATION), or in a field resource_id that was added to ``measures show``.

        Raises:
            BadInput: It names no resource, or has no time.
        """
        name = _first(fields, 'meter')
        name = name.split('/') if isinstance(name, TEXT) else ['']
        meter = name[-2] if len(name) > 1 else name[0] or self.unnamed
        resource = '/'.join(name[:-2]) or fields.get('resource_id')
        group = fields.get('group')
        if not resource and isinstance(group, TEXT) and GROUP.search(group):
            resource = GROUP.search(group).group(1)
        if not resource or not isinstance(resource, TEXT):
            raise BadInput('%s %d: resource_id' % place, 'be named', advice='ask gnocchi with --groupby id, or add it')
        if self.meters and meter not in self.meters:
            left_out.others += 1
            return ()
        polls = 1
        if fields.get('aggregation', name[-1] if len(name) > 1 else None) == 'count':
            polls = _count(place, fields.get('value'))
        return [Sample(None, self._time(place, fields), self._poll(meter, resource, UNKNOWN))] * polls


def _first(fields, fact):
    """Return the value of a fact by the first of its names that is there, None where none is."""
    for name in NAMES[fact]:
        if name in fields:
            return fields[name]
    return None


def _text(place, fields, fact):
    """Return the text of a fact.

    Raises:
        BadInput: It is something else, or empty.
    """
    for name in NAMES[fact]:
        value = fields.get(name)
        if value and isinstance(value, TEXT):
            return value
    raise BadInput('%s %d: %s' % (place + (NAMES[fact][0],)), 'be a text that is not empty')


def _node(text):
    """Return the node of a uuid of version 1 in any spelling, None of what is none."""
    try:
        identity = uuid.UUID(text)
    except ValueError:
        return None
    return '%012x' % identity.node if identity.version == 1 else None


def _count(place, value):
    """Return the number of polls that a count says.

    Raises:
        BadInput: It is no count.
    """
    try:
        count = float(value)
    except (TypeError, ValueError, OverflowError):
        count = -1
    if count not in range(MOST_COUNTED + 1):
        raise BadInput('%s %d: value' % place, 'be a count up to %d' % MOST_COUNTED, quoted(value))
    return int(count)


def _is_notification(fields):
    """Return whether a sample was made of a notification: its metadata then are the payload and its event_type."""
    metadata = _first(fields, 'metadata')
    if metadata is None:
        return any(fields.get(name) for name in EVENT_TYPES)
    if isinstance(metadata, TEXT):
        metadata = lines.keys(metadata) if lines.EVENT_TYPE in metadata else None
    return isinstance(metadata, (dict, tuple)) and lines.EVENT_TYPE in metadata

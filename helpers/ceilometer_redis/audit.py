"""Was every resource polled exactly once per polling cycle, and by whom?

The evidence are samples as ceilometer's file publisher writes them with ?json. A sample names no host, but its id is
a uuid1 made by the polling process and kept on its way: uuid.UUID(id).node is the MAC address of the polling host (seen
with ceilometer 19.0.0 on three hosts). All samples of one poll share one timestamp.

Agents keep their own rhythm: each polls once per interval, at a phase of its own. Time is therefore cut into cycles
where no agent polls: in the middle of the largest gap between the timestamps taken modulo the interval.
"""

from __future__ import division, print_function

import argparse
import calendar
import collections
import datetime
import io
import json
import math
import re
import sys
import uuid

from ceilometer_redis.errors import BadInput

# Seconds: the interval of the pipeline.yaml that Kilo to Ocata bring, the releases of Fuel 7.0 to 11.0.
INTERVAL = 600.0

# The table names so many resources of a cycle; --json names all.
NAMED = 5

ISO = re.compile(r'(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?\Z')
MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z')

Poll = collections.namedtuple('Poll', 'meter resource host')
Sample = collections.namedtuple('Sample', 'id time poll')


def judge(samples, interval=INTERVAL, since=None, until=None, expect=None):
    """Judge the polling cycles that lie wholly between since and until.

    samples: Samples in any order; interval, since, until: seconds, the latter two since the epoch and by default the
    first and the last sample; expect: how many resources there must be, by default as many as there are samples of.

    Returns a dictionary: interval, since, until; resources (how many were seen), unseen (how many of those expected
    were never seen); cycles, oldest first, each with start, polled (resources of all meters), missing {meter:
    [resource]}, doubled {meter: {resource: [host, host]}} and by {host: polls}; exactly_once, the verdict.
    A resource that came or went meanwhile is missing in the other cycles: then choose since and until.

    Raises BadInput when there is not one whole cycle to judge.
    """
    batches = _batches(samples, since, until)
    if not batches and (since is None or until is None or expect is None):
        raise BadInput('samples', 'at least one is needed to judge')
    since = min(batches) if since is None else since
    until = max(batches) if until is None else until
    known = set(poll[:2] for polls in batches.values() for poll in polls)
    cycles = [_cycle(start, polls, known) for start, polls in _cells(batches, interval, since, until)]
    if not cycles:
        raise BadInput('samples', 'at least one whole cycle of %g s is needed between since and until, %.1f s are there'
                       % (interval, until - since))
    resources = len(set(resource for _, resource in known))
    unseen = max(0, expect - resources) if expect is not None else 0
    return {
        'interval': interval,
        'since': since,
        'until': until,
        'resources': resources,
        'unseen': unseen,
        'cycles': cycles,
        'exactly_once': (not any(cycle['missing'] or cycle['doubled'] for cycle in cycles)
                         and resources == (resources if expect is None else expect)),
    }


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


def table(report):
    """The report of judge() for people."""
    lines = ['%-20s  %6s  %7s  %7s  %s' % ('cycle', 'polled', 'missing', 'doubled', 'by')]
    for cycle in report['cycles']:
        doubled = sum(len(resources) for resources in cycle['doubled'].values())
        missing = sum(len(resources) for resources in cycle['missing'].values())
        lines.append('%-20s  %6d  %7d  %7d  %s' % (
            _iso(cycle['start']), cycle['polled'], missing, doubled,
            ', '.join('%s %d' % item for item in sorted(cycle['by'].items()))))
        for meter, resources in sorted(cycle['missing'].items()):
            lines.append('  missing %s: %s' % (meter, _some(resources)))
        for meter, resources in sorted(cycle['doubled'].items()):
            lines.append('  doubled %s: %s' % (meter, _some(['%s by %s' % (resource, ' and '.join(by))
                                                             for resource, by in sorted(resources.items())])))
    if report['unseen']:
        lines.append('%d of the expected resources were never polled' % report['unseen'])
    lines.append('%d resources, %d cycles of %g s: %s' % (
        report['resources'], len(report['cycles']), report['interval'],
        'each polled exactly once' if report['exactly_once'] else 'NOT each polled exactly once'))
    return '\n'.join(lines)


def add_commands(subcommands):
    """Add the command `audit`."""
    command = subcommands.add_parser(
        'audit', help='from samples: was each resource polled exactly once per cycle?',
        description='Exit code 0: each resource was polled exactly once per cycle; 1: not so; 2: bad input.')
    command.add_argument('file', nargs='?', metavar='FILE', help='samples, one JSON object per line (standard input)')
    command.add_argument('--interval', type=seconds, default=INTERVAL, metavar='SECONDS',
                         help='of polling, as in pipeline.yaml or polling.yaml (%(default)g)')
    command.add_argument('--expect', type=count, metavar='N', help='how many resources there must be')
    command.add_argument('--since', type=moment, metavar='TIME', help='ISO 8601, UTC, or seconds since the epoch')
    command.add_argument('--until', type=moment, metavar='TIME', help='likewise')
    command.add_argument('--host', type=host, action='append', default=[], metavar='MAC=NAME',
                         help='the name of a polling host; may be repeated')
    command.add_argument('--json', action='store_true', help='the whole report, times in seconds since the epoch')
    command.set_defaults(run=run)


def run(args):
    """The command `audit`; returns the exit code."""
    stream = io.open(args.file, 'rb') if args.file else getattr(sys.stdin, 'buffer', sys.stdin)
    with stream:
        report = judge(read(stream, dict(args.host)), args.interval, args.since, args.until, args.expect)
    text = json.dumps(report, indent=2, sort_keys=True) if args.json else table(report)
    # Names of resources may hold any character, the terminal may not know it.
    print(text.encode('ascii', 'backslashreplace').decode('ascii'))
    return 0 if report['exactly_once'] else 1


def seconds(text):
    """A positive number, for argparse."""
    return _positive(float, text, 'a number of seconds above 0')


def count(text):
    """A positive whole number, for argparse."""
    return _positive(int, text, 'a whole number above 0')


def host(text):
    """(MAC, NAME) of MAC=NAME, for argparse."""
    mac, _, name = text.partition('=')
    if not MAC.match(mac.lower()) or not name:
        raise argparse.ArgumentTypeError("MAC=NAME, like 52:54:00:12:34:56=node-1, is allowed, not '%s'" % text)
    return mac.lower(), name


def moment(text):
    """Seconds since the epoch of ISO 8601 (UTC where no zone is named, as ceilometer writes it) or of such a number."""
    if re.match(r'\d+(\.\d+)?\Z', text):
        return float(text)
    found = ISO.match(text)
    try:
        parts = found.groups()
        whole = calendar.timegm(datetime.datetime(*[int(part) for part in parts[:6]]).timetuple())
    except (AttributeError, ValueError):
        raise argparse.ArgumentTypeError("a time like 2017-03-01T12:00:00 or 1488369600 is allowed, not '%s'" % text)
    east = int(parts[8] or 0) * 3600 + int(parts[9] or 0) * 60
    return whole + float(parts[6] or 0) - (east if parts[7] == '+' else -east)


def _positive(kind, text, allowed):
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError("%s is allowed, not '%s'" % (allowed, text))
    return value


def _batches(samples, since, until):
    """The polls by time. A sample that the message queue delivered twice is one poll still."""
    batches = {}
    ids = set()
    for sample in samples:
        inside = (since is None or since <= sample.time) and (until is None or sample.time <= until)
        if inside and sample.id not in ids:
            ids.add(sample.id)
            batches.setdefault(sample.time, []).append(sample.poll)
    return batches


def _cells(batches, interval, since, until):
    """(start, polls) of each whole cycle between since and until, oldest first."""
    cut = _cut(batches, interval)
    first = int(math.ceil((since - cut) / interval))
    end = int(math.floor((until - cut) / interval))
    cells = [(cut + number * interval, []) for number in range(first, end)]
    for time, polls in batches.items():
        number = int(math.floor((time - cut) / interval))
        if first <= number < end:
            cells[number - first][1].extend(polls)
    return cells


def _cut(times, interval):
    """Where cycles begin, modulo the interval: the middle of the largest gap between the times' phases."""
    phases = sorted(set(time % interval for time in times)) or [0.0]
    following = phases[1:] + [phases[0] + interval]
    gap, phase = max((later - earlier, earlier) for earlier, later in zip(phases, following))
    return (phase + gap / 2) % interval


def _cycle(start, polls, known):
    by = collections.defaultdict(list)
    for poll in polls:
        by[poll[:2]].append(poll.host)
    missing, doubled = {}, {}
    for meter, resource in sorted(known - set(by)):
        missing.setdefault(meter, []).append(resource)
    for (meter, resource), found in by.items():
        if len(found) > 1:
            doubled.setdefault(meter, {})[resource] = sorted(found)
    return {
        'start': start,
        'polled': len(set(resource for _, resource in by)),
        'missing': missing,
        'doubled': doubled,
        'by': dict(collections.Counter(poll.host for poll in polls)),
    }


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
    except argparse.ArgumentTypeError as error:
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


def _iso(time):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(time))).strftime('%Y-%m-%dT%H:%M:%SZ')


def _some(names):
    more = ' and %d more (--json names all)' % (len(names) - NAMED) if len(names) > NAMED else ''
    return ', '.join(names[:NAMED]) + more

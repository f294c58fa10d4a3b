# SPDX-License-Identifier: Apache-2.0
"""Judge the polling of a cloud by its samples."""
from __future__ import print_function

import argparse
import functools
import io
import json
import os
import re
import sys

from ceilometer_redis import clock
from ceilometer_redis.audit import cycles, judge, picture, polls, samples, table, timeline, times
from ceilometer_redis.audit.left_out import LeftOut
from ceilometer_redis.audit.words import shown
from ceilometer_redis.errors import BadInput, quoted
from ceilometer_redis.history.events import events

MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z')

#: Seconds between two words on how far the reading has come.
PROGRESS = 0.5

DESCRIPTION = """
Was each resource polled exactly once per polling cycle, and by which agent?
FILE has samples of any of these forms; which, is found out:
  what the file publisher writes, of every release
  answers of /v2/samples and /v2/meters/METER
  what mongoexport writes of the collection "meter"
  CSV with a line of names: timestamp, resource_id, name and id, as far as known
  openstack metric aggregates '(metric image.size count)' SEARCH
    --resource-type image --granularity 600 -f json
  openstack metric measures aggregation --groupby id -m image.size ... -f csv
Each may be packed with gzip. Samples that were made of notifications are left
out, and so is what is no sample; how many there were is said."""

EPILOG = """
examples:
  ceilometer-redis audit /var/lib/ceilometer/samples*
  curl -H "X-Auth-Token: $TOKEN" "$URL/v2/samples?limit=100000" |
    ceilometer-redis audit --meter image.size --plot polling.png
  ceilometer-redis audit samples --resource 5f1e... --since 2017-03-01T03:00:00

The id of a sample tells the address (MAC) of the host that polled it; --host
gives that a name. A resource that came or went meanwhile is missing in the
other cycles: choose --since and --until. Gnocchi keeps no ids, and shows what
was polled twice only where it was asked for the count.

exit codes:
  0  each resource was polled exactly once per cycle
  1  not so
  2  bad input, or nothing in it that could be judged"""


def add_arguments(parser):
    """Add what the command takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description += DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument('files', nargs='*', metavar='FILE', help='samples; - or none: standard input')
    parser.add_argument('--meter', action='append', default=[], metavar='NAME',
                        help='judge this meter; may be repeated (all)')
    parser.add_argument('--interval', type=at_least_one('--interval', float, 'a number of seconds'), metavar='SECONDS',
                        help='of polling, as in pipeline.yaml or polling.yaml (of each meter what its samples tell)')
    parser.add_argument('--expect', type=at_least_one('--expect', int, 'a whole number'), metavar='N',
                        help='how many resources there must be')
    parser.add_argument('--since', type=time('--since'), metavar='TIME',
                        help='ISO 8601, UTC, or seconds since the epoch')
    parser.add_argument('--until', type=time('--until'), metavar='TIME', help='likewise')
    parser.add_argument('--host', type=host, action='append', default=[], metavar='MAC=NAME',
                        help='the name of a polling host; may be repeated')
    parser.add_argument('--resource', metavar='ID', help='show who polled this resource, cycle by cycle')
    parser.add_argument('--plot', metavar='FILE.png|.svg', help='draw resources by cycles; needs matplotlib')
    parser.add_argument('--json', action='store_true', help='the whole report, times in seconds since the epoch')


def run(args):
    """Judge the samples; return the exit code."""
    if args.plot:
        picture.prepare(args.plot)
    left_out = LeftOut()
    polled = polls.Polls(read(args, left_out), args.since, args.until)
    left_out.redelivered = polled.redelivered
    others = left_out.sentences()
    if not polled.times and not polled.outside and (others or None in (args.since, args.until)):
        raise BadInput('input', 'have samples of polls', advice='left out: ' + '; '.join(others) if others else None)
    found, left_out.far = cycles.cut(polled, args.interval, args.since, args.until)
    report = judge.report(found, args.expect)
    report['left_out'] = left_out.counts()
    if args.plot:
        picture.draw(found, args.plot)
    resource = words(args.resource)
    if resource is None:
        lines, verdict = table.table(report), table.verdict_on_all(report)
    else:
        meters = timeline.of(found, resource, happened())
        report = {'resource': resource, 'meters': meters, 'left_out': report['left_out'],
                  'exactly_once': timeline.is_exactly_once(meters)}
        lines, verdict = table.story(report), table.verdict_on_one(report)
    if args.json:
        print(json.dumps(report, indent=2, sort_keys=True))
    else:
        print('\n'.join(lines + ['left out: ' + sentence for sentence in left_out.sentences()] + [verdict]))
    return 0 if report['exactly_once'] else 1


def read(args, left_out):
    """Yield the samples of all files."""
    paths = args.files or ['-']
    streams = [getattr(sys.stdin, 'buffer', sys.stdin) if path == '-' else io.open(path, 'rb') for path in paths]
    meters = [words(meter) for meter in args.meter]
    for path, stream in zip(paths, streams):
        left_out.where = shown(words(path)) + ': ' if len(paths) > 1 else ''
        with stream:
            for sample in samples.read(Progress(stream), dict(args.host), meters, left_out):
                yield sample


class Progress(object):
    """A stream that says on a terminal how far its reading has come; elsewhere it says nothing."""

    def __init__(self, stream):
        self.stream = stream
        self.on = sys.stderr is not None and sys.stderr.isatty()
        self.count = 0
        self.next = clock.uptime() + PROGRESS if self.on else 0

    def read(self, count):
        """Return as many bytes as the stream has, count at most."""
        found = self.stream.read(count)
        self.count += len(found)
        if self.on and (clock.uptime() > self.next or not found):
            self.next = clock.uptime() + PROGRESS
            line = 'read: %d MB%s' % (self.count >> 20, self._of())
            sys.stderr.write('\r%s\r' % (' ' * len(line)) if not found else '\r' + line)
            sys.stderr.flush()
        return found

    def _of(self):
        try:
            size = os.fstat(self.stream.fileno()).st_size
        except (AttributeError, EnvironmentError):
            return ''
        return ' of %d' % (size >> 20) if size else ''


def happened():
    """Return [(seconds since the epoch, text)] of this controller's history; [] for who may not read it."""
    try:
        return [(event['time'], event['text']) for event in events()]
    except EnvironmentError:
        return []


def at_least_one(option, kind, what):
    """Return a type for argparse: a number from 1 on.

    Args:
        option: Its name.
        kind: int or float.
        what: The words for the kind.
    """
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 1 <= value < float('inf'):
            raise BadInput(option, 'be %s, 1 or more' % what, quoted(text))
        return value
    return parse


def time(option):
    """Return a type for argparse: a time, as seconds since the epoch."""
    return functools.partial(times.parse_time, option)


def host(text):
    """Return (MAC, NAME) of MAC=NAME; a type for argparse.

    Raises:
        BadInput: It is something else.
    """
    mac, _, name = text.partition('=')
    if not MAC.match(mac.lower()) or not name:
        raise BadInput('--host', 'be MAC=NAME, like 52:54:00:12:34:56=node-1', quoted(text))
    return mac.lower(), words(name)


def words(argument):
    """Return an argument as text; in Python 2.7 it is bytes."""
    return argument.decode('utf-8', 'replace') if isinstance(argument, bytes) else argument

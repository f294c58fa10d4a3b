# SPDX-License-Identifier: Apache-2.0
"""Judge the polling of a cloud by its samples."""
from __future__ import print_function

import argparse
import functools
import io
import itertools
import json
import os
import re
import sys

from ceilometer_redis import clock
from ceilometer_redis.audit import cycles, judge, picture, polls, samples, timeline
from ceilometer_redis.audit.words import iso, shown
from ceilometer_redis.errors import BadInput, quoted

MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z')

#: The table names so many resources of a cycle, and shows so many cycles that were not right; --json names all.
NAMED = 5
SHOWN_CYCLES = 40

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
    left_out = samples.LeftOut()
    polled = polls.Polls(read(args, left_out), args.since, args.until)
    left_out.redelivered = polled.redelivered
    if not polled.times and not polled.outside and left_out.sentences():
        raise BadInput('input', 'have samples of polls', advice='left out: ' + '; '.join(left_out.sentences()))
    found, left_out.far = cycles.cut(polled, args.interval, args.since, args.until)
    report = judge.report(found, args.expect)
    report['left_out'] = left_out.counts()
    if args.plot:
        picture.draw(found, args.plot)
    resource = words(args.resource)
    if resource is None:
        lines, verdict = table(report), verdict_on_all(report)
    else:
        meters = timeline.of(found, resource)
        report = {'resource': resource, 'meters': meters, 'left_out': report['left_out'],
                  'exactly_once': timeline.is_exactly_once(meters)}
        lines, verdict = story(report), verdict_on_one(report)
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


def table(report):
    """Return the lines of the report for people."""
    lines = []
    for interval in sorted(set(report['meters'].values())):
        meters = sorted(meter for meter, seconds in report['meters'].items() if seconds == interval)
        of_interval = [cycle for cycle in report['cycles'] if cycle['interval'] == interval]
        if len(set(report['meters'].values())) > 1:
            lines.append('every %g s: %s' % (interval, some(meters)))
        if of_interval:
            lines.append('%-20s  %6s  %7s  %7s  %s' % ('cycle', 'polled', 'missing', 'doubled', 'by'))
            lines += rows(of_interval)
        else:
            lines.append('not judged: there is no whole cycle of it')
    if report['unseen']:
        lines.append('%d of the expected resources were never polled' % report['unseen'])
    return lines


def rows(found):
    """Return the lines of cycles of one interval; those in a row that are right are one."""
    lines, wrong = [], 0
    for right, group in itertools.groupby(found, lambda cycle: not cycle['missing'] and not cycle['doubled']):
        group = list(group)
        if right:
            lines += row(group[0])
            if len(group) > 2:
                lines.append('  ... and %d more, each resource polled once, until %s'
                             % (len(group) - 1, iso(group[-1]['start'] + group[-1]['interval'])))
            elif len(group) == 2:
                lines += row(group[1])
            continue
        for cycle in group[:max(0, SHOWN_CYCLES - wrong)]:
            lines += row(cycle)
        if wrong < SHOWN_CYCLES < wrong + len(group):
            lines.append('  ... and more that are not right (--json has all)')
        wrong += len(group)
        if wrong > SHOWN_CYCLES:
            break
    return lines


def row(cycle):
    """Return the lines of a cycle."""
    doubled = sum(len(resources) for resources in cycle['doubled'].values())
    missing = sum(len(resources) for resources in cycle['missing'].values())
    lines = ['%-20s  %6d  %7d  %7d  %s' % (
        iso(cycle['start']), cycle['polled'], missing, doubled,
        ', '.join('%s %d' % (shown(name), count) for name, count in sorted(cycle['by'].items())))]
    for meter, resources in sorted(cycle['missing'].items()):
        lines.append('  missing %s: %s' % (shown(meter), some(resources)))
    for meter, resources in sorted(cycle['doubled'].items()):
        named = [u'%s by %s' % (resource, u' and '.join(by)) for resource, by in sorted(resources.items())]
        lines.append('  doubled %s: %s' % (shown(meter), some(named)))
    return lines


def verdict_on_all(report):
    """Return the last line."""
    counts = ['%d cycles of %g s' % (len(list(group)), interval) for interval, group in
              itertools.groupby(sorted(cycle['interval'] for cycle in report['cycles']))]
    return '%d resources, %s: %s' % (report['resources'], ' and '.join(counts), once(report))


def verdict_on_one(report):
    """Return the last line about one resource."""
    polls = [len(cycle['polls']) for meter in report['meters'] for cycle in meter['cycles']]
    return '%s: %d cycles, missed in %d, doubled in %d: %s' % (
        shown(report['resource']), len(polls), polls.count(0), sum(1 for count in polls if count > 1), once(report))


def once(report):
    """Return the verdict in words."""
    return 'each polled exactly once' if report['exactly_once'] else 'NOT each polled exactly once'


def story(report):
    """Return the lines about one resource."""
    lines = []
    for meter in report['meters']:
        lines.append('%s, every %g s' % (shown(meter['meter']), meter['interval']))
        quiet = [len(cycle['polls']) == 1 and not cycle['events'] for cycle in meter['cycles']]
        skipped = 0
        for number, cycle in enumerate(meter['cycles']):
            # What was before and after a fault explains it.
            if all(quiet[max(0, number - 2):number + 3]) and 0 < number < len(quiet) - 1:
                skipped += 1
                continue
            if skipped:
                lines.append('  ... %d cycles, polled once in each' % skipped)
                skipped = 0
            lines += happened(cycle)
    return lines


def happened(cycle):
    """Return the lines of one cycle of one resource."""
    polls = ', '.join('%s by %s' % (iso(time)[11:-1], shown(name)) for time, name in cycle['polls'])
    if not polls:
        polls = 'MISSED: ' + why(cycle)
    elif len(cycle['polls']) > 1:
        polls = 'DOUBLED: ' + polls
    return ['%s  %s' % (iso(cycle['start']), polls)] + ['%22s%s %s' % ('', iso(time)[11:-1], shown(text))
                                                       for time, text in cycle['events']]


def why(cycle):
    """Return what the samples of others say about a cycle in which a resource was missed."""
    if not cycle['polled']:
        return 'nobody polled anything'
    if cycle['before'] in (None, samples.UNKNOWN):
        return '%d other resources were polled' % cycle['polled']
    return '%s, which had polled it, polled %d other resources, all agents together %d' % (
        shown(cycle['before']), cycle['busy'], cycle['polled'])


def some(names):
    """Return names of a list, the first of it if it is long."""
    more = ' and %d more (--json names all)' % (len(names) - NAMED) if len(names) > NAMED else ''
    return ', '.join(shown(name) for name in names[:NAMED]) + more


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
    return functools.partial(samples.parse_time, option)


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

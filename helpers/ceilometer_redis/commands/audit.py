# SPDX-License-Identifier: Apache-2.0
"""Judge the polling of a cloud by its samples."""
from __future__ import print_function

import datetime
import functools
import io
import json
import re
import sys

from ceilometer_redis.audit import judge, samples
from ceilometer_redis.errors import BadInput, quoted

MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z')

#: The table names so many resources of a cycle; --json names all.
NAMED = 5


def add_arguments(parser):
    """Add what the command takes."""
    parser.description += ' Exit code 0: each resource was polled exactly once per cycle; 1: not so; 2: bad input.'
    parser.add_argument('file', nargs='?', metavar='FILE', help='samples, one JSON object per line (standard input)')
    parser.add_argument('--interval', type=at_least_one('--interval', float, 'a number of seconds'), metavar='SECONDS',
                        default=judge.INTERVAL, help='of polling, as in pipeline.yaml or polling.yaml (%(default)g)')
    parser.add_argument('--expect', type=at_least_one('--expect', int, 'a whole number'), metavar='N',
                        help='how many resources there must be')
    parser.add_argument('--since', type=time('--since'), metavar='TIME',
                        help='ISO 8601, UTC, or seconds since the epoch')
    parser.add_argument('--until', type=time('--until'), metavar='TIME', help='likewise')
    parser.add_argument('--host', type=host, action='append', default=[], metavar='MAC=NAME',
                        help='the name of a polling host; may be repeated')
    parser.add_argument('--json', action='store_true', help='the whole report, times in seconds since the epoch')


def run(args):
    """Judge the samples; return the exit code."""
    stream = io.open(args.file, 'rb') if args.file else getattr(sys.stdin, 'buffer', sys.stdin)
    with stream:
        report = judge.judge(samples.read(stream, dict(args.host)), args.interval, args.since, args.until, args.expect)
    text = json.dumps(report, indent=2, sort_keys=True) if args.json else table(report)
    # Names of resources may hold any character, the terminal may not know it.
    print(text.encode('ascii', 'backslashreplace').decode('ascii'))
    return 0 if report['exactly_once'] else 1


def table(report):
    """Return the report of judge() for people."""
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
    return mac.lower(), name


def _iso(time):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(time))).strftime('%Y-%m-%dT%H:%M:%SZ')


def _some(names):
    more = ' and %d more (--json names all)' % (len(names) - NAMED) if len(names) > NAMED else ''
    return ', '.join(names[:NAMED]) + more

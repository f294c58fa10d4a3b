# SPDX-License-Identifier: Apache-2.0
"""Show what happened on this controller."""
from __future__ import print_function

import json
import re
import time

from ceilometer_redis.audit import times
from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.errors import BadInput, printable
from ceilometer_redis.history import journal
from ceilometer_redis.history.events import events

#: Seconds of a unit of time.
UNITS = {'m': 60, 'h': 3600, 'd': 86400}

EXAMPLES = """\
Failovers (from, to, why), repairs of the guard, restarts, deployments and
withdrawals, the oldest first, as this controller's own files tell: its
sentinel's and redis' logs (/var/log/redis) and the journal of the plugin
(/var/log/ceilometer-redis). The logs of other controllers are not read: ask
each of them. Only root can read these files.

examples:
  ceilometer-redis history --since 2h
      what happened in the last two hours
  ceilometer-redis history --json --since 2017-03-01T12:00:00
      the same for programs, since a time

exit codes:
  0  shown, also if nothing happened
  2  bad input, or a file that cannot be read
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('--since', type=since, default=0, metavar='TIME',
                        help='ISO 8601, UTC, seconds since the epoch, or how long ago: 90m, 2h, 7d')
    parser.add_argument('--json', action='store_true', help='for programs; times in seconds since the epoch')
    arguments.add_deployment(parser)


def run(args):
    """Show the history; return the exit code."""
    found = events(args.since)
    print(json.dumps(found, indent=2, sort_keys=True) if args.json else table(found, names(args.deployment)))
    return 0


def table(events, names):
    """Return the events as lines for people.

    Args:
        events: As events() has them.
        names: {address: name} of the controllers.
    """
    lines = ['%s  %-10s  %s' % (time.strftime(journal.TIME, time.gmtime(event['time'])), event['kind'],
                                named(event['text'], names)) for event in events]
    return '\n'.join(lines or ['nothing is noted on this controller'])


def named(text, names):
    """Return a text in which a controller's name stands behind its address; the arguments are those of table()."""
    for address, name in sorted(names.items()):
        text = re.sub(r'(?<![\w.:])%s(?![\w.:]*\w)' % re.escape(address), '%s (%s)' % (address, name), text)
    return text


def names(path):
    """Return {address: name} of the controllers in a deployment file, {} where there is none."""
    try:
        return dict((controller['address'], printable(controller['name']))
                    for controller in document.load(path)['controllers'])
    except BadInput:
        return {}


def since(text):
    """Return the seconds since the epoch of a time, or of so long ago; a type for argparse."""
    ago = re.match(r'([0-9]{1,6})([mhd])\Z', text)
    return time.time() - int(ago.group(1)) * UNITS[ago.group(2)] if ago else times.parse_time('--since', text)

# SPDX-License-Identifier: Apache-2.0
"""Show how the store, the cluster and the agents are."""
from __future__ import print_function

import json
import os
import sys
import time

from ceilometer_redis.commands import arguments
from ceilometer_redis.health import judgement, screen, snapshot, summary
from ceilometer_redis.history import daemon_logs
from ceilometer_redis.history.events import last_failover

#: Seconds between two looks of --watch.
PAUSE = 2

EXAMPLES = """\
examples:
  ceilometer-redis status             the verdict, controllers and agents
  ceilometer-redis status --watch 5   the same, every 5 seconds
  ceilometer-redis status --json      for programs

exit codes:
  0 healthy, 1 something is wrong, 2 bad input (as no deployment here)
"""


def add_arguments(parser):
    """Add what the command takes."""
    parser.description += ' The first line is the verdict, with what to do.'
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('--json', action='store_true', help='for programs')
    parser.add_argument('--watch', metavar='SECONDS', nargs='?', const=PAUSE, type=arguments.seconds('--watch'),
                        help='look again and again (every %d s)' % PAUSE)
    arguments.add_deployment(parser)


def run(args):
    """Show the status; return the exit code."""
    if not args.watch:
        return look(args)
    code = 0
    try:
        while True:
            code = look(args, clear=sys.stdout.isatty())
            sys.stdout.flush()
            time.sleep(args.watch)
    except KeyboardInterrupt:
        return code


def look(args, clear=False):
    """Show the status once; return the exit code. clear: whether to do so on an empty screen."""
    seen = snapshot.take(arguments.load_controllers(args.deployment))
    found = summary.summarize(seen, judgement.judge(seen), noted_failover())
    if args.json:
        text = json.dumps(found, indent=None if args.watch else 2, sort_keys=True)
    else:
        text = screen.render(found, has_colours(sys.stdout))
    print(('\033[H\033[2J' if clear and not args.json else '') + text)
    return 0 if found['verdict'] == summary.HEALTHY else 1


def noted_failover():
    """Return the last failover that the log of the sentinel here tells of; None if it tells of none."""
    try:
        return last_failover(daemon_logs.failovers(daemon_logs.lines(daemon_logs.SENTINEL)))
    except EnvironmentError:
        return None


def has_colours(stream):
    """Return whether a stream is a terminal that shows colours, and nobody said otherwise (https://no-color.org)."""
    return stream.isatty() and not os.environ.get('NO_COLOR') and os.environ.get('TERM', 'dumb') != 'dumb'

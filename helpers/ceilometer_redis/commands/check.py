# SPDX-License-Identifier: Apache-2.0
"""Say to a monitoring system how the store, the cluster and the agents are.

What it needs is imported when it runs: whatever fails then is UNKNOWN, as a monitoring system expects.
"""
from __future__ import print_function

import argparse
import signal
import sys
import time

from ceilometer_redis import clock
from ceilometer_redis.commands import arguments
from ceilometer_redis.errors import one_line, quoted, system_error
from ceilometer_redis.files import silence
from ceilometer_redis.health import ranges

#: Seconds after which it gives up.
TIMEOUT = 10

#: Seconds between two looks while it waits.
PAUSE = 5

#: Of its seconds, what an existing service gets: when that is late the check still has the rest to say so.
PATIENCE = 0.8

CRITICAL, UNKNOWN = 2, 3

EXAMPLES = """\
It prints one line with performance data. RANGE is of the replication lag in
seconds, as Nagios has it: 10 (alert outside 0 to 10), 5: (below 5), ~:10
(above 10), @5:10 (within). Without one, more than 10 is a WARNING.

examples:
  ceilometer-redis check
  ceilometer-redis check -w 5 -c 30 -t 20
  ceilometer-redis check --prometheus /var/lib/node_exporter/store.prom

exit codes:
  0 OK
  1 WARNING   a second failure would break the promise, or has no remedy
  2 CRITICAL  the promise is broken: nobody polls, no master, two, no writes
  3 UNKNOWN   bad arguments, no deployment here, or it failed itself
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('-w', '--warning', metavar='RANGE', type=lag, help='of lag that is a WARNING')
    parser.add_argument('-c', '--critical', metavar='RANGE', type=lag, help='of lag that is CRITICAL')
    parser.add_argument('-t', '--timeout', metavar='SECONDS', type=seconds, default=TIMEOUT,
                        help='for a look (%(default)s)')
    parser.add_argument('--wait', metavar='SECONDS', type=seconds, default=0,
                        help='look again for so long, while it is CRITICAL')
    parser.add_argument('--prometheus', metavar='FILE', help="for node_exporter's textfile collector, besides")
    arguments.add_deployment(parser)
    parser.error = refuse


def lag(text):
    """Return a text that is a range of numbers; a type for argparse."""
    try:
        return ranges.parse_range(text)
    except ValueError:
        raise argparse.ArgumentTypeError('no range, as 10, 5:10, ~:10 or @5:10: %s' % one_line(quoted(text)))


def seconds(text):
    """Return a number of seconds; a type for argparse."""
    try:
        return arguments.parse_seconds(text)
    except ValueError:
        raise argparse.ArgumentTypeError('no number of seconds, up to a day: %s' % one_line(quoted(text)))


def refuse(message):
    """Say that the arguments are wrong, and end."""
    raise SystemExit(say(UNKNOWN, unknown(message)))


def say(code, line):
    """Print the line; return the exit code, of UNKNOWN if nobody can read that line."""
    try:
        print(line)
        sys.stdout.flush()
    except EnvironmentError:
        silence(sys.stdout)
        return UNKNOWN
    return code


def unknown(message):
    """Return the line that says why nothing is known."""
    return 'CEILOMETER-REDIS UNKNOWN - %s' % one_line(message)[:200].replace('|', '/')


class TimedOut(Exception):
    """The check took too long."""


def run(args):
    """Check, again and again while there is time and it is CRITICAL; return the exit code."""
    deadline = clock.uptime() + args.wait
    while True:
        code, line = look(args)
        if code < CRITICAL or clock.uptime() + PAUSE > deadline:
            return say(code, line)
        time.sleep(PAUSE)


def look(args):
    """Return (exit code, line) of one look."""
    def give_up(*_):
        raise TimedOut('no answer within %g s' % args.timeout)
    former = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, args.timeout)
    try:
        return check(args)
    except EnvironmentError as failure:
        reason = system_error(failure)
    except Exception as failure:  # a monitoring system understands nothing else
        reason = '%s' % failure or type(failure).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    if args.prometheus:
        forget(args.prometheus)
    return UNKNOWN, unknown(reason)


def forget(path):
    """Let metrics say that nothing is known, rather than what was; why they cannot be written matters less."""
    try:
        from ceilometer_redis.health import prometheus
        prometheus.write(path, prometheus.render(prometheus.unknown()))
    except Exception:  # as without python-redis
        pass


def check(args):
    """Return (exit code, line) of a check."""
    from ceilometer_redis.health import judgement, nagios, prometheus, snapshot
    seen = snapshot.take(arguments.load_controllers(args.deployment),
                         service_bound=min(snapshot.SERVICE_BOUND, PATIENCE * args.timeout))
    findings, code = nagios.with_ranges(seen, judgement.judge(seen), args.warning, args.critical)
    if args.prometheus:
        prometheus.write(args.prometheus, prometheus.render(prometheus.metrics(seen, findings, code)))
    return code, nagios.line(seen, findings, code, args.warning, args.critical)

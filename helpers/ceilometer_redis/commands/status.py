# SPDX-License-Identifier: Apache-2.0
"""Show the store as this controller sees it."""
from __future__ import print_function

import json

from ceilometer_redis.commands import arguments
from ceilometer_redis.coordination import coordinator
from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import has_store, service_of
from ceilometer_redis.guard import notes
from ceilometer_redis.store import health
from ceilometer_redis.store.connection import translate_redis_errors


def add_arguments(parser):
    """Add what the command takes."""
    parser.add_argument('--json', action='store_true', help='for programs')
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Show the status; return the exit code."""
    deployment = document.load(args.deployment)
    if has_store(deployment):
        status = health.status(deployment)
    else:
        status = {'service': service_of(deployment),
                  'problems': coordinator.problems(deployment['coordination']['backend_url'])}
    if deployment['guard']:
        status['guard'] = notes.state()
        status['problems'] += notes.problems(status['guard'])
    print(json.dumps(status, indent=2, sort_keys=True) if args.json else table(status))
    return 1 if status['problems'] else 0


def table(status):
    """Return the status as lines for people."""
    if 'service' in status:
        return '\n'.join(['service: %s' % status['service']] + guard_lines(status) + verdict_lines(status))
    lines = ['%-12s %-16s %-7s %-5s %-16s %9s %8s' % ('controller', 'address', 'role', 'link', 'sentinel names',
                                                      'sentinels', 'replicas')]
    for row in status['controllers']:
        lines.append('%-12s %-16s %-7s %-5s %-16s %9s %8s' % tuple(
            '-' if row[key] is None else row[key]
            for key in ('name', 'address', 'role', 'link', 'sentinel_master', 'sentinels', 'replicas')))
    return '\n'.join(lines + guard_lines(status) + verdict_lines(status))


def guard_lines(status):
    """Return a line for each agent that the guard here looks after."""
    return ['guard: %s: %s (%s)' % (service, seen['verdict'], seen['reason'])
            for service, seen in sorted(((status.get('guard') or {}).get('agents') or {}).items())]


def verdict_lines(status):
    """Return a line for each problem, or the one that says that there is none."""
    return ['problem: ' + problem for problem in status['problems']] or ['healthy']

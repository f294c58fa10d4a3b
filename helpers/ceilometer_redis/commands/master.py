# SPDX-License-Identifier: Apache-2.0
"""Print where the redis master is."""
from __future__ import print_function

import sys

from ceilometer_redis.commands import arguments
from ceilometer_redis.errors import NotDone
from ceilometer_redis.store.connection import translate_redis_errors
from ceilometer_redis.store.master import RUNNING, find_master
from ceilometer_redis.store.queries import redis_info

#: Where an answer comes from that no running master or sentinel gave, by the source.
HEARSAY = {'replica': 'its replicas still follow it', 'sentinel.conf': 'the sentinel.conf here names it',
           'fuel': "it is the primary controller in Fuel's data"}

EXAMPLES = """\
It prints ADDRESS PORT: by the sentinels and the redis servers that run, else
by what was last known, else by Fuel's role list, and says on standard error
when nobody answers.

examples:
  ceilometer-redis master
  address=$(ceilometer-redis master --running) || echo 'no store'

exit codes:
  0 printed, 1 --running and no master runs, 2 bad input
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('--running', action='store_true', help='only one that runs and says itself that it is master')
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Print address and port; return the exit code."""
    deployment = arguments.load_with_store(args.deployment)
    master = find_master(deployment)
    if args.running and (redis_info(deployment, master.address) or {}).get('role') != 'master':
        raise NotDone('no redis master runs; the last word is %s port %d' % (master.address, master.port))
    if master.source not in RUNNING:
        print('ceilometer-redis: warning: no redis master and no sentinel answers: %s' % HEARSAY[master.source],
              file=sys.stderr)
    print('%s %d' % (master.address, master.port))
    return 0

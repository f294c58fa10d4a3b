# SPDX-License-Identifier: Apache-2.0
"""Bring the running system to the deployment file."""
from __future__ import print_function

from ceilometer_redis import withdrawal
from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.history import journal
from ceilometer_redis.pacemaker import agents, daemons, predecessor
from ceilometer_redis.store import password, peers, sentinel, server
from ceilometer_redis.store.connection import translate_redis_errors

#: What can be applied, in the order of a deployment.
PARTS = (('predecessor', predecessor.apply_predecessor), ('resources', daemons.apply_resources),
         ('password', password.apply_password), ('redis', server.apply_redis), ('sentinel', sentinel.apply_sentinel),
         ('peers', peers.apply_peers), ('agents', agents.apply_agents),
         ('former-store', withdrawal.apply_former_store))

#: What applies to any environment; the rest is about a store that was deployed here.
ANYWHERE = ('predecessor', 'agents', 'former-store')

EXAMPLES = """\
A deployment calls it, part by part; by hand it mends what somebody else
changed. What is as it should be is left alone, no daemon is restarted, and the
master stays. The parts, in the order of a deployment:

  predecessor   what version 1.0 of the plugin left is taken away
  resources     the clones of redis and Sentinel in Pacemaker
  password      the password of all redis servers and sentinels
  redis         the settings of the redis server here
  sentinel      what the sentinel here watches, and its settings
  peers         each sentinel knows the controllers' and no others
  agents        the agents' clones, their guard and their constraints
  former-store  no store, where an existing service is used

examples:
  ceilometer-redis apply sentinel
      put right what the sentinel here was told
  ceilometer-redis apply redis --check
      say what would change, and change nothing

exit codes:
  0  done, or nothing to change
  1  not done, safe to try again; with --check: something would change
  2  bad input, nothing changed
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    names = [name for name, _ in PARTS]
    parser.add_argument('what', metavar='WHAT', type=arguments.one_of('WHAT', names), help=', '.join(names))
    arguments.add_check(parser)
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Apply one part; return the exit code."""
    load = document.load if args.what in ANYWHERE else arguments.load_with_store
    changed = dict(PARTS)[args.what](load(args.deployment), check=args.check)
    for line in changed:
        print('%s: %s%s' % (args.what, 'would change: ' if args.check else '', line))
        if not args.check:
            journal.note('apply', '%s: %s' % (args.what, line), part=args.what)
    if not changed:
        print('%s: nothing to change' % args.what)
    return 1 if args.check and changed else 0

# SPDX-License-Identifier: Apache-2.0
"""Let another controller be redis master."""
from __future__ import print_function

from ceilometer_redis.commands import arguments
from ceilometer_redis.history import journal
from ceilometer_redis.store.connection import translate_redis_errors
from ceilometer_redis.store.handover import handover

EXAMPLES = """\
For planned work on the controller that has the master: nothing is lost, and no
agent misses a beat. Where another one is master, nothing happens. Pacemaker
does it by itself before it stops redis.

examples:
  ceilometer-redis handover
      before you reboot this controller

exit codes:
  0  another controller is master now, or was before
  1  no sentinel starts or ends the change
  2  bad input
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Hand over; return the exit code."""
    deployment = arguments.load_with_store(args.deployment)
    address = handover(deployment)
    if address:
        own = deployment['node']['address']
        journal.note('handover', 'redis master %s -> %s, handed over' % (own, address), to=address, **{'from': own})
    print('the redis master is now %s' % address if address else 'nothing to hand over: not a master with replicas')
    return 0

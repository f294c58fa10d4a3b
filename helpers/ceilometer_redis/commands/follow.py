# SPDX-License-Identifier: Apache-2.0
"""Follow the redis master that replaces the one here."""
from __future__ import print_function

from ceilometer_redis.commands import arguments
from ceilometer_redis.history import journal
from ceilometer_redis.store.connection import translate_redis_errors
from ceilometer_redis.store.handover import follow

EXAMPLES = """\
The OCF agent of redis calls it after the start of a server that was master:
while the sentinels replace it, agents would go on with it. It waits until all
of them agree, 15 s at most.

examples:
  ceilometer-redis follow
      after a redis server was started by hand

exit codes:
  0  it follows, or is master itself
  1  the sentinels do not agree in time
  2  bad input
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Follow; return the exit code."""
    address = follow(arguments.load_with_store(args.deployment))
    if address:
        journal.note('handover', 'the redis server here follows %s' % address, to=address)
    print('the redis server here follows %s' % address if address else 'nobody to follow: no master that is replaced')
    return 0

# SPDX-License-Identifier: Apache-2.0
"""Let another controller be redis master."""
from __future__ import print_function

from ceilometer_redis.commands import arguments
from ceilometer_redis.store.connection import translate_redis_errors
from ceilometer_redis.store.handover import handover


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Hand over; return the exit code."""
    address = handover(arguments.load_with_store(args.deployment))
    print('the redis master is now %s' % address if address else 'nothing to hand over: not a master with replicas')
    return 0

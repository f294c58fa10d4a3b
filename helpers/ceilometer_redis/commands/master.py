# SPDX-License-Identifier: Apache-2.0
"""Print where the redis master is."""
from __future__ import print_function

from ceilometer_redis.commands import arguments
from ceilometer_redis.store.connection import translate_redis_errors
from ceilometer_redis.store.master import find_master


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Print address and port; return the exit code."""
    master = find_master(arguments.load_with_store(args.deployment))
    print('%s %d' % (master.address, master.port))
    return 0

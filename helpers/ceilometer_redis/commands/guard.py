# SPDX-License-Identifier: Apache-2.0
"""Guard the agents of this controller until one needs a restart."""

from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.guard import loop
from ceilometer_redis.store.connection import translate_redis_errors


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Guard; return the exit code: 1, by which Pacemaker sees that the agents here have to be restarted."""
    loop.guard_of(document.load(args.deployment)).watch()
    return 1

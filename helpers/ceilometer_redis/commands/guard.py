"""The command guard: guard the agents of this controller until one needs a restart."""

import signal
import sys

from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.guard import loop
from ceilometer_redis.store.connection import translate_redis_errors


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Guard; returns the exit code: 1, by which Pacemaker sees that the agents here have to be restarted."""
    # As an exit: what is connected, or written beside a file, is put in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    loop.guard_of(document.load(args.deployment)).watch()
    return 1

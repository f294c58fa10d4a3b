# SPDX-License-Identifier: Apache-2.0
"""Take back what the plugin did on this node."""
from __future__ import print_function

import errno
import os
import sys

from ceilometer_redis import withdrawal
from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import PARTS, is_controllers
from ceilometer_redis.files import silence
from ceilometer_redis.fuel import plugin
from ceilometer_redis.history import journal

EXAMPLES = """\
What Fuel does not do when the plugin is switched off: the agents'
configuration becomes Fuel's again, one agent polls, the store ends. Run it on
every controller, each waits for the others, and on compute nodes whose agents
coordinate. Nothing is deleted: data and configuration get another name.

examples:
  ceilometer-redis withdraw --check
      say what would change
  ceilometer-redis withdraw
      do it, on every controller at once

exit codes:
  0  done, or nothing to do
  1  not done, safe to try again; with --check: something would change
  2  bad input, nothing changed
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_check(parser)
    parser.add_argument('--switched-off', action='store_true', help="only if Fuel's data say that the plugin is off")
    arguments.add_deployment(parser)


def run(args):
    """Withdraw; return the exit code."""
    if not os.path.exists(args.deployment):
        say('nothing to change, %s is not there' % args.deployment)
        return 0
    deployment = document.load(args.deployment, PARTS)
    on_controller = is_controllers(deployment)
    if args.switched_off and not withdrawal.is_plugin_off():
        say('nothing to change, the plugin is not switched off')
        return 0
    if args.check:
        return say_changes(withdrawal.check(deployment) if on_controller else withdrawal.check_compute())
    if on_controller:
        withdrawal.withdraw(deployment, say_and_note, plugin.switched_off if args.switched_off else lambda: True)
    else:
        withdrawal.withdraw_compute(say_and_note)
    return 0


def say_changes(found):
    """Say what would change; return the exit code."""
    for line in found:
        say('would change: %s' % line)
    if not found:
        say('nothing to change')
    return 1 if found else 0


def say_and_note(sentence):
    """Print a sentence about what was done, and note it."""
    say(sentence)
    journal.note('withdrawal', sentence)


def say(sentence):
    """Print a sentence at once: others may be waited for now, and somebody may read this.

    Where nobody does any more, as with `| head`, a withdrawal that has begun is done all the same.
    """
    try:
        print('withdraw: ' + sentence)
        sys.stdout.flush()
    except EnvironmentError as error:
        if error.errno != errno.EPIPE:
            raise
        silence(sys.stdout)

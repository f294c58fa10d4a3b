# SPDX-License-Identifier: Apache-2.0
"""Guard the agents of this controller until one needs a restart."""

from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.guard import loop
from ceilometer_redis.store.connection import translate_redis_errors

EXAMPLES = """\
Pacemaker runs it, one on each controller, as p_ceilometer-redis-guard. It puts
agents that the others have lost back into their group, ends the memberships of
the dead, and ends itself when an agent has to be restarted: Pacemaker does it.
It says what it does in syslog, tag ceilometer-redis-guard. Do not start a
second one.

examples:
  crm_resource --cleanup --resource p_ceilometer-redis-guard
      let Pacemaker start it again after failures
  grep ceilometer-redis-guard /var/log/syslog
      what it saw, and why it ended

exit codes:
  1  the agents of this controller are to be restarted, or it could not begin
  2  bad input
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Guard; return the exit code: 1, by which Pacemaker sees that the agents here have to be restarted."""
    loop.guard_of(document.load(args.deployment)).watch()
    return 1

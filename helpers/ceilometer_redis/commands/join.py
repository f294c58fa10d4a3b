# SPDX-License-Identifier: Apache-2.0
"""Prove that the agents here can coordinate, join an existing service."""
from __future__ import print_function

from ceilometer_redis.commands import arguments
from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import PARTS, is_controllers
from ceilometer_redis.guard import joining
from ceilometer_redis.store.connection import translate_redis_errors

EXAMPLES = """\
A deployment calls it before it gives the URL to the agents: it makes a
coordinator of it, under each Python of an agent that coordinates here, and is
for a moment a member of a group of its own at an existing service. Nothing is
changed.

examples:
  ceilometer-redis join
      say if the agents here can reach the service of the settings

exit codes:
  0  they can
  1  the service does not answer, or refuses
  2  bad input, or something is missing on this node
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_deployment(parser)


@translate_redis_errors
def run(args):
    """Join; return the exit code."""
    deployment = document.load(args.deployment, PARTS)
    if is_controllers(deployment):
        deployment = document.load(args.deployment)
    else:
        document.refuse_other_urls(args.deployment, deployment)
    joining.join(deployment)
    print('join: %s can be used by the agents here' % deployment.get('coordination', {}).get('service', 'the store'))
    return 0

# SPDX-License-Identifier: Apache-2.0
"""Read Fuel's data, write the deployment file."""
from __future__ import print_function

import os
import sys

from ceilometer_redis.commands import arguments
from ceilometer_redis.coordination import agents_python, meters
from ceilometer_redis.deployment import build, differences, document, former
from ceilometer_redis.fuel import astute
from ceilometer_redis.history import journal

EXAMPLES = """\
The first step of a deployment. It proves the settings and what the node's
agents are, computes what everything else reads, and prints what is new in the
file, its secrets left out. What was in the file before is kept as
FILE.previous.

examples:
  ceilometer-redis deployment --check
      say what Fuel's data would change
  ceilometer-redis deployment --output /tmp/new.yaml
      write another file, to be looked at

exit codes:
  0  written, or nothing to change
  1  with --check: something would change
  2  bad input: the line names the setting; nothing written
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    arguments.add_check(parser)
    parser.add_argument('--astute', default=astute.ASTUTE, metavar='FILE', help="Fuel's data (%(default)s)")
    parser.add_argument('--hiera', default=astute.HIERA, metavar='DIRECTORY',
                        help="Fuel's data where that file holds none (%(default)s)")
    parser.add_argument('--output', default=document.PATH, metavar='FILE', help='the deployment file (%(default)s)')


def run(args):
    """Write the deployment file; return the exit code."""
    tooz_version = agents_python.installed_tooz()
    deployment = build.build(astute.read(args.astute, args.hiera), tooz_version)
    own_dir = os.path.dirname(args.output)
    build.refuse_other_ports(deployment, own_dir)
    former.keep_former(deployment, args.output, os.path.join(own_dir, 'redis'))
    former.keep_released(deployment, args.output)
    if build.PREFIX in deployment['options']:
        meters.refuse_overlaps(deployment['options'][build.PREFIX]['value'])
    for sentence in build.warnings(deployment, tooz_version):
        print('ceilometer-redis: warning: %s' % sentence, file=sys.stderr)
    found = differences.changes(deployment, args.output)
    if not found:
        print('%s: nothing to change' % args.output)
        return 0
    if not args.check:
        document.write(deployment, args.output)
        # Another file is none of this node's.
        for line in found if args.output == document.PATH else []:
            journal.note('deployment', line)
    print('\n'.join(found))
    print('%s: %s' % (args.output, 'would be written' if args.check else 'written'))
    return 1 if args.check else 0

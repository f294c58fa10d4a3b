# SPDX-License-Identifier: Apache-2.0
"""Print the backend_url of the agents here."""
from __future__ import print_function

import os
import re
import sys

from ceilometer_redis.commands import arguments
from ceilometer_redis.coordination import service
from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import COMPUTE_URL, PARTS, is_controllers
from ceilometer_redis.errors import BadInput
from ceilometer_redis.files import read_text

#: The file that an agent's project reads.
CONF = '/etc/%s/%s.conf'

EXAMPLES = """\
The URL by which tooz reaches the store from this node, as the deployment file
has it, in one line. Only root can read that file. A configuration file of the
agents that has another URL is named on standard error.

examples:
  ceilometer-redis url
      the URL with *** for its password
  ceilometer-redis url --show-password
      the URL for a client of your own: keep it off the screen

exit codes:
  0  printed, and what the agents here are configured with
  1  printed, but a configuration file has another one
  2  bad input: not root, or nothing coordinates on this node
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('--show-password', action='store_true', help='print it as it is; for root')
    arguments.add_deployment(parser)


def run(args):
    """Print the URL; return the exit code."""
    if args.show_password and os.geteuid():
        raise BadInput('--show-password', 'be given by root')
    deployment = document.load(args.deployment, PARTS)
    if is_controllers(deployment):
        deployment = document.load(args.deployment)
        url = deployment['coordination']['backend_url']
        projects = sorted(set(agent['config'] for agent in deployment['agents'].values()))
    else:
        document.refuse_other_urls(args.deployment, deployment)
        url, projects = deployment['options'].get(COMPUTE_URL, {}).get('value'), ['ceilometer']
    if url is None:
        raise BadInput('node', 'be one whose agents coordinate', advice='here the setting for compute agents is off')
    print(url if args.show_password else service.masked(url))
    others = [path for path in (CONF % (project, project) for project in projects) if configured(path) != url]
    for path in others:
        print('ceilometer-redis: warning: %s has another backend_url, or none: deploy the plugin again' % path,
              file=sys.stderr)
    return 1 if others else 0


def configured(path):
    """Return the backend_url in a configuration file of oslo.config, None if there is none."""
    section = None
    for line in read_text(path).splitlines():
        section = line.strip() if line.startswith('[') else section
        found = re.match(r'backend_url\s*=\s*(\S+)\s*\Z', line)
        if found and section == '[coordination]':
            # A single $ is the beginning of a variable there.
            return found.group(1).replace('$$', '$')
    return None

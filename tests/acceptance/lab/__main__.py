# SPDX-License-Identifier: Apache-2.0
"""python3 -m lab up | deploy | status | down"""

import argparse
import sys
import time

from lab import astute, hosts, master, plugin
from lab.failure import Failure
from lab.lab import Lab


def up(say):
    """Bring the lab up."""
    Lab().up(say)
    say(f'the lab is up; look at it with: ssh -F {hosts.STATE}/ssh_config node-1')


def deploy(say):
    """Install the built plugin on the master, deploy it on the controllers."""
    lab = Lab.attach()
    package = plugin.packages()['fp']
    say(f'master: installing {package.name}')
    master.install(lab.master, package)
    astute.deploy(lab, say=say)


def status(_):
    """Print every host, and the cluster as the first controller that is on sees it."""
    lab = Lab.attach()
    for host in lab.present:
        print(f'{host.name:10} {host.address:14} {"on" if host.pid() else "off"}')
    running = [host for host in lab.controllers if host.pid()]
    if running:
        print(running[0].run('crm_mon --one-shot', check=False).stdout, end='')


def down(say):
    """Remove the lab; the cached trees stay."""
    Lab().down(say)


COMMANDS = {command.__name__: command for command in (up, deploy, status, down)}


def main(arguments=None):
    """Run one command; 0 done, 2 not possible, and one line says why."""
    parser = argparse.ArgumentParser(prog='python3 -m lab', description='The acceptance lab.')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__)
    command = parser.parse_args(arguments).command
    started = time.monotonic()
    try:
        COMMANDS[command](lambda text: print(f'[{time.monotonic() - started:5.1f} s] {text}', flush=True))
    except Failure as failure:
        print(f'lab: {failure}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())

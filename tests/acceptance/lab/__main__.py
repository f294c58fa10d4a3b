"""python3 -m lab up | down | status"""

import argparse
import subprocess
import sys
import time

from lab.failure import Failure
from lab.lab import Lab


def status(lab):
    """Print every host and the cluster as the first controller that is on sees it."""
    for host in lab.hosts.values():
        print(f'{host.name:10} {host.address:14} {"on" if host.pid() else "off"}')
    for host in lab.controllers:
        if host.pid():
            print(host.run('crm_mon --one-shot', check=False).stdout)
            break


def main(arguments=None):
    """Run one command; 0 done, 2 not possible (one line says why)."""
    parser = argparse.ArgumentParser(prog='python3 -m lab', description='The acceptance lab.')
    parser.add_argument('command', choices=('up', 'down', 'status'))
    command = parser.parse_args(arguments).command
    started = time.monotonic()

    def say(text):
        print(f'[{time.monotonic() - started:5.1f} s] {text}', flush=True)
    try:
        if command == 'up':
            Lab().up(say)
            say('the lab is up')
        elif command == 'down':
            Lab().down(say)
        else:
            status(Lab.attach())
    except Failure as failure:
        print(f'lab: {failure}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())

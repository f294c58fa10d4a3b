# SPDX-License-Identifier: Apache-2.0
"""What the lab needs of the machine, named one by one when it is missing."""

import os
import pathlib
import re
import shutil
import subprocess

from lab import hosts
from lab.failure import Failure

# A program of each package in packages.txt.
PROGRAMS = {
    'debootstrap': 'debootstrap', 'iproute2': 'ip', 'iptables': 'iptables', 'openssh-client': 'ssh', 'procps': 'pgrep',
    'systemd-container': 'systemd-nspawn', 'util-linux': 'setpriv',
}


def check_root():
    """Raises Failure unless this is root, LAB, if set, a digit, and PLATFORM, if set, one that there is."""
    if os.geteuid() != 0:
        raise Failure('the lab makes containers and needs root: run it as root or with sudo')
    if not re.fullmatch('[0-9]', hosts.NUMBER):
        raise Failure(f'LAB: {hosts.NUMBER!r} is no lab; allowed is one digit, 0 by default')
    if hosts.PLATFORM not in hosts.PLATFORMS:
        raise Failure(f'PLATFORM: {hosts.PLATFORM!r} is none, allowed: {", ".join(hosts.PLATFORMS)}')


def check():
    """Raises Failure naming the first thing that is missing and how to get it."""
    check_root()
    missing = [package for package, program in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        raise Failure(f'Debian packages missing: apt-get install {" ".join(missing)}')
    if 'overlay' not in pathlib.Path('/proc/filesystems').read_text().split():
        raise Failure('the kernel offers no overlayfs: load it (modprobe overlay) or take another machine')
    for option, name in (('--mount', 'mount'), ('--net', 'network'), ('--pid', 'process')):
        if subprocess.run(['unshare', option, '--fork', 'true'], stderr=subprocess.DEVNULL).returncode:
            raise Failure(f'no {name} namespaces here ("unshare {option}" fails): take a machine of its own or a '
                          'privileged container')

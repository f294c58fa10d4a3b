# SPDX-License-Identifier: Apache-2.0
"""The bridge all hosts are on. The machine has an address there; nothing is routed or translated."""

import pathlib
import subprocess

from lab.failure import Failure
from lab.hosts import BRIDGE, MACHINE


def create():
    """Create the bridge and give the machine its address."""
    _ip('link', 'add', BRIDGE, 'type', 'bridge')
    _ip('address', 'add', f'{MACHINE}/24', 'dev', BRIDGE)
    _ip('link', 'set', BRIDGE, 'up')


def remove():
    """Remove the bridge, if there."""
    if pathlib.Path('/sys/class/net', BRIDGE).exists():
        _ip('link', 'delete', BRIDGE)


def _ip(*arguments):
    result = subprocess.run(['ip', *arguments], stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise Failure(f'ip {" ".join(arguments)}: {result.stderr.strip()}')


def partition(hosts, others):
    """Cut ``hosts`` off from ``others``, both ways, at once for every kind of traffic."""
    for host in hosts:
        drop(host, *(f'{chain} -{end} {other.address}' for other in others
                     for chain, end in (('INPUT', 's'), ('OUTPUT', 'd'))))


def drop(host, *rules):
    """Drop on a host what rules of iptables match, each a chain and matches, at once."""
    treat(host, *(f'{rule} -j DROP' for rule in rules))


def treat(host, *rules):
    """Have rules of iptables on a host, each a chain, matches and a target, at once."""
    host.run(' && '.join(f'iptables -I {rule} -m comment --comment lab-partition' for rule in rules))


def heal(hosts):
    """Undo every partition and every such rule on ``hosts``."""
    for host in hosts:
        host.run("iptables-save | sed -n '/lab-partition/s/^-A/iptables -D/p' | sh")

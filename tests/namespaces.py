# SPDX-License-Identifier: Apache-2.0
"""Hosts on one machine: a network namespace each, with an address of its own, on a bridge.

Daemons of several controllers differ by their addresses: Redis of Fuel's era takes the source of a link for the address
of a replica. The tests run in a network namespace of their own (`unshare --net`), so they reach these hosts and nothing
else. A host may have files and processes of its own besides, which takes root.
"""

import subprocess

#: The last number of this process's own address in the network.
OWN = 254

#: Options of nsenter for a holder. That of a pid namespace is not in it itself.
NETWORK = ('--net=/proc/%d/ns/net',)
WHOLE = NETWORK + ('--mount=/proc/%d/ns/mnt', '--pid=/proc/%d/ns/pid_for_children')


class Network(object):
    """Hosts on a bridge, 10.77.NUMBER.1 to .COUNT; processes of one namespace that have a number each share it.

    whole: each has mount and pid namespaces as well, so all its processes end with it. Raises RuntimeError unless this
    process is in a network namespace of its own.
    """

    def __init__(self, number, count, whole=False):
        refuse_the_machines_own()
        self.whole = whole
        self.bridge = 'bridge%d' % number
        self.prefix = '10.77.%d.' % number
        self.addresses = [self.prefix + str(index + 1) for index in range(count)]
        self.holders = []
        ip('link set lo up', 'link add %s type bridge' % self.bridge, 'link set %s up' % self.bridge,
           'address add %s%d/24 dev %s' % (self.prefix, OWN, self.bridge))
        for index, address in enumerate(self.addresses):
            self.holders.append(hold(whole))
            outer, pid = 'host%d-%d' % (number, index), self.holders[-1].pid
            ip('link add %s master %s type veth peer name eth0 netns %d' % (outer, self.bridge, pid),
               'link set %s up' % outer)
            ip('link set lo up', 'address add %s/24 dev eth0' % address, 'link set eth0 up', inside=pid)

    def command(self, index, *words):
        """The words of a command as one that runs on a host."""
        places = [option % self.holders[index].pid for option in (WHOLE if self.whole else NETWORK)]
        return ['nsenter'] + places + list(words)

    def path(self, index, path):
        """Where this process finds a file of a host."""
        return '/proc/%d/root%s' % (self.holders[index].pid, path)

    def end(self):
        """Remove the hosts; what still runs on them has no network any more."""
        for holder in self.holders:
            holder.kill()
            holder.wait()
        ip('link delete ' + self.bridge)


def hold(whole=False):
    """Start a process with namespaces of its own; returns it when it has them. It ends with this one, however."""
    command = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--net']
    if whole:
        command += ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    # The first process of a pid namespace inherits the orphans; one that ignores their ends leaves no zombies.
    command += ['sh', '-c', 'echo; exec env --ignore-signal=CHLD sleep infinity']
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    holder.stdout.readline()
    return holder


def ip(*lines, **place):
    """Run commands of iproute2, in the namespace of the process `inside` if there is one."""
    command = ['nsenter', '--net=/proc/%d/ns/net' % place['inside']] if place else []
    process = subprocess.Popen(command + ['ip', '-batch', '-'], stdin=subprocess.PIPE)
    process.communicate('\n'.join(lines).encode('ascii'))
    if process.returncode:
        raise RuntimeError('ip: ' + '; '.join(lines))


def refuse_the_machines_own():
    with open('/proc/net/dev') as lines:
        names = [line.partition(':')[0].strip() for line in list(lines)[2:]]
    if any(name != 'lo' and not name.startswith(('bridge', 'host')) for name in names):
        raise RuntimeError('these tests run in a network namespace of their own: make test-store, or '
                           'unshare --map-root-user --net before the command')

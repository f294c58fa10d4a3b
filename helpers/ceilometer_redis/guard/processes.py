# SPDX-License-Identifier: Apache-2.0
"""Processes of this host: which of them have an agent's words, what they are and what they have open."""

import collections
import os
import re
import socket
import struct

from ceilometer_redis import clock

#: Programs of an agent. A compute or IPMI agent is another agent.
PROGRAMS = {'ceilometer-agent-central': r'ceilometer-(polling|agent-central)\b(?!.*(compute|ipmi))',
            'ceilometer-agent-notification': r'ceilometer-agent-notification\b',
            'ceilometer-alarm-evaluator': r'ceilometer-alarm-evaluator\b',
            'aodh-evaluator': r'aodh-evaluator\b'}

#: What may stand before the program on a command line: not an editor or a shell that has its name for an argument.
INTERPRETER = r'(\S*python\S* )?(-\S+ )*(\S*/)?'

#: Bytes of a command line that are read: anybody may have a long one.
WORDS = 4096

#: A process of this host: its pid, and when it started, in clock ticks since the boot.
Process = collections.namedtuple('Process', 'pid started')


def of_services(services):
    """Return {service: the living Processes that have the words of its agent}, from one look at the host.

    Anybody can give a process these words: see supervisor.
    """
    found = dict((service, []) for service in services)
    for pid in (int(name) for name in os.listdir('/proc') if name.isdigit()):
        try:
            words = command_line(pid)
            for service in services:
                if is_agent(service, words):
                    found[service].append(Process(pid, started(pid)))
        except EnvironmentError:
            continue  # it has just ended
    return found


def command_line(pid):
    """Return the words of a process's command, or the title that it gave itself."""
    with open('/proc/%d/cmdline' % pid, 'rb') as words:
        return words.read(WORDS).decode('utf-8', 'replace').replace('\0', ' ')


def is_agent(service, command_line):
    """Return whether a command line, or the title that agents since Pike give themselves, is the agent's."""
    return re.match(INTERPRETER + PROGRAMS[service], command_line) is not None


def workers(processes):
    """Return those of a service's processes that none of the others is a child of: who works, and beats."""
    parents = set()
    for process in processes:
        try:
            parents.add(int(stat_fields(process.pid)[1]))
        except EnvironmentError:
            continue  # it has just ended
    return [process for process in processes if process.pid not in parents]


def started(pid):
    """Return when a process started, in clock ticks since the boot."""
    return int(stat_fields(pid)[19])


def stat_fields(pid):
    """Return the fields of /proc/PID/stat that follow the program's name, the third being the first here."""
    with open('/proc/%d/stat' % pid, 'rb') as stat:
        return stat.read().rpartition(b')')[2].split()


def lineage(pid):
    """Return the pids of a process and of those that it comes from, up to the host's first or one that has ended."""
    found = [pid]
    try:
        while found[-1] > 1:
            found.append(int(stat_fields(found[-1])[1]))
    except EnvironmentError:
        pass
    return found


def users(pid):
    """Return the user ids of a process, as a set: the real one, which no program that it runs changes, and the others.

    Raises:
        EnvironmentError: It has ended.
    """
    with open('/proc/%s/status' % pid, 'rb') as status:
        return set(int(number) for line in status if line.startswith(b'Uid:') for number in line.split()[1:])


def namespace(pid, kind):
    """Return what names the namespace of a process (or 'self'); kind: pid, mnt.

    Raises:
        EnvironmentError: It has ended.
    """
    return os.readlink('/proc/%s/ns/%s' % (pid, kind))


def control_group(pid):
    """Return the path of a process's control group, as systemd has it; '' if it has ended."""
    try:
        with open('/proc/%d/cgroup' % pid, 'rb') as lines:
            groups = dict(line.rstrip(b'\n').split(b':', 2)[1:] for line in lines)
    except EnvironmentError:
        return ''
    # With both hierarchies, that of version 1 is systemd's.
    return groups.get(b'name=systemd', groups.get(b'', b'')).decode('utf-8', 'replace')


def age(process):
    """Return for how many seconds a process has been running."""
    return clock.uptime() - float(process.started) / os.sysconf('SC_CLK_TCK')


def open_files(process):
    """Return what a process has open, as a set: paths, and of sockets socket:[INODE].

    Raises:
        EnvironmentError: It has ended.
    """
    found = set()
    for entry in os.listdir('/proc/%d/fd' % process.pid):
        try:
            found.add(os.readlink('/proc/%d/fd/%s' % (process.pid, entry)))
        except EnvironmentError:
            continue  # closed meanwhile
    return found


def local_endpoints(process):
    """Return the local ends of a process's TCP connections, as redis prints them: 192.0.2.1:4711, [::1]:4711.

    Raises:
        EnvironmentError: It has ended.
    """
    inodes = set(target[8:-1] for target in open_files(process) if target.startswith('socket:['))
    found = set()
    for table in ('tcp', 'tcp6'):
        with open('/proc/%d/net/%s' % (process.pid, table)) as lines:
            for words in (line.split() for line in lines):
                if len(words) > 9 and words[9] in inodes:
                    found.add(as_redis_prints(words[1]))
    return found


def as_redis_prints(end):
    """Return an end of /proc/net/tcp (hexadecimal, the address in words of host order) as redis prints it."""
    address, port = end.split(':')
    numbers = [int(address[at:at + 8], 16) for at in range(0, len(address), 8)]
    words = struct.pack('=%dL' % len(numbers), *numbers)
    family, form = (socket.AF_INET, '%s:%d') if len(words) == 4 else (socket.AF_INET6, '[%s]:%d')
    return form % (socket.inet_ntop(family, words), int(port, 16))

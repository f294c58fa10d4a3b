"""Which member of a coordination group is which local agent, and the store's record of it.

An agent names itself by a uuid made at its start and tells nobody. But the store sees who writes a member's beat: with
MONITOR the client's address and port, which belong to a process of this host. That holds for every tooz (beats are
written with PSETEX or SET, by 0.13 of Kilo with SETEX where redis is older than 2.6) and needs nothing of the agent.
"""
import collections
import json
import os
import re
import socket
import struct

import redis

from ceilometer_redis import clock

#: Keys of tooz (0.13 to 9.1): the set of groups, a group's hash of members, a member's beat.
GROUPS, GROUP, BEAT = '_tooz_groups', '_tooz_group:', '_tooz_beats:'

#: The field and value that make a group exist for tooz.
CREATED = ('__created__', '1')

#: Members of one controller, for the other guards: a hash of member -> JSON list of groups.
REGISTRY = 'ceilometer-redis:members:'

#: Programs of an agent. A compute or IPMI agent is another agent.
PROGRAMS = {'ceilometer-agent-central': r'ceilometer-(polling|agent-central)\b(?!.*(compute|ipmi))',
            'ceilometer-agent-notification': r'ceilometer-agent-notification\b',
            'ceilometer-alarm-evaluator': r'ceilometer-alarm-evaluator\b',
            'aodh-evaluator': r'aodh-evaluator\b'}

#: What may stand before the program on a command line: not an editor or a shell that has its name for an argument.
INTERPRETER = r'(\S*python\S* )?(-\S+ )*(\S*/)?'

#: Seconds to wait for beats: tooz beats every 5 s with our backend_url, ceilometer up to Ocata and aodh every second.
LISTEN = 6

MONITORED = re.compile(r'[\d.]+ \[\d+ (\S+)\] "(?:set|setex|psetex)" "%s([^"]+)"' % BEAT, re.IGNORECASE)

#: A process of this host: its pid, and when it started, in clock ticks since the boot.
Process = collections.namedtuple('Process', 'pid started')

#: A member: its process, its id, and the value of its field in each group it has been in.
Member = collections.namedtuple('Member', 'process id groups')


def processes(services):
    """Return {service: its living Processes} of agents, from one look at the host."""
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
    with open('/proc/%d/cmdline' % pid, 'rb') as words:
        return words.read().decode('utf-8', 'replace').replace('\0', ' ')


def is_agent(service, command_line):
    """Return whether a command line, or the title that agents since Pike give themselves, is the agent's."""
    return re.match(INTERPRETER + PROGRAMS[service], command_line) is not None


def workers(processes):
    """Return those of a service's processes that none of the others is a child of: who works, and beats."""
    parents = set()
    for process in processes:
        try:
            parents.add(int(status(process.pid)[1]))
        except EnvironmentError:
            continue  # it has just ended
    return [process for process in processes if process.pid not in parents]


def started(pid):
    return int(status(pid)[19])


def status(pid):
    """Return the fields of /proc/PID/stat that follow the program's name, the third being the first here."""
    with open('/proc/%d/stat' % pid) as stat:
        return stat.read().rpartition(')')[2].split()


def age(process):
    """Return for how many seconds a process has been running."""
    return clock.uptime() - float(process.started) / os.sysconf('SC_CLK_TCK')


def open_files(process):
    """Return what a process has open: paths, and of sockets socket:[INODE]. Raises EnvironmentError if it has ended."""
    found = set()
    for entry in os.listdir('/proc/%d/fd' % process.pid):
        try:
            found.add(os.readlink('/proc/%d/fd/%s' % (process.pid, entry)))
        except EnvironmentError:
            continue  # closed meanwhile
    return found


def addresses(process):
    """Return the local ends of a process's TCP connections, as redis prints them: 192.0.2.1:4711, [::1]:4711."""
    inodes = set(target[8:-1] for target in open_files(process) if target.startswith('socket:['))
    found = set()
    for table in ('tcp', 'tcp6'):
        with open('/proc/%d/net/%s' % (process.pid, table)) as lines:
            for words in (line.split() for line in lines):
                if len(words) > 9 and words[9] in inodes:
                    found.add(printed(words[1]))
    return found


def printed(end):
    """Return an end of /proc/net/tcp (hexadecimal, the address in words of host order) as redis prints it."""
    address, port = end.split(':')
    numbers = [int(address[at:at + 8], 16) for at in range(0, len(address), 8)]
    words = struct.pack('=%dL' % len(numbers), *numbers)
    family, form = (socket.AF_INET, '%s:%d') if len(words) == 4 else (socket.AF_INET6, '[%s]:%d')
    return form % (socket.inet_ntop(family, words), int(port, 16))


def beats(client, wanted, seconds=LISTEN):
    """Return {name: member id} of those who beat within so many seconds; wanted is {name: addresses}.

    Listens to all that the master does (MONITOR), so it is for the moments after an agent's start only.
    """
    owners = dict((address, name) for name, found in wanted.items() for address in found)
    names, deadline = {}, clock.uptime() + seconds
    connection = client.connection_pool.make_connection()
    try:
        connection.send_command('monitor')
        connection.read_response()
        while len(names) < len(wanted) and clock.uptime() < deadline:
            line = connection.read_response()
            seen = MONITORED.match(line.decode('utf-8', 'replace') if isinstance(line, bytes) else line)
            if seen and seen.group(1) in owners:
                names[owners[seen.group(1)]] = seen.group(2)
    except redis.RedisError:
        pass  # silence or the end of the connection: what was heard counts
    finally:
        connection.disconnect()
    return names


def groups_of(client, member):
    """Return {group: value of the member's field} of the groups a member is in. The value is bytes: tooz's msgpack."""
    found = {}
    for group in client.smembers(GROUPS):
        value = client.hget(GROUP + text(group), member)
        if value is not None:
            found[text(group)] = value
    return found


def identify(client, living, seconds=LISTEN):
    """Return {service: Member} of the local agents, of those living, that beat within so many seconds.

    living: {service: Processes}, as processes() has them.
    """
    owners = dict(((service, process), addresses_or_none(process)) for service in living for process in living[service])
    found = {}
    for (service, process), member in beats(client, dict((owner, ends) for owner, ends in owners.items() if ends),
                                            seconds).items():
        found[service] = Member(process, member, groups_of(client, member))
    return found


def addresses_or_none(process):
    try:
        return addresses(process)
    except EnvironmentError:
        return set()  # it has just ended


def beat_left(client, member):
    """Return for how many milliseconds a member's last beat still counts; 0 without one."""
    return max(client.pttl(BEAT + member) or 0, 0)


def missing(client, member):
    """Return the groups that a Member has been in and is not in now."""
    return sorted(group for group in member.groups if client.hget(GROUP + group, member.id) is None)


def rejoin(client, member, group):
    """Put a Member back into a group, which tooz never does: its watchers, the member's own too, see a join."""
    client.sadd(GROUPS, group)
    client.hset(GROUP + group, *CREATED)
    client.hset(GROUP + group, member.id, member.groups[group])


def end(client, member, groups):
    """End a membership: the others share its resources at their next cycle, not when its beat has expired."""
    client.delete(BEAT + member)
    for group in groups:
        client.hdel(GROUP + group, member)


def publish(client, node, member):
    """Tell the other guards of a Member, who end it when this controller is gone."""
    client.hset(REGISTRY + node, member.id, json.dumps(sorted(member.groups)))


def published(client, node):
    """Return {member id: groups} that the guard of a controller published."""
    return dict((text(member), json.loads(text(groups)))
                for member, groups in client.hgetall(REGISTRY + node).items())


def withdraw(client, node, member):
    client.hdel(REGISTRY + node, member)


def text(value):
    return value.decode('utf-8')

"""Coordination groups as tooz keeps them in redis."""

import collections
import json
import re

import redis

from ceilometer_redis import clock
from ceilometer_redis.guard import processes

#: Keys of tooz (0.13 to 9.1): the set of groups, a group's hash of members, a member's beat.
GROUPS, GROUP, BEAT = '_tooz_groups', '_tooz_group:', '_tooz_beats:'

#: The field and value that make a group exist for tooz.
CREATED = ('__created__', '1')

#: Members of one controller, for the other guards: a hash of member -> JSON list of groups.
REGISTRY = 'ceilometer-redis:members:'

#: Seconds to wait for beats: tooz beats every 5 s with our backend_url, ceilometer up to Ocata and aodh every second.
LISTEN = 6

MONITORED = re.compile(r'[\d.]+ \[\d+ (\S+)\] "(?:set|setex|psetex)" "%s([^"]+)"' % BEAT, re.IGNORECASE)

#: A member: its process, its id, and the value of its field in each group it has been in.
Member = collections.namedtuple('Member', 'process id groups')


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
    owners = dict(((service, process), processes.local_ends_if_any(process))
                  for service in living for process in living[service])
    found = {}
    for (service, process), member in beats(client, dict((owner, ends) for owner, ends in owners.items() if ends),
                                            seconds).items():
        found[service] = Member(process, member, groups_of(client, member))
    return found


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

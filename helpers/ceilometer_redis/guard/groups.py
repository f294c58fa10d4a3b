# SPDX-License-Identifier: Apache-2.0
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

BEAT_SEEN = re.compile(r'[\d.]+ \[\d+ (\S+)\] "(?:set|setex|psetex)" "%s([^"]+)"' % BEAT, re.IGNORECASE)

#: A member: its process, its id, and the value of its field in each group it has been in.
Member = collections.namedtuple('Member', 'process id groups')


def listen(client, wanted, seconds=LISTEN):
    """Return {name: member id} of those who beat while it listens, which ends when all have.

    It hears all that the master does (MONITOR), so it is for the moments after an agent's start only.

    Args:
        client: That of the redis master.
        wanted: {name: endpoints of its connections, as local_endpoints() has them}.
        seconds: How long to listen.
    """
    owners = dict((address, name) for name, found in wanted.items() for address in found)
    names, deadline = {}, clock.uptime() + seconds
    connection = client.connection_pool.make_connection()
    try:
        connection.send_command('monitor')
        connection.read_response()
        while len(names) < len(wanted) and clock.uptime() < deadline:
            line = connection.read_response()
            seen = BEAT_SEEN.match(line.decode('utf-8', 'replace') if isinstance(line, bytes) else line)
            if seen and seen.group(1) in owners:
                names[owners[seen.group(1)]] = seen.group(2)
    except redis.RedisError:
        pass  # no word or the end of the connection: what was heard counts
    finally:
        connection.disconnect()
    return names


def groups_of(client, member):
    """Return {group: value of the member's field} of the groups a member is in. The value is bytes: tooz's msgpack."""
    found = {}
    for group in map(_text, client.smembers(GROUPS)):
        value = client.hget(GROUP + group, member)
        if value is not None:
            found[group] = value
    return found


def identify(client, living, seconds=LISTEN):
    """Return {agent: Member} of those local agents that beat within so many seconds; living: {agent: its Processes}."""
    wanted = {}
    for agent in living:
        for process in living[agent]:
            try:
                wanted[agent, process] = processes.local_endpoints(process)
            except EnvironmentError:
                continue  # it has just ended
    wanted = dict((owner, endpoints) for owner, endpoints in wanted.items() if endpoints)
    found = {}
    for (agent, process), member in listen(client, wanted, seconds).items():
        found[agent] = Member(process, member, groups_of(client, member))
    return found


def beat_left(client, member):
    """Return for how many milliseconds a member's last beat still counts; 0 without one."""
    return max(client.pttl(BEAT + member) or 0, 0)


def missing_groups(client, member):
    """Return the groups that a Member has been in and is not in now."""
    return sorted(group for group in member.groups if client.hget(GROUP + group, member.id) is None)


def rejoin(client, member, group):
    """Put a Member back into a group, which tooz never does: its watchers, the member's own too, see a join."""
    client.sadd(GROUPS, group)
    client.hset(GROUP + group, *CREATED)
    client.hset(GROUP + group, member.id, member.groups[group])


def end_membership(client, member, groups):
    """End a membership: the others share its resources at their next cycle, not when its beat has expired."""
    client.delete(BEAT + member)
    for group in groups:
        client.hdel(GROUP + group, member)


def publish(client, node, member):
    """Tell the other guards of a Member, who end it when this controller is gone."""
    client.hset(REGISTRY + node, member.id, json.dumps(sorted(member.groups)))


def published(client, node):
    """Return {member id: groups} that the guard of a controller published."""
    return dict((_text(member), json.loads(_text(groups)))
                for member, groups in client.hgetall(REGISTRY + node).items())


def unpublish(client, node, member):
    """Take back what was published of a member, by its id."""
    client.hdel(REGISTRY + node, member)


def _text(value):
    return value.decode('utf-8')

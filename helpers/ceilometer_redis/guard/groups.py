# SPDX-License-Identifier: Apache-2.0
"""Coordination groups as tooz keeps them in redis."""

import collections
import json
import re

import redis

from ceilometer_redis import clock
from ceilometer_redis.guard import notes, processes

#: Keys of tooz (0.13 to 9.1): the set of groups, a group's hash of members, a member's beat.
GROUPS, GROUP, BEAT = '_tooz_groups', '_tooz_group:', '_tooz_beats:'

#: The field and value that make a group exist for tooz.
CREATED = ('__created__', '1')

#: Members of one controller, for the other guards: a hash of member -> JSON list of groups.
REGISTRY = 'ceilometer-redis:members:'

#: Seconds to wait for beats: tooz beats every 5 s with our backend_url, ceilometer up to Ocata and aodh every second.
LISTEN = 6

#: Milliseconds for which a beat may count, and bytes of a member's field in a group. More is nobody's of tooz.
LONGEST_BEAT, LONGEST_FIELD = 3600000, 65536

#: Commands that are sent together: a client of the store may have made any number of groups.
TOGETHER = 500

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
    listed, = _ask(client, [('SMEMBERS', GROUPS)])
    names = _texts(listed or [], GROUPS)
    values = zip(names, _ask(client, [('HGET', GROUP + name, member) for name in names]))
    found = dict((name, value) for name, value in values if value is not None)
    for name in [name for name in found if len(found[name]) > LONGEST_FIELD]:
        notes.log_once('%s%s is passed over: a field of it is too long' % (GROUP, name))
        del found[name]
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
    """Return for how many milliseconds a member's last beat still counts; 0 without one, or with somebody else's."""
    left = client.pttl(BEAT + member) or 0
    return left if 0 < left <= LONGEST_BEAT else 0


def missing_groups(client, member):
    """Return the groups that a Member has been in and is not in now, or that tooz would not find."""
    names = sorted(member.groups)
    fields = _ask(client, [('HGET', GROUP + name, member.id) for name in names])
    listed = _ask(client, [('SISMEMBER', GROUPS, name) for name in names])
    return [name for name, field, known in zip(names, fields, listed) if field is None or not known]


def rejoin(client, member, group):
    """Put a Member back into a group, which tooz never does: its watchers, the member's own too, see a join.

    What is there under a name of tooz's, and is nothing that tooz can use, gives way.
    """
    key = GROUP + group
    for command in (('SADD', GROUPS, group), ('HSET', key) + CREATED, ('HSET', key, member.id, member.groups[group])):
        _write(client, command)


def end_membership(client, member, groups):
    """End a membership: the others share its resources at their next cycle, not when its beat has expired."""
    _ask(client, [('DEL', BEAT + member)] + [('HDEL', GROUP + group, member) for group in groups])


def publish(client, node, member):
    """Tell the other guards of a Member, who end it when this controller is gone."""
    _write(client, ('HSET', REGISTRY + node, member.id, json.dumps(sorted(member.groups))))


def published(client, node):
    """Return {member id: groups} that the guard of a controller published; what no guard writes is passed over."""
    listed, = _ask(client, [('HKEYS', REGISTRY + node)])
    members = _texts(listed or [], REGISTRY + node)
    found = zip(members, _ask(client, [('HGET', REGISTRY + node, member) for member in members]))
    read = dict((member, names_in(value)) for member, value in found)
    for member in [member for member in read if read[member] is None]:
        notes.log_once('%s%s: %s is passed over: no list of groups' % (REGISTRY, node, member))
        del read[member]
    return read


def unpublish(client, node, member):
    """Take back what was published of a member, by its id."""
    _ask(client, [('HDEL', REGISTRY + node, member)])


def names_in(value):
    """Return the list of names that a guard wrote as JSON, in bytes; None if it is something else."""
    try:
        found = json.loads(value.decode('utf-8'))
    except (AttributeError, ValueError, RuntimeError):  # RuntimeError: nested too deeply
        return None
    texts = (type(u''), str)
    return found if isinstance(found, list) and all(isinstance(name, texts) for name in found) else None


def _texts(values, where):
    """Return those of the names in a key that are text, as tooz's and ours are."""
    found = []
    for value in values:
        try:
            found.append(value.decode('utf-8'))
        except UnicodeDecodeError:
            notes.log_once('%s has names that are no UTF-8; they are passed over' % where)
    return found


def _ask(client, commands):
    """Return the replies to commands, each the words of one; None of a key that is not of the type that tooz gives it.

    Raises:
        redis.RedisError: The store is lost, or refuses a command for another reason.
    """
    found = []
    for at in range(0, len(commands), TOGETHER):
        together = client.pipeline(transaction=False)
        for command in commands[at:at + TOGETHER]:
            together.execute_command(*command)
        found.extend(together.execute(raise_on_error=False))
    for number, reply in enumerate(found):
        if isinstance(reply, redis.RedisError):
            if not _is_wrong_type(reply):
                raise reply
            notes.log_once('%s is passed over: it is of another type' % commands[number][1])
            found[number] = None
    return found


def _write(client, command):
    """Send a command that writes, in place of what has its key and is of another type."""
    try:
        client.execute_command(*command)
    except redis.ResponseError as refusal:
        if not _is_wrong_type(refusal):
            raise
        notes.repair('%s is replaced: it was of another type' % command[1], key=command[1])
        client.delete(command[1])
        client.execute_command(*command)


def _is_wrong_type(error):
    return 'WRONGTYPE' in str(error)

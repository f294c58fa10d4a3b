# SPDX-License-Identifier: Apache-2.0
"""Who is in the groups of the agents, whose each member is, and when it last beat, as the redis master has it.

Any client of the store can write what is read here: what has another form than tooz and the guards give it is passed
over, and of each kind no more than LONGEST is read.
"""

import re

import redis

from ceilometer_redis.deployment.build import PREFIX
from ceilometer_redis.guard import access, groups, tooz_members
from ceilometer_redis.store.queries import NO_ANSWER

#: Names that are read of the groups, and of one group's members.
LONGEST = 1000

#: The group of the notification agents.
NOTIFICATION = 'ceilometer.notification'


def read(client, deployment):
    """Return what the store says of the groups.

    Args:
        client: That of the redis master, with bytes for replies.
        deployment: Of this node.

    Returns:
        `groups`: {group of ours: its members}; `left`: {member: milliseconds for which its last beat still counts, of
        those that beat}; `published`: {full name of a controller: {member: its groups}} by the guards; `looked`: {full
        name: seconds since its guard looked last, while that is less than two minutes}. None if the store does not
        answer.
    """
    names = [controller['fqdn'] for controller in deployment['controllers']]
    try:
        sizes = _ask(client, [('HLEN', groups.REGISTRY + name) for name in names])
        replies = _ask(client, [('HGETALL', groups.REGISTRY + name)
                                if size and size <= LONGEST else ('PING',) for name, size in zip(names, sizes)])
        published = dict((name, _published(reply)) for name, reply in zip(names, replies))
        found = _groups(client, deployment, published)
        members = sorted(set(member for group in found.values() for member in group))
        left = _ask(client, [('PTTL', groups.BEAT + member) for member in members])
        keys = ['ceilometer-redis:guard:' + name for name in names]
        looked = _ask(client, [('PTTL', key) for key in keys])
        return {'groups': found,
                'left': dict((member, time) for member, time in zip(members, left)
                             if time and 0 < time <= groups.LONGEST_BEAT),
                'published': published,
                'looked': dict((name, (access.WRITE_EXPIRY - time) / 1000.0) for name, time in zip(names, looked)
                               if time and 0 < time <= access.WRITE_EXPIRY)}
    except NO_ANSWER:
        return None


def is_of(service, group, deployment):
    """Return whether a group is one that the agents of a service share by this deployment.

    The polling agents of one's own beside these, with another prefix, have groups of their own.
    """
    if service == 'ceilometer-agent-notification':
        return group == NOTIFICATION
    begins = tooz_members.GROUPS[service]
    if service != 'ceilometer-agent-central':
        return group.startswith(begins)
    # The rest is of the discovery, or Python's hash of the static resources (coordination.py, polling/manager.py).
    return re.match('%s%s(global|-?[0-9]+)$' % (re.escape(begins), re.escape(_prefix(deployment))),
                    group) is not None


def services(deployment):
    """Return the services whose agents coordinate on the controllers, sorted."""
    return sorted([agent['service'] for agent in deployment['agents'].values()] + deployment['services'])


def usual(service, deployment):
    """Return the group that the agents of a service share whatever there is to poll."""
    if service == 'ceilometer-agent-central':
        return tooz_members.GROUPS[service] + _prefix(deployment) + 'global'
    return NOTIFICATION if service == 'ceilometer-agent-notification' else tooz_members.GROUPS[service]


def _prefix(deployment):
    prefix = deployment['options'].get(PREFIX, {}).get('value')
    return prefix + '-' if prefix else ''


def _groups(client, deployment, published):
    """Return `groups` of read().

    Among more names than are read, and among the members of a group that has too many, those are looked for that the
    guards know.
    """
    listed, = _ask(client, [('SRANDMEMBER', groups.GROUPS, LONGEST)])
    # JSON can have half a character, which no name in the store has.
    known = set(name.encode('utf-8', 'replace').decode('utf-8', 'replace')
                for found in published.values() for member in found for name in found[member])
    candidates = set(_texts(listed) + sorted(known)[:LONGEST] + [
        usual(service, deployment) for service in services(deployment)])
    names = sorted(name for name in candidates if any(is_of(service, name, deployment)
                                                      for service in services(deployment)))
    sizes = dict(zip(names, _ask(client, [('HLEN', groups.GROUP + name) for name in names])))
    names = [name for name in names if sizes[name] and sizes[name] <= LONGEST]
    replies = _ask(client, [('HKEYS', groups.GROUP + name) for name in names])
    result = dict((name, sorted(member for member in _texts(reply) if member != groups.CREATED[0]))
                  for name, reply in zip(names, replies))
    crowded = [(name, member) for found in published.values() for member in sorted(found) for name in found[member]
               if sizes.get(name) and sizes[name] > LONGEST][:LONGEST]
    there = _ask(client, [('HEXISTS', groups.GROUP + name, member) for name, member in crowded])
    for (name, member), is_there in zip(crowded, there):
        if is_there:
            result.setdefault(name, []).append(member)
    return result


def _published(reply):
    """Return {member: its groups} of a reply to HGETALL, flat or a dictionary."""
    if isinstance(reply, list):
        reply = dict(zip(reply[::2], reply[1::2]))
    found = {}
    for member, value in reply.items() if isinstance(reply, dict) else ():
        names = groups.names_in(value)
        if names is not None and _texts([member]):
            found[_texts([member])[0]] = names
    return found


def _texts(values):
    """Return those of the names in a reply that are text: the client gives bytes."""
    found = []
    for value in values if isinstance(values, (list, set)) else ():
        try:
            found.append(value.decode('utf-8') if isinstance(value, bytes) else value)
        except UnicodeDecodeError:
            continue
    return found


def _ask(client, commands):
    """Return the replies to commands, each the words of one; None of one that is refused, as for its key's type."""
    found = []
    for at in range(0, len(commands), groups.TOGETHER):
        together = client.pipeline(transaction=False)
        for command in commands[at:at + groups.TOGETHER]:
            together.execute_command(*command)
        found.extend(together.execute(raise_on_error=False))
    return [None if isinstance(reply, redis.RedisError) else reply for reply in found]

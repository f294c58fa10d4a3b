# SPDX-License-Identifier: Apache-2.0
"""What a redis server and a sentinel say of themselves, each asked over one connection, so that all is asked soon."""

import re

import redis

from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.errors import one_line
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store.connection import Unreachable, connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.store.queries import NO_ANSWER, as_dict, down_of, is_deployed, is_whole, state_of
from ceilometer_redis.store.sentinel import differing_options

#: Flags of a sentinel that has no vote for another.
UNUSABLE = frozenset(['s_down', 'o_down', 'disconnected'])

#: Patterns of the directives that are read, which releases name in two ways; none of a password.
DIRECTIVES = ('max*', 'min-*-to-write', 'save', 'stop-writes-on-bgsave-error')

#: Fields of INFO that are passed on as they are, where a release has them.
FIELDS = ('role', 'master_host', 'connected_slaves', 'slave_priority', 'aof_last_write_status',
          'aof_last_bgrewrite_status', 'rdb_last_bgsave_status', 'connected_clients', 'used_memory')

#: Those of them that are numbers.
NUMBERS = ('connected_slaves', 'slave_priority', 'connected_clients', 'used_memory')

#: Characters of a refusal that are shown.
SHOWN = 80


def redis_server(deployment, address, timeout, conf_dir=CONF_DIR):
    """Return what the redis server at an address says of itself.

    Args:
        deployment: Of this node.
        address: Of the server.
        timeout: Seconds for each answer.
        conf_dir: Where this node's redis.conf is.

    Returns:
        `refusal`: why there is no answer, in words, else None and FIELDS; `link` to the master: up, down, None of a
        master; `lags`: {address of a replica: seconds since it last acknowledged}; `good_replicas`: how many are near
        enough, None if it does not count them; of CONFIG `least_replicas` without which it refuses writes,
        `max_clients`, `max_memory` in bytes, whether it `evicts` then, and whether `snapshots_matter` to writes.
    """
    try:
        client = connect_redis(deployment, address, conf_dir=conf_dir, timeout=timeout)
        together = client.pipeline(transaction=False)
        together.info()
        for pattern in DIRECTIVES:
            together.config_get(pattern)
        replies = together.execute()
        if not is_whole(replies[0]):
            return {'refusal': 'its INFO is none of redis'}
        return dict(_info(replies[0]), **_directives(replies[1:]))
    except redis.AuthenticationError:
        return {'refusal': 'it refuses the password'}
    except redis.ResponseError as refusal:
        return {'refusal': one_line(refusal)[:SHOWN] or 'it refuses'}
    except (redis.TimeoutError, Unreachable, redis.ConnectionError):
        return {'refusal': 'no answer'}
    except NO_ANSWER:
        return {'refusal': 'its answer is none of redis'}


def _info(info):
    found = dict((name, info.get(name)) for name in FIELDS)
    found.update((name, int(found[name])) for name in NUMBERS if found[name] is not None)
    # Not as many as it says that there are: that may be any number.
    replicas = [info[name] for name in info if re.match('slave[0-9]+$', name)]
    lags = dict((replica['ip'], int(replica['lag'])) for replica in replicas
                if isinstance(replica, dict) and 'ip' in replica and 'lag' in replica)
    good = info.get('min_slaves_good_slaves')
    return dict(found, refusal=None, link=info.get('master_link_status'), lags=lags,
                good_replicas=None if good is None else int(good))


def _directives(replies):
    present = {}
    for reply in replies:
        present.update(reply)
    least = present.get('min-replicas-to-write', present.get('min-slaves-to-write', 0))
    return {'least_replicas': int(least), 'max_clients': int(present.get('maxclients', 0)),
            'max_memory': int(present.get('maxmemory', 0)), 'evicts': present.get('maxmemory-policy') != 'noeviction',
            'snapshots_matter': bool(present.get('save')) and present.get('stop-writes-on-bgsave-error') == 'yes'}


def sentinel(deployment, address, timeout):
    """Return what the sentinel at an address says of the master; None without an answer, or if it watches nothing.

    Args:
        deployment: Of this node.
        address: Of the sentinel.
        timeout: Seconds for each answer.

    Returns:
        `master`: its address, with the port if it is none of the deployment's, and whether it `is_deployed`; how many
        `sentinels` and `replicas` it knows; `strangers`: the sentinels among them that are no controller's; `quorum`,
        `epoch`; whether it `can_fail_over` and is in `tilt`; the addresses it takes for `down`; `differing`: options
        that are not the deployment's; `switched`: since when it knows the master as such, in seconds, or None.
    """
    client, name = connect_sentinel(deployment, address, timeout), deployment['sentinel']['master_name']
    state = state_of(client, name)
    if state is None:
        return None
    deployed = is_deployed(deployment, state)
    try:
        others = [as_dict(other) for other in sentinel_command(client, 'sentinels', name)]
        ends = [(other['ip'], int(other['port'])) for other in others]
        known = set((own, deployment['sentinel']['port']) for own in addresses_own_first(deployment))
        info, replicas = client.info(), sentinel_command(client, 'slaves', name)
        return {'master': state['ip'] if deployed else '%(ip)s:%(port)s' % state, 'is_deployed': deployed,
                'sentinels': len(others) + 1, 'replicas': len(replicas),
                'strangers': sorted('%s:%d' % end for end in ends if end not in known),
                'quorum': int(state['quorum']), 'epoch': int(state['config-epoch']),
                'can_fail_over': can_fail_over(others, int(state['quorum'])), 'tilt': bool(info.get('sentinel_tilt')),
                'down': down_of([sentinel_command(client, 'master', name)] + replicas),
                'differing': [option for option, _ in differing_options(state, deployment)],
                'switched': _switched(state, info)}
    except NO_ANSWER:
        return None


def can_fail_over(others, quorum):
    """Return whether a sentinel sees enough others to replace the master.

    What SENTINEL CKQUORUM says, which only 3.0 and later know: the quorum, and a majority of all that it knows.

    Args:
        others: Dictionaries of SENTINEL SENTINELS.
        quorum: That of the sentinel that was asked.
    """
    flags = [set(other['flags'].split(',')) for other in others]
    usable = 1 + len([flag for flag in flags if not flag & UNUSABLE])
    return usable >= max(quorum, (len(others) + 1) // 2 + 1)


def _switched(state, info):
    """Return for how many seconds a sentinel has known the master as such; None if it has since its own start."""
    known, running = int(state.get('role-reported-time', -1)) // 1000, int(info.get('uptime_in_seconds', 0))
    return known if 0 <= known < running - 30 else None

"""The store as this controller sees it: a row for each controller, and what is wrong."""

import functools

import redis

from ceilometer_redis.store import sentinel
from ceilometer_redis.store.connection import as_dict, connect_sentinel, sentinel_command
from ceilometer_redis.store.master import redis_info, sentinel_view
from ceilometer_redis.waiting import in_parallel

#: Flags of a sentinel that has no vote for another.
UNUSABLE = frozenset(['s_down', 'o_down', 'disconnected'])


def status(deployment):
    """Return the store as seen from here: {'controllers': rows, 'master': address or None, 'problems': sentences}."""
    rows = in_parallel([functools.partial(controller_row, deployment, controller)
                    for controller in deployment['controllers']])
    masters = [row['address'] for row in rows if row['role'] == 'master']
    problems = ['%d redis masters: %s' % (len(masters), ', '.join(masters) or 'none')] if len(masters) != 1 else []
    for row in rows:
        problems.extend('%s: %s' % (row['name'], problem)
                        for problem in row_problems(row, rows, deployment['sentinel']['quorum']))
    return {'controllers': rows, 'master': masters[0] if len(masters) == 1 else None, 'problems': problems}


def controller_row(deployment, controller):
    """Return one controller's row: name, address, role, link and what its sentinel names, sees and can do."""
    address = controller['address']
    server = redis_info(deployment, address) or {}
    known = sentinel_view(deployment, address) or {}
    row = {'name': controller['name'], 'address': address, 'role': server.get('role'),
           'link': server.get('master_link_status'), 'sentinel_master': known.get('ip'),
           'sentinels': int(known['num-other-sentinels']) + 1 if known else None,
           'replicas': int(known['num-slaves']) if known else None,
           'quorum': int(known['quorum']) if known else None, 'can_fail_over': False, 'tilt': False, 'down': []}
    if known:
        row['can_fail_over'] = can_fail_over(deployment, address, row['quorum'])
        row['tilt'] = in_tilt(deployment, address)
        row['down'] = sentinel.servers_down(deployment, address)
    return row


def can_fail_over(deployment, address, quorum):
    """Return whether the sentinel at an address, with this quorum, sees enough others to replace the master.

    What SENTINEL CKQUORUM says, which only 3.0 and later know: the quorum, and a majority of all that it knows.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        others = [set(as_dict(other)['flags'].split(',')) for other in sentinel_command(client, 'sentinels', name)]
    except redis.RedisError:
        return False
    usable = 1 + len([flags for flags in others if not flags & UNUSABLE])
    return usable >= max(quorum, (len(others) + 1) // 2 + 1)


def in_tilt(deployment, address):
    """Return whether the sentinel at an address is in TILT: its clock jumped by 2 s or more, or went back."""
    try:
        return bool(connect_sentinel(deployment, address).info('sentinel').get('sentinel_tilt'))
    except redis.RedisError:
        return False


def row_problems(row, rows, quorum):
    """Return sentences about what is wrong in one controller's row; rows are those of all controllers."""
    if row['role'] is None:
        yield 'no answer of redis'
    elif row['role'] == 'slave' and row['link'] != 'up':
        yield 'replica is not linked to its master'
    if row['sentinel_master'] is None:
        yield 'no answer of the sentinel, or it watches nothing'
        return
    for problem in sentinel_problems(row, rows, quorum):
        yield problem


def sentinel_problems(row, rows, quorum):
    """Return sentences about what is wrong with the sentinel of a row."""
    controllers, masters = len(rows), [other['address'] for other in rows if other['role'] == 'master']
    if masters and row['sentinel_master'] not in masters:
        yield 'sentinel names %s as master' % row['sentinel_master']
    # It would not make that one master, or vote to replace it; counts and CKQUORUM do not show that.
    for address in [other['address'] for other in rows if other['role'] and other['address'] in row['down']]:
        yield 'sentinel takes the redis server at %s for down, which answers' % address
    if row['sentinels'] != controllers:
        yield 'sentinel knows %d of %d sentinels' % (row['sentinels'], controllers)
    if row['replicas'] != controllers - 1:
        yield 'sentinel knows %d of %d replicas' % (row['replicas'], controllers - 1)
    if row['quorum'] != quorum:
        yield 'quorum is %d, not %d' % (row['quorum'], quorum)
    if controllers > 1 and not row['can_fail_over']:
        yield 'sentinel sees too few others for a failover'
    if row['tilt']:
        yield 'sentinel was paused or its clock was set: it does nothing for 30 s (TILT)'

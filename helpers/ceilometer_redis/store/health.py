# SPDX-License-Identifier: Apache-2.0
"""The store as this controller sees it: what the daemons of each controller say, and what is wrong."""

import functools

from ceilometer_redis.store.connection import connect_sentinel, sentinel_command
from ceilometer_redis.store.queries import NO_ANSWER, as_dict, is_deployed, master_state, redis_info, subjectively_down
from ceilometer_redis.waiting import in_parallel

#: Flags of a sentinel that has no vote for another.
UNUSABLE = frozenset(['s_down', 'o_down', 'disconnected'])


def status(deployment):
    """Return the store as seen from here.

    Returns:
        {'controllers': what controller_status() says of each, 'master': address or None, 'problems': sentences}.
    """
    controllers = in_parallel([functools.partial(controller_status, deployment, controller)
                               for controller in deployment['controllers']])
    masters = [controller['address'] for controller in controllers if controller['role'] == 'master']
    problems = ['%d redis masters: %s' % (len(masters), ', '.join(masters) or 'none')] if len(masters) != 1 else []
    for controller in controllers:
        problems.extend('%s: %s' % (controller['name'], problem) for problem in controller_problems(
            controller, controllers, deployment['sentinel']['quorum']))
    return {'controllers': controllers, 'master': masters[0] if len(masters) == 1 else None, 'problems': problems}


def controller_status(deployment, controller):
    """Return what the daemons of a controller, one of the deployment's, say.

    Returns:
        name and address; of its redis server role and link (of a replica to its master); of its sentinel the rest: the
        address of sentinel_master (with the port, if it is none of the deployment's), how many sentinels and replicas
        it knows, its quorum, whether it can_fail_over and is in tilt, and the addresses of the redis servers that it
        takes for down. None is what nobody answers.
    """
    address = controller['address']
    info, state = redis_info(deployment, address) or {}, master_state(deployment, address) or {}
    found = {'name': controller['name'], 'address': address, 'role': info.get('role'),
             'link': info.get('master_link_status'),
             'sentinel_master': sentinel_master(deployment, state) if state else None,
             'sentinels': int(state['num-other-sentinels']) + 1 if state else None,
             'replicas': int(state['num-slaves']) if state else None,
             'quorum': int(state['quorum']) if state else None, 'can_fail_over': False, 'tilt': False, 'down': []}
    if state:
        found['can_fail_over'] = can_fail_over(deployment, address, found['quorum'])
        found['tilt'] = in_tilt(deployment, address)
        found['down'] = subjectively_down(deployment, address)
    return found


def sentinel_master(deployment, state):
    """Return the master of a sentinel's master_state(): its address if it is deployed, else ADDRESS:PORT."""
    return state['ip'] if is_deployed(deployment, state) else '%(ip)s:%(port)s' % state


def can_fail_over(deployment, address, quorum):
    """Return whether the sentinel at an address, which has a quorum, sees enough others to replace the master.

    What SENTINEL CKQUORUM says, which only 3.0 and later know: the quorum, and a majority of all that it knows.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        others = [set(as_dict(other)['flags'].split(',')) for other in sentinel_command(client, 'sentinels', name)]
    except NO_ANSWER:
        return False
    usable = 1 + len([flags for flags in others if not flags & UNUSABLE])
    return usable >= max(quorum, (len(others) + 1) // 2 + 1)


def in_tilt(deployment, address):
    """Return whether the sentinel at an address is in TILT: its clock jumped by 2 s or more, or went back."""
    try:
        return bool(connect_sentinel(deployment, address).info('sentinel').get('sentinel_tilt'))
    except NO_ANSWER:
        return False


def controller_problems(controller, controllers, quorum):
    """Yield sentences about what is wrong on one controller.

    Args:
        controller: Its controller_status().
        controllers: Those of all.
        quorum: That which the sentinels are to have.
    """
    if controller['role'] is None:
        yield 'no answer of redis'
    elif controller['role'] == 'slave' and controller['link'] != 'up':
        yield 'replica is not linked to its master'
    if controller['sentinel_master'] is None:
        yield 'no answer of the sentinel, or it watches nothing'
        return
    for problem in sentinel_problems(controller, controllers, quorum):
        yield problem


def sentinel_problems(controller, controllers, quorum):
    """Yield sentences about what is wrong with a controller's sentinel; the arguments are controller_problems()'s."""
    count, masters = len(controllers), [other['address'] for other in controllers if other['role'] == 'master']
    if controller['sentinel_master'] not in [other['address'] for other in controllers]:
        yield 'sentinel names %s as master, which is no controller\'s' % controller['sentinel_master']
    elif masters and controller['sentinel_master'] not in masters:
        yield 'sentinel names %s as master' % controller['sentinel_master']
    # It would not make that one master, or vote to replace it; counts and CKQUORUM do not show that.
    answering = [other['address'] for other in controllers if other['role']]
    for address in [address for address in answering if address in controller['down']]:
        yield 'sentinel takes the redis server at %s for down, which answers' % address
    if controller['sentinels'] != count:
        yield 'sentinel knows %d of %d sentinels' % (controller['sentinels'], count)
    if controller['replicas'] != count - 1:
        yield 'sentinel knows %d of %d replicas' % (controller['replicas'], count - 1)
    if controller['quorum'] != quorum:
        yield 'quorum is %d, not %d' % (controller['quorum'], quorum)
    if count > 1 and not controller['can_fail_over']:
        yield 'sentinel sees too few others for a failover'
    if controller['tilt']:
        yield 'sentinel was paused or its clock was set: it does nothing for 30 s (TILT)'

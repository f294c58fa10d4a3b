# SPDX-License-Identifier: Apache-2.0
"""Version 1.0 of the plugin, as it is found on controllers that it was deployed on.

It ran another redis server under the same name in Pacemaker, beside the distribution's own service, and its sentinels
under init; they hold the ports that ours need.
"""

import copy

from ceilometer_redis.pacemaker import state, tools
from ceilometer_redis.pacemaker.cib import find_resource
from ceilometer_redis.pacemaker.clones import remove_clone
from ceilometer_redis.waiting import wait_for

#: The primitive of its redis server; ours has the same name.
SERVER = 'p_redis-server'

#: Seconds its redis server may take to stop: what its primitive allows.
STOP_TIMEOUT = 360


def remove_server(cib):
    """Have no clone of a redis server that is not ours; return sentences of what was changed.

    Removed, not redefined: so Pacemaker ends it everywhere with the OCF agent that started it, before ours starts. Kept
    until each controller's turn, it would let the agents there poll beside those that share the new store.
    """
    server = find_resource(cib, SERVER)
    if server is None or server.get('provider') == 'ceilometer-redis':
        return []
    return remove_clone(cib, SERVER)


def runs_anywhere(deployment):
    """Return whether Pacemaker still runs a redis server on a controller that is on.

    Raises:
        ToolFailed: Pacemaker does not answer.
    """
    cib = tools.query()
    off = state.offline(cib)
    return any(state.started_at(cib, SERVER, controller['fqdn']) for controller in deployment['controllers']
               if controller['fqdn'] not in off)


def apply_predecessor(deployment, check=False):
    """Have no redis server of version 1.0 in Pacemaker; return sentences of what changed (or would, with check).

    Raises:
        NotDone: one did not stop within STOP_TIMEOUT, Pacemaker was told to leave it alone, or a tool failed.
    """
    if check:
        return remove_server(tools.query())
    cib = tools.query()
    if remove_server(copy.deepcopy(cib)):
        nodes = [controller['fqdn'] for controller in deployment['controllers']]
        state.refuse_unmanaged(cib, state.running(cib, [(SERVER, node) for node in nodes]))
    done = tools.update(remove_server)
    if done:
        wait_for(lambda: not runs_anywhere(deployment), STOP_TIMEOUT, "stop of version 1.0's redis servers")
    return done

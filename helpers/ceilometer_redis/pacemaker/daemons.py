# SPDX-License-Identifier: Apache-2.0
"""The clones of redis-server and redis-sentinel."""

import collections
import os

from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.pacemaker import state, tools
from ceilometer_redis.pacemaker.clones import clone_id, define_clone
from ceilometer_redis.pacemaker.constraints import add_location, remove_locations_outside

#: The primitive of redis-server.
SERVER = 'p_redis-server'

#: The daemons' primitives: OCF agent, its parameters. At a high load Pacemaker starts one at a time, in this order:
#: sentinels that run before all servers take these for down and elect another master (seen with 2.1.5).
PRIMITIVES = collections.OrderedDict([
    (SERVER, ('redis-server', {'config': os.path.join(CONF_DIR, 'redis.conf')})),
    ('p_redis-sentinel', ('redis-sentinel', {'config': os.path.join(CONF_DIR, 'sentinel.conf')}))])


def define_daemons(cib, deployment):
    """Have the clones of redis-server and redis-sentinel, both on this node; return sentences of what was changed."""
    done = []
    for primitive, (agent, parameters) in PRIMITIVES.items():
        done += define_clone(cib, primitive, agent, parameters)
        done += add_location(cib, clone_id(primitive), deployment['node']['fqdn'])
        done += remove_locations_outside(cib, clone_id(primitive), deployment['controllers'])
    return done


def apply_resources(deployment, check=False):
    """Bring the store's clones to the deployment; return sentences of what changed (or would, with check).

    Raises:
        BadInput: an operator has put a daemon's primitive into a group or another clone.
        NotDone: a daemon does not run here, and Pacemaker was told to leave it alone, so that it would be waited for in
            vain; or a tool failed.
    """
    def change(cib):
        return define_daemons(cib, deployment)
    if check:
        return change(tools.query())
    done, cib, node = tools.update(change), tools.query(), deployment['node']['fqdn']
    state.refuse_unmanaged(cib, [(primitive, node) for primitive in PRIMITIVES
                                 if state.started_at(cib, primitive, node) is None])
    return done

# SPDX-License-Identifier: Apache-2.0
"""The clones of Fuel's agents, and their restart when their configuration changed."""

import os

from ceilometer_redis.deployment.parts import all_agents, service_of
from ceilometer_redis.errors import BadInput
from ceilometer_redis.pacemaker import attributes, guard, state, tools
from ceilometer_redis.pacemaker.cib import find_resource
from ceilometer_redis.pacemaker.clones import clone_id, make_clone, make_primitive
from ceilometer_redis.pacemaker.constraints import (
    add_location,
    remove_location,
    remove_locations_outside,
    transfer_constraints,
)
from ceilometer_redis.waiting import wait_for

#: Seconds an agent may take to stop; Fuel's primitives allow as many.
AGENT_TIMEOUT = 360

#: Files whose change an agent only sees when it starts, besides the drop-in of its unit; likewise the guard. What the
#: guard uses of the deployment file, the agents' files have too: a change of it restarts both.
AGENT_FILES = {'ceilometer': '/etc/ceilometer/ceilometer.conf', 'aodh': '/etc/aodh/aodh.conf'}
GUARD_FILES = ('/usr/local/bin/ceilometer-redis',)


def define_agents(cib, deployment, stopped=()):
    """Have Fuel's agents as clones that may run on this node, behind their guard; return sentences of what was changed.

    Turning a primitive into a clone keeps its definition and, of its constraints, this node's place: a controller that
    has not been configured yet would start an agent that coordinates with nobody and polls everything once more. Each
    controller adds its own place.

    Args:
        cib: the CIB's root element.
        deployment: the deployment file's content.
        stopped: primitives that lose their place on this node, which stops them here.

    Raises:
        BadInput: Fuel has not made one of the primitives, or an operator has put it into a group or another clone.
    """
    node, guarded = deployment['node']['fqdn'], deployment['guard']
    done = ['%s does not leave' % node] if attributes.unmark_leaving(cib, node) else []
    done += set_service(cib, deployment)
    if guarded:
        done += guard.define_guard(cib) + change_of_place(guard.PRIMITIVE, stopped)(cib, guard.CLONE, node)
    else:
        done += guard.remove_guard(cib)
    done += remove_locations_outside(cib, guard.CLONE, deployment['controllers'])
    for primitive in sorted(deployment['agents']):
        clone = clone_id(primitive)
        if find_resource(cib, primitive) is None:
            raise BadInput('agents.%s' % primitive, 'be a primitive that Fuel has made in Pacemaker',
                           advice='there is none')
        # Instances that start together would read each other's half of a group (tooz: a member that joins while another
        # reads the list stays unknown to it): Pacemaker starts an ordered clone's instances one after another.
        if make_clone(cib, primitive, interleave='true', ordered='true'):
            transfer_constraints(cib, primitive, clone, node)
            done.append('%s is a clone' % primitive)
        done += change_of_place(primitive, stopped)(cib, clone, node)
        done += remove_locations_outside(cib, clone, deployment['controllers'])
        if guarded and guard.can_bind(cib, clone, deployment['controllers']):
            done += guard.bind(cib, clone)
    return done + release_agents(cib, deployment, stopped)


def change_of_place(primitive, stopped):
    """Return the function that changes a primitive's place here: it loses it if it is to be stopped."""
    return remove_location if primitive in stopped else add_location


def release_agents(cib, deployment, stopped=()):
    """Have simple primitives of the agents that coordinate no longer; return sentences of what was changed.

    As in define_agents each controller adds its own place: those of others, whose agents still have the store in their
    configuration, would run on and share nothing with this one's.
    """
    node, done = deployment['node']['fqdn'], []
    for primitive in sorted(deployment.get('released', {})):
        if find_resource(cib, primitive) is not None:
            guard.unbind(cib, clone_id(primitive))
            done += make_primitive(cib, primitive)
            done += change_of_place(primitive, stopped)(cib, primitive, node)
    return done


def set_service(cib, deployment):
    """Say which service the agents here share, and stop those that share another; return sentences of what was changed.

    They would poll everything once more: each of them starts again with its controller's own deployment.
    """
    node, service, done = deployment['node']['fqdn'], service_of(deployment), []
    for primitive, other in instances_of_another_store(cib, deployment):
        done += remove_location(cib, clone_id(primitive), other)
    if service is None:
        changed = attributes.remove(cib, node, attributes.SERVICE)
    else:
        changed = attributes.put(cib, node, attributes.SERVICE, service)
    return done + ['%s uses %s' % (node, service or 'the store here')] if changed else done


def instances_of_another_store(cib, deployment):
    """Return (primitive, node) of the agents and guards on controllers that share another store than this one's."""
    nodes = [node['fqdn'] for node in deployment['controllers'] if node['fqdn'] != deployment['node']['fqdn']]
    return [(primitive, node) for node in nodes
            if attributes.get(cib, node, attributes.SERVICE) != service_of(deployment)
            for primitive in sorted(deployment['agents']) + [guard.PRIMITIVE]]


def files_of(deployment):
    """Return, by primitive, the files that the agents and their guard read when they start.

    The guard is to know which agents there are, also of one that comes or goes and does not run here.
    """
    files = dict((primitive, (AGENT_FILES[agent['config']],
                              '/etc/systemd/system/%s.service.d/ceilometer-redis.conf' % agent['service']))
                 for primitive, agent in all_agents(deployment).items())
    if deployment['guard']:
        files[guard.PRIMITIVE] = GUARD_FILES + sum(files.values(), ())
    return files


def changed_at(paths):
    """Return when one of the files last changed, in seconds since the epoch (0 without files)."""
    return max([os.stat(path).st_mtime for path in paths if os.path.exists(path)] or [0])


def stale_agents(cib, deployment):
    """Return the primitives, guard included, whose instance here was started before its files last changed.

    The guard is one of them whenever an agent is: only after its own start does it take a turn, without which agents of
    several controllers would start together.
    """
    stale = []
    for primitive, paths in sorted(files_of(deployment).items()):
        started = state.started_at(cib, primitive, deployment['node']['fqdn'])
        if started is not None and started <= changed_at(paths):
            stale.append(primitive)
    return sorted(set(stale + [guard.PRIMITIVE])) if stale and deployment['guard'] else stale


def apply_agents(deployment, check=False):
    """Bring the agents' clones and the guard's to the deployment, and this node's instances to their configuration.

    An instance that was started before its files changed is stopped and started, here and nowhere else, by taking its
    place on this node away and giving it back, after those on other controllers that share another store have stopped
    too. Nobody waits for the start: an operator may have banned it. Returns sentences of what changed (or would, with
    check).

    Raises:
        BadInput: Fuel has not made one of the primitives, or an operator has put it into a group or another clone.
        NotDone: an instance did not stop within AGENT_TIMEOUT, Pacemaker was told to leave it alone, or a tool failed.
    """
    node = deployment['node']['fqdn']
    cib = tools.query()
    stale = stale_agents(cib, deployment)
    if check:
        return define_agents(cib, deployment) + ['%s is restarted on %s' % (clone_id(name), node) for name in stale]
    stopping = [(primitive, node) for primitive in stale]
    stopping += state.running(cib, instances_of_another_store(cib, deployment))
    state.refuse_unmanaged(cib, stopping)
    done = tools.update(lambda cib: define_agents(cib, deployment, stopped=stale)) if stopping else []
    try:
        wait_for(lambda: not state.running(tools.query(), stopping), AGENT_TIMEOUT,
                 'stop of %s' % ', '.join('%s on %s' % each for each in stopping))
    finally:
        # Also when it does not stop in time: nobody else would give the place back.
        done += tools.update(lambda cib: define_agents(cib, deployment))
    return done

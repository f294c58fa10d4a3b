# SPDX-License-Identifier: Apache-2.0
"""The controllers' withdrawal in Pacemaker: who leaves, who has not yet left, what the last one ends."""

from ceilometer_redis.deployment.parts import all_agents
from ceilometer_redis.pacemaker import attributes, daemons, guard, state, tools
from ceilometer_redis.pacemaker.cib import find_resource
from ceilometer_redis.pacemaker.clones import clone_id, make_primitive, remove_clone
from ceilometer_redis.pacemaker.constraints import add_location, find_location, remove_location

#: The clone that is on each controller with a store.
SERVER_CLONE = clone_id('p_redis-server')


def is_deployed(cib, node):
    """Return whether the plugin is on a node still: the store has a place there, or the agents share a service."""
    return (find_location(cib, SERVER_CLONE, node) is not None or
            attributes.get(cib, node, attributes.SERVICE) is not None)


def stop_agents(cib, deployment):
    """Take their places on this node from the agents and their guard; return sentences of what was changed."""
    node, done = deployment['node']['fqdn'], []
    if not is_deployed(cib, node):
        return done
    for primitive in sorted(list(deployment['agents']) + [guard.PRIMITIVE]):
        # Fuel may have made a simple primitive of a clone meanwhile.
        for resource in (clone_id(primitive), primitive):
            done += remove_location(cib, resource, node)
    return done


def remaining_controllers(cib, deployment):
    """Return the controllers that are on, have the plugin and have not marked that they leave."""
    off = state.offline(cib)
    return [node for node in known_controllers(cib, deployment)
            if node not in off and is_deployed(cib, node) and not attributes.is_leaving(cib, node)]


def known_controllers(cib, deployment):
    """Return the full names of the controllers that Pacemaker knows."""
    known = [node.get('uname') for node in cib.findall('configuration/nodes/node')]
    return [controller['fqdn'] for controller in deployment['controllers'] if controller['fqdn'] in known]


def leave(cib, deployment):
    """Let this controller leave and, if it is the last, all that wait for it; return sentences of what was changed.

    A controller that is off keeps its place in the store, so that it can leave when it is back; agents have none there.
    """
    node = deployment['node']['fqdn']
    if not is_deployed(cib, node):
        return []
    done = ['%s leaves' % node] if attributes.mark_leaving(cib, node) else []
    if remaining_controllers(cib, deployment):
        return done
    controllers = known_controllers(cib, deployment)
    leaving = [other for other in controllers if attributes.is_leaving(cib, other)]
    staying = [other for other in controllers if is_deployed(cib, other) and other not in leaving]
    done += guard.remove_guard(cib)
    for primitive in sorted(all_agents(deployment)):
        if find_resource(cib, primitive) is not None:
            done += make_primitive(cib, primitive)
            for other in leaving:
                done += add_location(cib, primitive, other)
            for other in staying:
                done += remove_location(cib, primitive, other)
    for primitive in sorted(daemons.PRIMITIVES):
        done += withdraw_daemon(cib, primitive, leaving, staying)
    for other in leaving:
        attributes.unmark_leaving(cib, other)
        attributes.remove(cib, other, attributes.SERVICE)
    return done


def withdraw_daemon(cib, primitive, leaving, staying):
    """Take a daemon from some nodes, and its clone away when it stays on none; return sentences of what was changed."""
    done = []
    for node in leaving:
        done += remove_location(cib, clone_id(primitive), node)
    return done if staying else done + remove_clone(cib, primitive)


def any_runs(primitives, node):
    """Return whether one of the primitives runs on a node, or is still being stopped there.

    Raises:
        ToolFailed: Pacemaker does not answer.
    """
    cib = tools.query()
    return any(state.started_at(cib, primitive, node) or state.has_pending_operation(cib, primitive, node)
               for primitive in primitives)


def remove_store(cib, deployment):
    """Take the store's daemons from this node, and their clones away when they have no other node; return sentences."""
    node, done = deployment['node']['fqdn'], []
    for primitive in sorted(daemons.PRIMITIVES):
        staying = [other for other in known_controllers(cib, deployment)
                   if other != node and find_location(cib, clone_id(primitive), other) is not None]
        done += withdraw_daemon(cib, primitive, [node], staying)
    return done

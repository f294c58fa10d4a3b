"""The controllers' withdrawal in Pacemaker: who leaves, who still coordinates, what the last one ends."""

from ceilometer_redis.deployment.parts import all_agents
from ceilometer_redis.pacemaker import attributes, daemons, guard, state, tools
from ceilometer_redis.pacemaker.cib import find
from ceilometer_redis.pacemaker.clones import clone_id, make_primitive, remove_clone
from ceilometer_redis.pacemaker.constraints import location, set_location

SERVER_CLONE = clone_id('p_redis-server')


def has_store(cib, node):
    """Return whether the store has a place on a node, or it uses a service: the plugin has not been withdrawn there."""
    return (location(cib, SERVER_CLONE, node) is not None or
            attributes.get(cib, node, attributes.SERVICE) is not None)


def stop_agents(cib, deployment):
    """Take their places on this node from the agents and their guard; return sentences of what was changed."""
    node, done = deployment['node']['fqdn'], []
    if not has_store(cib, node):
        return done
    for primitive in sorted(list(deployment['agents']) + [guard.PRIMITIVE]):
        # Fuel may have made a simple primitive of a clone meanwhile.
        for resource in (clone_id(primitive), primitive):
            done += set_location(cib, resource, node, taken=True)
    return done


def coordinating(cib, deployment):
    """Return the controllers that are on and still have the plugin."""
    off = state.offline(cib)
    return [node for node in nodes(cib, deployment)
            if node not in off and has_store(cib, node) and not attributes.is_leaving(cib, node)]


def nodes(cib, deployment):
    """Return the full names of the controllers that Pacemaker knows."""
    known = [node.get('uname') for node in cib.findall('configuration/nodes/node')]
    return [controller['fqdn'] for controller in deployment['controllers'] if controller['fqdn'] in known]


def leave(cib, deployment):
    """Let this controller leave and, if it is the last, all that wait for it; return sentences of what was changed.

    A controller that is off keeps its place in the store, so that it can leave when it is back; agents have none there.
    """
    node = deployment['node']['fqdn']
    if not has_store(cib, node):
        return []
    done = ['%s leaves' % node] if attributes.mark_leaving(cib, node) else []
    if coordinating(cib, deployment):
        return done
    leaving = [other for other in nodes(cib, deployment) if attributes.is_leaving(cib, other)]
    staying = [other for other in nodes(cib, deployment) if has_store(cib, other) and other not in leaving]
    done += guard.remove_guard(cib)
    for primitive in sorted(all_agents(deployment)):
        if find(cib, primitive) is not None:
            done += make_primitive(cib, primitive, leaving, staying)
    for primitive in sorted(daemons.PRIMITIVES):
        done += remove_daemon(cib, primitive, leaving, staying)
    for other in leaving:
        attributes.unmark_leaving(cib, other)
        attributes.remove(cib, other, attributes.SERVICE)
    return done


def remove_daemon(cib, primitive, leaving, staying):
    """Take a daemon's places on these nodes, and have no such clone when nobody stays; return sentences."""
    done = []
    for node in leaving:
        done += set_location(cib, clone_id(primitive), node, taken=True)
    return done if staying else done + remove_clone(cib, primitive)


def runs_here(primitives, node):
    """Return whether one of the primitives runs on a node, or is still being stopped there."""
    cib = tools.query()
    return any(state.started_at(cib, primitive, node) or state.is_under_way(cib, primitive, node)
               for primitive in primitives)


def end_store(cib, deployment):
    """Take the store's daemons from this node, and their clones when they have no other; return sentences."""
    node, done = deployment['node']['fqdn'], []
    for primitive in sorted(daemons.PRIMITIVES):
        staying = [other for other in nodes(cib, deployment)
                   if other != node and location(cib, clone_id(primitive), other) is not None]
        done += remove_daemon(cib, primitive, [node], staying)
    return done

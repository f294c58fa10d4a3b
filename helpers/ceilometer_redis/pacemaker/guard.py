# SPDX-License-Identifier: Apache-2.0
"""The guard's clone, and the agents' constraints on it."""

from ceilometer_redis.pacemaker import attributes, tools
from ceilometer_redis.pacemaker.cib import ensure, find_resource
from ceilometer_redis.pacemaker.clones import define_clone, remove_clone
from ceilometer_redis.pacemaker.constraints import find_location, remove_constraints

PRIMITIVE = 'p_ceilometer-redis-guard'

CLONE = 'clone_' + PRIMITIVE

#: The node attribute that says whether the guard here lets the agents start, and the end of the ids of the constraints
#: that ask for it.
TURN, IN_TURN = 'ceilometer-redis-turn', '-in-turn'


def define_guard(cib):
    """Have the guard's clone; return sentences of what was changed."""
    return define_clone(cib, PRIMITIVE, 'guard', {})


def give_turn():
    """Let Pacemaker start the guarded agents on this node.

    A start that waited for its turn would not do: an order between clones makes every agent wait for every guard (seen
    with 2.1.5), and the whole cluster for an action under way. The OCF agent takes the turn back when the guard stops.

    Raises:
        ToolFailed: Pacemaker does not answer.
    """
    tools.run(['attrd_updater', '--name', TURN, '--update', '1'])


def renew_turn():
    """Have Pacemaker start the guarded agents on this node, where its CIB has forgotten that it may.

    Of a controller whose controld ended alone the others clear the CIB, while attrd goes on with what it knew, and
    writes nothing that it takes for written (seen with 2.1.5).

    Raises:
        ToolFailed: Pacemaker does not answer.
    """
    give_turn()
    tools.run(['attrd_updater', '--refresh'])


def has_turn(cib, node):
    """Return whether Pacemaker may start the guarded agents on a node."""
    return attributes.get_transient(cib, node, TURN) == '1'


def remove_guard(cib):
    """Have neither the guard nor a constraint that speaks of it; return sentences of what was changed."""
    if find_resource(cib, CLONE) is not None:
        remove_constraints(cib, lambda identity, _: identity.endswith(IN_TURN))
    return remove_clone(cib, PRIMITIVE)


def can_bind(cib, clone, controllers):
    """Return whether a clone can be bound to the guard: that has a place wherever the clone has one.

    Where agents ran without a guard, the controllers add it one after another: bound to it before that, the agents of
    the others would stop until their turn.
    """
    return all(find_location(cib, CLONE, controller['fqdn']) is not None
               for controller in controllers if find_location(cib, clone, controller['fqdn']) is not None)


def bind(cib, clone):
    """Have a clone's instances start after their node's guard, in its turn, and restart with it; return sentences."""
    constraints = cib.find('configuration/constraints')
    changes = [
        ensure(constraints, 'rsc_order', {'id': '%s-after-guard' % clone, 'first': CLONE, 'then': clone,
                                          'kind': 'Mandatory'})[1],
        ensure(constraints, 'rsc_colocation', {'id': '%s-with-guard' % clone, 'rsc': clone, 'with-rsc': CLONE,
                                               'score': 'INFINITY'})[1]]
    identity = clone + IN_TURN
    place, changed = ensure(constraints, 'rsc_location', {'id': identity, 'rsc': clone})
    rule, added = ensure(place, 'rule', {'id': identity + '-rule', 'score': '-INFINITY', 'boolean-op': 'or'})
    changes += [changed, added]
    for name, condition in (('none', {'operation': 'not_defined'}), ('not', {'operation': 'ne', 'value': '1'})):
        changes.append(ensure(rule, 'expression', dict(condition, id='%s-%s' % (identity, name), attribute=TURN))[1])
    return ['%s is guarded' % clone] if any(changes) else []


def unbind(cib, clone):
    """Have no constraint by which a clone waits for the guard."""
    remove_constraints(cib, lambda identity, resources: clone in resources and (
        CLONE in resources or identity.endswith(IN_TURN)))

# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker says of each controller, for people: pure, from a CIB."""

import re

from ceilometer_redis.pacemaker import attributes, leaving, state
from ceilometer_redis.pacemaker.clones import clone_id

#: States of a controller.
ONLINE, OFFLINE, JOINING, STANDBY, MAINTENANCE, LEFT, UNKNOWN = (
    'online', 'offline', 'joining', 'standby', 'maintenance', 'withdrawn', 'unknown')

#: States of a resource there.
STARTED, STOPPED, FAILED = 'started', 'stopped', 'failed'

#: Characters of a reason that are shown.
SHOWN = 200


def view(cib, deployment, primitives):
    """Return the cluster as this controller sees it.

    Args:
        cib: The CIB's root element.
        deployment: Of this node.
        primitives: Those of interest.

    Returns:
        `quorum`: whether this partition has it, `stops`: whether it stops everything without; `maintenance`: the
        property that makes it leave all alone, as words, or None; `nodes`: {full name of a controller: {`state`: one of
        the above, `leaving`: whether it waits for the others to withdraw, `resources`: {primitive: resource()}}};
        `under_way`: [(primitive, node, operation, since in seconds of the epoch)], what Pacemaker waits for.
    """
    fqdns = [controller['fqdn'] for controller in deployment['controllers']]
    return {
        'quorum': cib.get('have-quorum') == '1',
        'stops': _property(cib, 'no-quorum-policy', 'stop') in ('stop', 'suicide'),
        'maintenance': _everywhere(cib),
        'nodes': dict((fqdn, {'state': node_state(cib, fqdn), 'leaving': attributes.is_leaving(cib, fqdn),
                              'resources': dict((name, resource(cib, name, fqdn)) for name in primitives)})
                      for fqdn in fqdns),
        'under_way': under_way(cib, primitives, fqdns),
    }


def node_state(cib, node):
    """Return the state of a node, by its name."""
    if node not in [element.get('uname') for element in cib.findall('configuration/nodes/node')]:
        return UNKNOWN
    if not leaving.is_deployed(cib, node):
        return LEFT
    states = [element for element in cib.findall('status/node_state') if element.get('uname') == node]
    # in_ccm and crmd are words, since Pacemaker 2.1.7 the times since when.
    if not states or states[0].get('in_ccm', 'false') in ('false', '0') or states[0].get('crmd') in ('offline', '0'):
        return OFFLINE
    pairs = [pair for path in ('configuration/nodes/node', 'status/node_state') for element in cib.findall(path)
             if element.get('uname') == node for pair in element.iter('nvpair')]
    if _is_yes(pairs, 'standby'):
        return STANDBY
    if _is_yes(pairs, 'maintenance'):
        return MAINTENANCE
    return ONLINE if states[0].get('join') == 'member' else JOINING


def resource(cib, primitive, node):
    """Return what Pacemaker says of a primitive on a node.

    Returns:
        `state`; `since`: when it was started, in seconds of the epoch; `changed`: when it was started, stopped or
        found; `unmanaged`: what makes Pacemaker leave it alone, as words, or None; `stopped_by`: what keeps it from
        running there, likewise; `failure`: None or {`operation`, `reason`, `at`} of its last failed action that
        Pacemaker still lists.
    """
    last = state.last_operation(cib, primitive, node)
    since, failed = state.started_at(cib, primitive, node), last_failure(cib, primitive, node)
    now = STOPPED if since is None else STARTED
    if now == STARTED and is_down_since(cib, primitive, node):
        now = FAILED
    changed = None if last is None else state.number(last.get('last-rc-change'))
    return {'state': now, 'since': since, 'changed': changed, 'unmanaged': state.why_unmanaged(cib, primitive, node),
            'stopped_by': why_stopped(cib, primitive, node), 'failure': failed}


def _operations(cib, primitive, node):
    """Return all operations of a primitive on a node, the recurring ones and the last failure too."""
    return [operation for element in cib.findall('status/node_state') if element.get('uname') == node
            for found in element.findall('lrm/lrm_resources/lrm_resource')
            if found.get('id', '').split(':')[0] == primitive for operation in found.findall('lrm_rsc_op')]


def _failures(cib, primitive, node):
    # A probe that found something else than was expected is no failure.
    return [operation for operation in _operations(cib, primitive, node)
            if operation.get('id', '').endswith('_last_failure_0') and operation.get('op-status') != '-1'
            and not (operation.get('operation') == 'monitor' and operation.get('interval', '0') == '0'
                     and operation.get('rc-code') in ('0', '7', '8'))]


def last_failure(cib, primitive, node):
    """Return {`operation`, `reason`, `at`} of the last failed action of a primitive on a node; None without one."""
    found = _failures(cib, primitive, node)
    if not found:
        return None
    last = max(found, key=lambda operation: state.number(operation.get('last-rc-change')))
    reason = last.get('exit-reason') or 'exit code %s' % last.get('rc-code')
    return {'operation': last.get('operation'), 'reason': reason[:SHOWN],
            'at': state.number(last.get('last-rc-change'))}


def is_down_since(cib, primitive, node):
    """Return whether a monitor has found down, since its start, what Pacemaker leaves alone or is about to restart.

    A recurring monitor keeps its call id; when it finds what it looks after well again, it says so at a later time.
    """
    started = state.last_operation(cib, primitive, node)
    recurring = [operation for operation in _operations(cib, primitive, node)
                 if operation.get('interval', '0') != '0' and not operation.get('id', '').endswith('_last_failure_0')]
    for failure in _failures(cib, primitive, node):
        if state.number(failure.get('call-id')) <= state.number(started.get('call-id')):
            continue
        at = state.number(failure.get('last-rc-change'))
        if not any(operation.get('rc-code') == '0' and state.number(operation.get('last-rc-change')) > at
                   for operation in recurring):
            return True
    return False


def why_stopped(cib, primitive, node):
    """Return what an operator has set that keeps a primitive from a node, as words; None usually."""
    for identity in (clone_id(primitive), primitive):
        for element in cib.find('configuration/resources').iter():
            pairs = element.findall('meta_attributes/nvpair') if element.get('id') == identity else ()
            if any(pair.get('name') == 'target-role' and pair.get('value') == 'Stopped' for pair in pairs):
                return 'target-role is Stopped'
    for constraint in cib.findall('configuration/constraints/rsc_location'):
        if (constraint.get('rsc') in (clone_id(primitive), primitive) and constraint.get('node') == node
                and constraint.get('score') == '-INFINITY'):
            return 'the constraint %s bans it' % constraint.get('id')
    return None


def under_way(cib, primitives, nodes):
    """Return [(primitive, node, operation, since)] of the actions that have begun and not ended."""
    return sorted((primitive, node, operation.get('operation'), state.number(operation.get('last-rc-change')))
                  for primitive in primitives for node in nodes
                  for operation in state.operations(cib, primitive, node) if operation.get('op-status') == '-1')


def _everywhere(cib):
    for name, words in (('maintenance-mode', state.YES), ('is-managed-default', state.NO)):
        value = _property(cib, name, '')
        if value.lower() in words:
            return '%s is %s' % (name, value)
    return None


def _property(cib, name, default):
    for pair in cib.findall('configuration/crm_config//nvpair'):
        if pair.get('name') == name:
            return pair.get('value') or default
    return default


def _is_yes(pairs, name):
    # Its last word: the status, of a node until it is restarted, stands behind the configuration.
    found = [pair.get('value') or '' for pair in pairs if pair.get('name') == name]
    return any(re.match('(%s)$' % '|'.join(state.YES), value.lower()) for value in found)

"""Pacemaker's configuration, as one XML document (the CIB): read whole, changed as a whole, applied as one update.

The document's form is the same from Pacemaker 1.1.12 (Fuel 7.0) to 3.0, which no wrapper module or shell for it is. An
update is refused by Pacemaker if somebody else changed the configuration in between, and is then computed again.
"""
import collections
import copy
import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.store import CONF_DIR, wait_for

#: Score of a clone on a controller; Fuel's own constraints have the same.
SCORE = '100'

#: What Pacemaker says of a patch of a configuration that is no longer the current one (1.1.12 to 2.1).
OVERTAKEN = ('older than existing configuration', 'Application of an update diff failed')

#: Tries of an update that somebody else's update overtakes; other controllers deploy at the same time.
TRIES = 20

#: Seconds an agent may take to stop; Fuel's primitives allow as many.
AGENT_TIMEOUT = 360

#: Files whose change an agent only sees when it starts, besides the drop-in of its unit; likewise the guard. What the
#: guard uses of the deployment file, the agents' files have too: a change of it restarts both.
AGENT_FILES = {'ceilometer': '/etc/ceilometer/ceilometer.conf', 'aodh': '/etc/aodh/aodh.conf'}
GUARD_FILES = ('/usr/local/bin/ceilometer-redis',)

#: Operations of the daemons' primitives: a monitor that is failed by a hung daemon, a start with room for the guard's
#: turn, a stop with room for a handover.
OPERATIONS = (('monitor', '10s', '20s'), ('start', '0', '180s'), ('stop', '0', '60s'))

#: The daemons' primitives: OCF agent, its parameters. At a high load Pacemaker starts one at a time, in this order:
#: sentinels that run before all servers take these for down and elect another master (seen with 2.1.5).
STORE = collections.OrderedDict([
    ('p_redis-server', ('redis-server', {'config': os.path.join(CONF_DIR, 'redis.conf')})),
    ('p_redis-sentinel', ('redis-sentinel', {'config': os.path.join(CONF_DIR, 'sentinel.conf')}))])
GUARD = 'p_ceilometer-redis-guard'
GUARD_CLONE = 'clone_' + GUARD

#: The node attribute that says whether the guard here lets the agents start, and the end of the ids of the constraints
#: that ask for it.
TURN, IN_TURN = 'ceilometer-redis-turn', '-in-turn'

#: The node attribute of a controller whose agents have stopped for the plugin's withdrawal.
LEAVING = 'ceilometer-redis-leaving'

#: The node attribute that says which existing service the agents of a controller share; none: the store deployed here.
SERVICE = 'ceilometer-redis-service'

#: What an operator may have set on a clone and means its primitive as well.
OPERATORS = ('is-managed', 'maintenance', 'target-role')

#: Attributes by which constraints speak of a resource.
REFERENCES = ('rsc', 'with-rsc', 'first', 'then')


def clone_id(primitive):
    return 'clone_' + primitive


def query():
    """Return the CIB's root element as it is now. Raises NotDone when Pacemaker does not answer."""
    return ElementTree.fromstring(run(['cibadmin', '--query']))


def run(command, stdin=None):
    """Run a Pacemaker tool and return its output. Raises NotDone with the tool's own last line."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate(stdin)
    # crm_diff exits with 1 when there is a difference.
    if process.returncode not in ((0, 1) if command[0] == 'crm_diff' else (0,)):
        lines = errors.decode('utf-8', 'replace').strip().splitlines() or ['exit code %d' % process.returncode]
        raise NotDone('%s: %s' % (command[0], lines[-1]))
    return output


def update(change):
    """Apply change(cib), which edits the CIB in place and returns sentences of what it did; return the sentences.

    Raises NotDone when others' updates kept overtaking this one.
    """
    for attempt in range(TRIES):
        old = query()
        new = copy.deepcopy(old)
        done = change(new)
        if not done:
            return []
        new.set('epoch', str(int(old.get('epoch')) + 1))
        new.set('num_updates', '0')
        try:
            run(['cibadmin', '--patch', '--xml-pipe'], difference(old, new))
            return done
        except NotDone as refusal:
            if attempt == TRIES - 1 or not any(words in str(refusal) for words in OVERTAKEN):
                raise
            time.sleep(0.1 * (attempt + 1))


def difference(old, new):
    """Return Pacemaker's own patch from one CIB to another; its version makes Pacemaker refuse it on any third."""
    folder = tempfile.mkdtemp()
    paths = [os.path.join(folder, name) for name in ('old.xml', 'new.xml')]
    try:
        for path, cib in zip(paths, (old, new)):
            ElementTree.ElementTree(cib).write(path)
        return run(['crm_diff', '--original', paths[0], '--new', paths[1]])
    finally:
        for path in paths:
            if os.path.exists(path):
                os.remove(path)
        os.rmdir(folder)


def ensure(parent, tag, attributes):
    """Have a child element with these attributes, found by its id; return it and whether anything was changed."""
    for child in parent.findall(tag):
        if child.get('id') == attributes['id']:
            changed = any(child.get(name) != value for name, value in attributes.items())
            child.attrib.update(attributes)
            return child, changed
    return ElementTree.SubElement(parent, tag, attributes), True


def ensure_pair(parent, name, value):
    """Have a name-value pair in a set of attributes, whatever its id; return whether anything was changed."""
    for pair in parent.findall('nvpair'):
        if pair.get('name') == name:
            changed = pair.get('value') != value
            pair.set('value', value)
            return changed
    return ensure(parent, 'nvpair', {'id': '%s-%s' % (parent.get('id'), name), 'name': name, 'value': value})[1]


def parent_of(cib, element):
    """Return the element's parent in the CIB."""
    return [parent for parent in cib.iter() if element in list(parent)][0]


def find(cib, identity):
    """Return the element with this id in the configuration's resources, or None."""
    for element in cib.find('configuration/resources').iter():
        if element.get('id') == identity:
            return element
    return None


def add_clone(cib, primitive, **metas):
    """Have the clone of a primitive (in place: its definition stays as it is); return whether anything was changed."""
    clone, changed = find(cib, clone_id(primitive)), False
    if clone is None:
        element = find(cib, primitive)
        parent, clone = parent_of(cib, element), ElementTree.Element('clone', {'id': clone_id(primitive)})
        parent.insert(list(parent).index(element), clone)
        parent.remove(element)
        clone.append(element)
        changed = True
    attributes = clone.find('meta_attributes')
    if attributes is None:
        attributes = ElementTree.Element('meta_attributes', {'id': clone.get('id') + '-meta_attributes'})
        # The schema has a clone's attributes before its primitive.
        clone.insert(0, attributes)
    for name, value in sorted(metas.items()):
        changed = ensure_pair(attributes, name, value) or changed
    return changed


def location(cib, clone, node):
    """Return the constraint that places a clone on a node, or None. Fuel's ids and ours differ: the meaning counts."""
    for constraint in cib.findall('configuration/constraints/rsc_location'):
        if constraint.get('rsc') == clone and constraint.get('node') == node and constraint.get('score') == SCORE:
            return constraint
    return None


def add_location(cib, clone, node):
    """Have the clone on a node (Fuel's clusters are opt-in); return whether anything was changed."""
    if location(cib, clone, node) is not None:
        return False
    return ensure(cib.find('configuration/constraints'), 'rsc_location',
                  {'id': '%s-on-%s' % (clone, node), 'rsc': clone, 'node': node, 'score': SCORE})[1]


def remove_location(cib, clone, node):
    found = location(cib, clone, node)
    if found is not None:
        cib.find('configuration/constraints').remove(found)
    return found is not None


def put_place(cib, clone, node, taken=False):
    """Have a clone on a node, or (taken) stop it there; return sentences of what was changed."""
    if taken:
        return ['%s stops on %s' % (clone, node)] if remove_location(cib, clone, node) else []
    return ['%s has a place on %s' % (clone, node)] if add_location(cib, clone, node) else []


def drop_places(cib, clone, controllers):
    """Have no constraint of a clone on a node that is no controller; return sentences of what was changed."""
    constraints, names, done = cib.find('configuration/constraints'), [found['fqdn'] for found in controllers], []
    for constraint in constraints.findall('rsc_location'):
        node = constraint.get('node')
        if constraint.get('rsc') == clone and node and node not in names:
            constraints.remove(constraint)
            done.append('%s has no place on %s any more' % (clone, node))
    return done


def put_resources(cib, deployment):
    """Have the clones of redis-server and redis-sentinel, both on this node; return sentences of what was changed."""
    done = []
    for primitive, (agent, parameters) in STORE.items():
        done += put_daemon(cib, primitive, agent, parameters)
        done += put_place(cib, clone_id(primitive), deployment['node']['fqdn'])
        done += drop_places(cib, clone_id(primitive), deployment['controllers'])
    return done


def put_daemon(cib, primitive, agent, parameters):
    """Have one daemon's primitive in its clone; return sentences of what was changed.

    What an operator added (target-role, is-managed) stays.
    """
    definition = {'id': primitive, 'class': 'ocf', 'provider': 'ceilometer-redis', 'type': agent}
    changes = []
    if find(cib, primitive) is None:
        ensure(cib.find('configuration/resources'), 'primitive', definition)
        changes.append(True)
    changes.append(add_clone(cib, primitive, interleave='true'))
    element, changed = ensure(find(cib, clone_id(primitive)), 'primitive', definition)
    changes.append(changed)
    for name, value in sorted(parameters.items()):
        attributes, _ = ensure(element, 'instance_attributes', {'id': primitive + '-instance_attributes'})
        changes.append(ensure_pair(attributes, name, value))
    metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
    # A failure that is over leaves Pacemaker's list by itself.
    changes.append(ensure_pair(metas, 'failure-timeout', '60s'))
    operations = element.find('operations')
    if operations is None:
        operations = ElementTree.SubElement(element, 'operations')
    for name, interval, timeout in OPERATIONS:
        changes.append(ensure(operations, 'op', {'id': '%s-%s' % (primitive, name), 'name': name, 'interval': interval,
                                                 'timeout': timeout})[1])
    return ['%s is defined' % clone_id(primitive)] if any(changes) else []


def put_agents(cib, deployment, without=()):
    """Have Fuel's agents as clones that may run on this node, behind their guard; return sentences of what was changed.

    Turning a primitive into a clone keeps its definition and, of its constraints, this node's place: a controller that
    has not been configured yet would start an agent that coordinates with nobody and polls everything once more. Each
    controller adds its own place. Primitives named in without lose theirs, which stops them here. Raises BadInput when
    Fuel has not made the primitive.
    """
    node, guarded = deployment['node']['fqdn'], deployment['guard']
    done = ['%s does not leave' % node] if unmark_leaving(cib, node) else []
    done += put_service(cib, deployment)
    done += put_guard(cib, node, GUARD in without) if guarded else remove_guard(cib)
    done += drop_places(cib, GUARD_CLONE, deployment['controllers'])
    for primitive in sorted(deployment['agents']):
        clone = clone_id(primitive)
        if find(cib, primitive) is None:
            raise BadInput('agents.%s' % primitive, 'a primitive that Fuel has made in Pacemaker; there is none')
        # Instances that start together would read each other's half of a group (tooz: a member that joins while another
        # reads the list stays unknown to it): Pacemaker starts an ordered clone's instances one after another.
        if add_clone(cib, primitive, interleave='true', ordered='true'):
            move_constraints(cib, primitive, clone, node)
            done.append('%s is a clone' % primitive)
        done += put_place(cib, clone, node, primitive in without)
        done += drop_places(cib, clone, deployment['controllers'])
        if guarded and has_places_of(cib, clone, deployment['controllers']):
            done += bind(cib, clone)
    return done + put_released(cib, deployment, without)


def all_agents(deployment):
    """Return the agents of a deployment, by primitive, and those that coordinated before it."""
    return dict(deployment['agents'], **deployment.get('released', {}))


def put_released(cib, deployment, without=()):
    """Have simple primitives of the agents that coordinate no longer; return sentences of what was changed.

    As in put_agents each controller adds its own place: those of others, whose agents still have the store in their
    configuration, would run on and share nothing with this one's.
    """
    node, done = deployment['node']['fqdn'], []
    for primitive in sorted(deployment.get('released', {})):
        if find(cib, primitive) is not None:
            unbind(cib, clone_id(primitive))
            taken = primitive in without
            done += put_primitive(cib, primitive, [] if taken else [node], [node] if taken else [])
    return done


def put_primitive(cib, primitive, places, without):
    """Have a simple primitive instead of a clone, in place, with places and without some; return sentences."""
    clone, done = find(cib, clone_id(primitive)), []
    if clone is not None:
        element, parent = clone.find('primitive'), parent_of(cib, clone)
        parent.insert(list(parent).index(clone), element)
        parent.remove(clone)
        for pair in clone.findall('meta_attributes/nvpair'):
            if pair.get('name') in OPERATORS:
                metas, _ = ensure(element, 'meta_attributes', {'id': primitive + '-meta_attributes'})
                ensure_pair(metas, pair.get('name'), pair.get('value'))
        move_constraints(cib, clone.get('id'), primitive, None)
        done.append('%s is a simple primitive' % primitive)
    for node in places + without:
        done += put_place(cib, primitive, node, taken=node in without)
    return done


def put_service(cib, deployment):
    """Say which service the agents here share, and stop those that share another; return sentences of what was changed.

    They would poll everything once more: each of them starts again with its controller's own deployment.
    """
    node, service, done = deployment['node']['fqdn'], service_of(deployment), []
    for primitive, other in strangers(cib, deployment):
        done += put_place(cib, clone_id(primitive), other, taken=True)
    if service is None:
        changed = remove_attribute(cib, node, SERVICE)
    else:
        changed = put_attribute(cib, node, SERVICE, service)
    return done + ['%s uses %s' % (node, service or 'the store here')] if changed else done


def service_of(deployment):
    """Return the existing service of a deployment, None if it has a store of its own."""
    return deployment['coordination'].get('service')


def strangers(cib, deployment):
    """Return (primitive, node) of the agents and guards on controllers that share another store than this one's."""
    nodes = [node['fqdn'] for node in deployment['controllers'] if node['fqdn'] != deployment['node']['fqdn']]
    return [(primitive, node) for node in nodes if attribute(cib, node, SERVICE) != service_of(deployment)
            for primitive in sorted(deployment['agents']) + [GUARD]]


def put_guard(cib, node, taken):
    """Have the guard's clone, on this node unless taken from it; return sentences of what was changed."""
    return put_daemon(cib, GUARD, 'guard', {}) + put_place(cib, GUARD_CLONE, node, taken)


def remove_clone(cib, primitive):
    """Have neither the clone of a primitive nor a constraint on it; return sentences of what was changed."""
    clone = find(cib, clone_id(primitive))
    if clone is None:
        return []
    remove_constraints(cib, lambda _, resources: resources & set([clone_id(primitive), primitive]))
    parent_of(cib, clone).remove(clone)
    return ['%s is removed' % clone_id(primitive)]


def remove_constraints(cib, unwanted):
    """Have no constraint for which unwanted(its id, the set of resources that it speaks of) is true."""
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        if unwanted(constraint.get('id', ''), set(constraint.get(name) for name in REFERENCES)):
            constraints.remove(constraint)


def give_turn():
    """Let Pacemaker start the guarded agents on this node; raises NotDone if it does not answer.

    A start that waited for its turn would not do: an order between clones makes every agent wait for every guard (seen
    with 2.1.5), and the whole cluster for an action under way. The OCF agent takes the turn back when the guard stops.
    """
    run(['attrd_updater', '--name', TURN, '--update', '1'])


def remove_guard(cib):
    """Have neither the guard nor a constraint that speaks of it; return sentences of what was changed."""
    if find(cib, GUARD_CLONE) is not None:
        remove_constraints(cib, lambda identity, _: identity.endswith(IN_TURN))
    return remove_clone(cib, GUARD)


def has_places_of(cib, clone, controllers):
    """Return whether the guard has a place wherever the clone has one.

    Where agents ran without a guard, the controllers add it one after another: bound to it before that, the agents of
    the others would stop until their turn.
    """
    return all(location(cib, GUARD_CLONE, controller['fqdn']) is not None
               for controller in controllers if location(cib, clone, controller['fqdn']) is not None)


def bind(cib, clone):
    """Have a clone's instances start after their node's guard, in its turn, and restart with it; return sentences."""
    constraints = cib.find('configuration/constraints')
    changes = [
        ensure(constraints, 'rsc_order', {'id': '%s-after-guard' % clone, 'first': GUARD_CLONE, 'then': clone,
                                          'kind': 'Mandatory'})[1],
        ensure(constraints, 'rsc_colocation', {'id': '%s-with-guard' % clone, 'rsc': clone, 'with-rsc': GUARD_CLONE,
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
        GUARD_CLONE in resources or identity.endswith(IN_TURN)))


def move_constraints(cib, primitive, clone, node):
    """Let the constraints of a primitive speak of its clone; places on other nodes (not: bans) are dropped."""
    constraints = cib.find('configuration/constraints')
    for constraint in list(constraints):
        place = constraint.tag == 'rsc_location' and constraint.get('node') and constraint.get('score', '-')[0] != '-'
        if place and constraint.get('rsc') == primitive and constraint.get('node') != node:
            constraints.remove(constraint)
        for name in REFERENCES:
            if constraint.get(name) == primitive:
                constraint.set(name, clone)
        for reference in constraint.iter('resource_ref'):
            if reference.get('id') == primitive:
                reference.set('id', clone)


def attribute_pairs(cib, node, name):
    """Return [(attributes, pair)] of a permanent attribute of a node: one or none."""
    return [(attributes, pair) for element in cib.findall('configuration/nodes/node') if element.get('uname') == node
            for attributes in element.findall('instance_attributes') for pair in attributes.findall('nvpair')
            if pair.get('name') == name]


def attribute(cib, node, name):
    """Return the value of a permanent attribute of a node, None if it has none."""
    for _, pair in attribute_pairs(cib, node, name):
        return pair.get('value')
    return None


def put_attribute(cib, node, name, value):
    """Have a permanent attribute of a node; return whether anything was changed."""
    if attribute(cib, node, name) == value:
        return False
    remove_attribute(cib, node, name)
    element = [element for element in cib.findall('configuration/nodes/node') if element.get('uname') == node][0]
    attributes, _ = ensure(element, 'instance_attributes', {'id': 'nodes-' + element.get('id')})
    return ensure_pair(attributes, name, value)


def remove_attribute(cib, node, name):
    """Have no such attribute of a node; return whether anything was changed."""
    found = attribute_pairs(cib, node, name)
    for attributes, pair in found:
        attributes.remove(pair)
    return bool(found)


def leaving(cib, node):
    """Return whether a controller has the mark that it leaves."""
    return attribute(cib, node, LEAVING) is not None


def mark_leaving(cib, node):
    """Have the mark that a controller leaves; return whether anything was changed."""
    return put_attribute(cib, node, LEAVING, '1')


def unmark_leaving(cib, node):
    """Have no mark that a controller leaves; return whether anything was changed."""
    return remove_attribute(cib, node, LEAVING)


def offline(cib):
    """Return the names of the nodes that are off, if this partition has quorum; else nobody is known to be."""
    if cib.get('have-quorum') != '1':
        return []
    # in_ccm is 'true' or 'false', since Pacemaker 2.1.7 the time of joining or 0.
    return [state.get('uname') for state in cib.findall('status/node_state') if state.get('in_ccm') in ('false', '0')]


def operations(cib, primitive, node):
    """Return the operations (lrm_rsc_op) that started, stopped or found the primitive on a node."""
    return [operation for state in cib.findall('status/node_state') if state.get('uname') == node
            for resource in state.findall('lrm/lrm_resources/lrm_resource')
            if resource.get('id').split(':')[0] == primitive
            for operation in resource.findall('lrm_rsc_op') if operation.get('interval', '0') == '0']


def last_operation(cib, primitive, node):
    """Return the last of the operations, or None."""
    found = operations(cib, primitive, node)
    return max(found, key=lambda operation: int(operation.get('call-id', '0'))) if found else None


def is_under_way(cib, primitive, node):
    """Return whether an operation on the primitive has begun on a node and not ended.

    Pacemaker of today has it in the place of the one before (2.1.5); an older one keeps that until the new one ends.
    """
    return any(operation.get('op-status') == '-1' for operation in operations(cib, primitive, node))


def started_at(cib, primitive, node):
    """Return when the primitive was started on a node, in seconds since the epoch, or None if it does not run there.

    A recurring monitor is not asked: Pacemaker keeps only its last change, which is later than the start.
    """
    operation = last_operation(cib, primitive, node)
    if operation is None or operation.get('rc-code') != '0' or operation.get('operation') not in ('start', 'monitor'):
        return None
    return int(operation.get('last-rc-change', '0'))


def running(cib, instances):
    """Return those (primitive, node) of which an instance runs; what is on a node that is off does not."""
    off = offline(cib)
    return [(primitive, node) for primitive, node in instances if node not in off and started_at(cib, primitive, node)]


def files_of(deployment):
    """Return, by primitive, the files that the agents and their guard read when they start.

    The guard is to know which agents there are, also of one that comes or goes and does not run here.
    """
    files = dict((primitive, (AGENT_FILES[agent['config']],
                              '/etc/systemd/system/%s.service.d/ceilometer-redis.conf' % agent['service']))
                 for primitive, agent in all_agents(deployment).items())
    if deployment['guard']:
        files[GUARD] = GUARD_FILES + sum(files.values(), ())
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
        started = started_at(cib, primitive, deployment['node']['fqdn'])
        if started is not None and started <= changed_at(paths):
            stale.append(primitive)
    return sorted(set(stale + [GUARD])) if stale and deployment['guard'] else stale


def apply_resources(deployment, check=False):
    """Bring the store's clones to the deployment; return sentences of what changed (or would, with check)."""
    def change(cib):
        return put_resources(cib, deployment)
    return change(query()) if check else update(change)


def apply_agents(deployment, check=False):
    """Bring the agents' clones and the guard's to the deployment, and this node's instances to their configuration.

    An instance that was started before its files changed is stopped and started, here and nowhere else, by taking its
    place on this node away and giving it back, after those on other controllers that share another store have stopped
    too. Returns sentences of what changed (or would, with check). Raises NotDone if one does not stop within
    AGENT_TIMEOUT. Nobody waits for the start: an operator may have banned it.
    """
    node = deployment['node']['fqdn']
    cib = query()
    stale = stale_agents(cib, deployment)
    if check:
        return put_agents(cib, deployment) + ['%s is restarted on %s' % (clone_id(name), node) for name in stale]
    stopping = [(primitive, node) for primitive in stale] + running(cib, strangers(cib, deployment))
    done = update(lambda cib: put_agents(cib, deployment, without=stale)) if stopping else []
    try:
        wait_for(lambda: not running(query(), stopping), AGENT_TIMEOUT,
                 'stop of %s' % ', '.join('%s on %s' % each for each in stopping))
    finally:
        # Also when it does not stop in time: nobody else would give the place back.
        done += update(lambda cib: put_agents(cib, deployment))
    return done

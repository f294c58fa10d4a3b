"""Pacemaker's configuration: the real cibadmin and crm_diff work on a file, crm_simulate does what Pacemaker would."""

import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.pacemaker import clones, daemons, state, tools
from ceilometer_redis.pacemaker.agents import apply_agents, stale_agents
from ceilometer_redis.pacemaker.attributes import SERVICE, get
from ceilometer_redis.pacemaker.guard import CLONE, PRIMITIVE, TURN
from ceilometer_redis.pacemaker.state import last_operation, offline, running, started_at

NODES = ['node-%d.example.com' % number for number in (1, 2, 3)]
AGENTS = {'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'},
          'p_aodh-evaluator': {'service': 'aodh-evaluator', 'config': 'aodh'}}
GUARDED = sorted(list(AGENTS) + [PRIMITIVE])

# As Fuel leaves a cluster: opt-in, simple primitives, a place of each primitive on each controller; in the schema that
# Pacemaker 1.1 on Fuel's controllers has.
FUEL_PRIMITIVE = '''
<primitive id="%(id)s" class="ocf" provider="pacemaker" type="Dummy">
  <instance_attributes id="%(id)s-instance_attributes">
    <nvpair id="%(id)s-instance_attributes-user" name="user" value="ceilometer"/>
  </instance_attributes>
  <meta_attributes id="%(id)s-meta_attributes">
    <nvpair id="%(id)s-meta_attributes-resource-stickiness" name="resource-stickiness" value="1"/>
  </meta_attributes>
  <operations><op id="%(id)s-monitor-20" name="monitor" interval="20" timeout="30"/></operations>
</primitive>'''
FUEL_CIB = '''
<cib validate-with="pacemaker-2.0" crm_feature_set="3.0.9" epoch="7" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config><cluster_property_set id="cib-bootstrap-options">
      <nvpair id="cib-bootstrap-options-symmetric-cluster" name="symmetric-cluster" value="false"/>
      <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>
      <nvpair id="cib-bootstrap-options-no-quorum-policy" name="no-quorum-policy" value="ignore"/>
    </cluster_property_set></crm_config>
    <nodes>%(nodes)s</nodes>
    <resources>%(resources)s</resources>
    <constraints>%(constraints)s</constraints>
  </configuration>
  <status/>
</cib>'''

# What the guard's clone is to be, between the white space.
GUARD_CLONE = '''
<clone id="clone_p_ceilometer-redis-guard">
  <meta_attributes id="clone_p_ceilometer-redis-guard-meta_attributes">
    <nvpair id="clone_p_ceilometer-redis-guard-meta_attributes-interleave" name="interleave" value="true" />
  </meta_attributes>
  <primitive id="p_ceilometer-redis-guard" class="ocf" provider="ceilometer-redis" type="guard">
    <meta_attributes id="p_ceilometer-redis-guard-meta_attributes">
      <nvpair id="p_ceilometer-redis-guard-meta_attributes-failure-timeout" name="failure-timeout" value="60s" />
    </meta_attributes>
    <operations>
      <op id="p_ceilometer-redis-guard-monitor" name="monitor" interval="10s" timeout="20s" />
      <op id="p_ceilometer-redis-guard-start" name="start" interval="0" timeout="180s" />
      <op id="p_ceilometer-redis-guard-stop" name="stop" interval="0" timeout="60s" />
    </operations>
  </primitive>
</clone>'''


def fuel_cib():
    return FUEL_CIB % {
        'nodes': ''.join('<node id="%d" uname="%s"/>' % item for item in enumerate(NODES, 1)),
        'resources': ''.join(FUEL_PRIMITIVE % {'id': primitive} for primitive in sorted(AGENTS)),
        'constraints': ''.join('<rsc_location id="%s-on-%s" rsc="%s" node="%s" score="100"/>' % (name, node, name, node)
                               for name in sorted(AGENTS) for node in NODES)}


def definition(element):
    """An element as text without the white space between elements."""
    return ''.join(line.strip() for line in ElementTree.tostring(element).decode().splitlines())


def deployment(node, agents=AGENTS, guard=True, controllers=NODES, service=None, released=None):
    made = {'node': {'fqdn': node}, 'controllers': [{'fqdn': fqdn} for fqdn in controllers], 'agents': agents,
            'guard': guard, 'coordination': {'service': service}}
    return dict(made, released=released) if released else made


class Cluster(object):
    """A CIB in a file, with crm_simulate in the place of Pacemaker's daemons."""

    def __init__(self, path):
        self.path = path

    def cib(self):
        return ElementTree.parse(self.path).getroot()

    def settle(self, *events):
        """Let Pacemaker do all it would after these events (options of crm_simulate), and the guards take turns."""
        self.simulate(*events)
        if self.take_turns():
            self.simulate()

    def take_turns(self):
        cib, taken = self.cib(), []
        for node in cib.findall('status/node_state'):
            if node.get('uname') in self.running(PRIMITIVE) and node.find('transient_attributes') is None:
                attributes = ElementTree.SubElement(node, 'transient_attributes', {'id': node.get('id')})
                pairs = ElementTree.SubElement(attributes, 'instance_attributes', {'id': 'status-' + node.get('id')})
                turn = {'id': 'turn-' + node.get('id'), 'name': TURN, 'value': '1'}
                ElementTree.SubElement(pairs, 'nvpair', turn)
                taken.append(node)
        ElementTree.ElementTree(cib).write(self.path)
        return taken

    def simulate(self, *events):
        up = [word for node in NODES for word in ('--node-up', node)]
        said = subprocess.check_output(['crm_simulate', '--live-check', '--simulate', '--save-output',
                                        self.path + '.new'] + up + list(events))
        os.rename(self.path + '.new', self.path)
        return said.decode()

    def starts(self, primitives=GUARDED):
        """By primitive and node: the number of the instance's last start, where it runs."""
        return dict(((primitive, node), int(last_operation(self.cib(), primitive, node).get('call-id')))
                    for primitive in primitives for node in self.running(primitive))

    def running(self, primitive):
        """The nodes where the primitive runs."""
        return [node for node in NODES if started_at(self.cib(), primitive, node) is not None]

    def xpath(self, path):
        return self.cib().findall('configuration/' + path)


@pytest.fixture
def pacemaker(tmpdir, monkeypatch):
    path = str(tmpdir.join('cib.xml'))
    with open(path, 'w') as cib:
        cib.write(fuel_cib())
    monkeypatch.setenv('CIB_file', path)
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.AGENT_FILES', {
        'ceilometer': str(tmpdir.join('ceilometer.conf')), 'aodh': str(tmpdir.join('aodh.conf'))})
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.GUARD_FILES', (str(tmpdir.join('helper')),))
    live, query = Cluster(path), tools.query

    def query_of_a_live_cluster():
        live.settle()
        return query()

    monkeypatch.setattr(tools, 'query', query_of_a_live_cluster)
    live.settle()
    assert [len(live.running(primitive)) for primitive in AGENTS] == [1, 1]
    return live


def deploy(pacemaker, node, apply=daemons.apply_resources, **settings):
    """One controller's deployment; Pacemaker acts at once."""
    done = apply(deployment(node, **settings))
    pacemaker.settle()
    return done


def test_redis_and_sentinel_run_on_each_controller_from_its_own_deployment_on(pacemaker):
    for count, node in enumerate(NODES, 1):
        deploy(pacemaker, node)
        assert pacemaker.running('p_redis-server') == pacemaker.running('p_redis-sentinel') == NODES[:count]


def test_a_second_deployment_changes_nothing_and_says_so(pacemaker):
    for node in NODES:
        assert deploy(pacemaker, node)
    before = pacemaker.cib()
    for node in NODES:
        assert daemons.apply_resources(deployment(node), check=True) == []
        assert daemons.apply_resources(deployment(node)) == []
    assert ElementTree.tostring(pacemaker.cib()) == ElementTree.tostring(before)


def test_a_check_names_what_would_change_and_changes_nothing(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    assert daemons.apply_resources(deployment(NODES[0]), check=True) == [
        'clone_p_redis-server is defined', 'clone_p_redis-server has a place on node-1.example.com',
        'clone_p_redis-sentinel is defined', 'clone_p_redis-sentinel has a place on node-1.example.com']
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_of_a_controllers_daemons_pacemaker_starts_the_redis_server_first(pacemaker):
    daemons.apply_resources(deployment(NODES[0]))
    said = pacemaker.simulate()
    assert re.findall(r'Resource action: +(p_redis-[a-z]+)\S* +start', said) == ['p_redis-server', 'p_redis-sentinel']


def test_what_an_operator_set_on_a_daemon_stays_and_what_he_broke_is_mended(pacemaker):
    deploy(pacemaker, NODES[0])
    subprocess.check_call(['crm_resource', '--resource', 'p_redis-server', '--meta', '--set-parameter', 'is-managed',
                           '--parameter-value', 'false'])
    subprocess.check_call(['crm_resource', '--resource', 'p_redis-server', '--set-parameter', 'config',
                           '--parameter-value', '/tmp/wrong.conf'])
    assert deploy(pacemaker, NODES[0]) == ['clone_p_redis-server is defined']
    pairs = dict((pair.get('name'), pair.get('value'))
                 for pair in pacemaker.xpath(".//clone[@id='clone_p_redis-server']//nvpair"))
    assert pairs == {'config': '/etc/ceilometer-redis/redis/redis.conf', 'failure-timeout': '60s', 'interleave': 'true',
                     'is-managed': 'false'}


@pytest.mark.parametrize('apply, primitives', [(daemons.apply_resources, sorted(daemons.PRIMITIVES)),
                                               (apply_agents, GUARDED)])
def test_a_controller_that_has_gone_loses_its_places_and_nothing_else_moves(pacemaker, apply, primitives):
    for node in NODES:
        deploy(pacemaker, node, apply)
    subprocess.check_call(['crm_resource', '--ban', '--resource', clones.clone_id(primitives[0]), '--node', NODES[2]])
    starts = dict((place, start) for place, start in pacemaker.starts(primitives).items() if place[1] != NODES[2])
    left = ['%s has no place on %s any more' % (clones.clone_id(primitive), NODES[2]) for primitive in primitives]
    assert sorted(set(apply(deployment(NODES[0], controllers=NODES[:2]), check=True))) == sorted(left)
    apply(deployment(NODES[0], controllers=NODES[:2]))
    assert apply(deployment(NODES[1], controllers=NODES[:2])) == []
    assert [place.get('id') for place in pacemaker.xpath('constraints/rsc_location') if place.get('node') == NODES[2]
            and place.get('rsc') in map(clones.clone_id, primitives)] == []
    pacemaker.settle()
    assert pacemaker.starts(primitives) == starts


def test_a_primitive_becomes_a_clone_with_the_definition_that_fuel_made(pacemaker):
    before = definition(pacemaker.xpath(".//primitive[@id='p_aodh-evaluator']")[0])
    deploy(pacemaker, NODES[0], apply_agents)
    clone, = pacemaker.xpath("resources/clone[@id='clone_p_aodh-evaluator']")
    assert definition(clone.find('primitive')) == before
    assert dict((pair.get('name'), pair.get('value')) for pair in clone.findall('meta_attributes/nvpair')) == {
        'interleave': 'true', 'ordered': 'true'}


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_agent_runs_only_where_a_deployment_has_configured_it(pacemaker, order):
    for count, number in enumerate(order, 1):
        deploy(pacemaker, NODES[number], apply_agents)
        assert pacemaker.running('p_ceilometer-agent-central') == sorted(NODES[done] for done in order[:count])
    assert apply_agents(deployment(NODES[0]), check=True) == []


@pytest.mark.parametrize('guard, restarted', [
    (False, ['p_ceilometer-agent-central']), (True, ['p_ceilometer-agent-central', PRIMITIVE])])
def test_an_agent_older_than_its_configuration_is_restarted_here_alone_in_its_guards_turn(pacemaker, tmpdir, guard,
                                                                                          restarted):
    deploy_agents(pacemaker, guard=guard)
    conf = tmpdir.join('ceilometer.conf')
    conf.write('[coordination]')
    conf.setmtime(time.time() + 60)
    here = deployment(NODES[1], guard=guard)
    assert apply_agents(here, check=True) == [
        'clone_%s is restarted on node-2.example.com' % primitive for primitive in restarted]
    before = pacemaker.starts()
    assert sorted(apply_agents(here)) == [
        'clone_%s %s on node-2.example.com' % (primitive, what)
        for primitive in restarted for what in ('has a place', 'stops')]
    pacemaker.settle()
    after = pacemaker.starts()
    assert sorted(after) == sorted(before)
    changed = [instance for instance in before if after[instance] != before[instance]]
    assert set(node for _, node in changed) == set([NODES[1]])
    assert set(restarted) <= set(primitive for primitive, _ in changed)


def deploy_agents(pacemaker, **settings):
    """Every controller's deployment of the agents, one after another; return what each of them restarted."""
    restarted = []
    for node in NODES:
        before = pacemaker.starts()
        deploy(pacemaker, node, apply_agents, **settings)
        after = pacemaker.starts()
        restarted.append([instance for instance in sorted(before) if after.get(instance) != before[instance]])
    return restarted


def restarted_by(pacemaker, *events):
    """What runs on after these events, but was started anew, and what runs no more."""
    before = pacemaker.starts()
    pacemaker.settle(*events)
    after = pacemaker.starts()
    return ([instance for instance in sorted(after) if after[instance] != before[instance]],
            [instance for instance in sorted(before) if instance not in after])


EVALUATOR = 'p_aodh-evaluator'
#: The role of the alarms when it is no longer ticked.
RELEASING = {'agents': dict((name, agent) for name, agent in AGENTS.items() if name != EVALUATOR),
             'released': {EVALUATOR: AGENTS[EVALUATOR]}}


@pytest.mark.parametrize('guard', [True, False])
@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1)])
def test_an_agent_that_coordinates_no_longer_is_fuels_again_and_runs_once_where_that_is_configured(pacemaker, tmpdir,
                                                                                                  order, guard):
    before = definition(pacemaker.xpath("resources/primitive[@id='%s']" % EVALUATOR)[0])
    deploy_agents(pacemaker, guard=guard)
    for count, node in enumerate([NODES[number] for number in order], 1):
        tmpdir.join('aodh.conf').write('')
        tmpdir.join('aodh.conf').setmtime(time.time() + 60)
        central = pacemaker.starts(['p_ceilometer-agent-central'])
        deploy(pacemaker, node, apply_agents, guard=guard, **RELEASING)
        assert len(pacemaker.running(EVALUATOR)) == 1
        assert set(pacemaker.running(EVALUATOR)) <= set(NODES[number] for number in order[:count])
        others = [key for key, start in pacemaker.starts(['p_ceilometer-agent-central']).items() if key[1] != node]
        assert [key for key in others if pacemaker.starts(['p_ceilometer-agent-central'])[key] != central[key]] == []
        tmpdir.join('aodh.conf').setmtime(0)
    assert [definition(one) for one in pacemaker.xpath("resources/primitive[@id='%s']" % EVALUATOR)] == [before]
    constraints = [one for one in pacemaker.xpath('constraints/*') if 'evaluator' in ElementTree.tostring(one).decode()]
    assert sorted((one.tag, one.get('rsc'), one.get('node')) for one in constraints) == [
        ('rsc_location', EVALUATOR, node) for node in NODES]
    for node in NODES:
        assert apply_agents(deployment(node, guard=guard, **RELEASING), check=True) == []


def test_an_agent_that_coordinates_again_is_a_clone_again(pacemaker):
    deploy_agents(pacemaker)
    deploy_agents(pacemaker, **RELEASING)
    deploy_agents(pacemaker)
    assert pacemaker.running(EVALUATOR) == NODES
    assert apply_agents(deployment(NODES[0]), check=True) == []


@pytest.mark.parametrize('settings, name', [({}, 'agents'), (RELEASING, 'released')])
def test_a_guard_learns_of_an_agent_that_comes_or_goes_also_where_it_does_not_run(pacemaker, tmpdir, settings, name):
    deploy_agents(pacemaker)
    subprocess.check_call(['crm_resource', '--ban', '--resource', clones.clone_id(EVALUATOR), '--node', NODES[1]])
    pacemaker.settle()
    tmpdir.join('aodh.conf').write('')
    tmpdir.join('aodh.conf').setmtime(time.time() + 60)
    assert EVALUATOR in deployment(NODES[1], **settings)[name]
    assert 'clone_%s is restarted on %s' % (PRIMITIVE, NODES[1]) in apply_agents(
        deployment(NODES[1], **settings), check=True)


def failure_of_the_guard(node):
    return '--op-inject', '%s_monitor_10000@%s=7' % (PRIMITIVE, node)


def test_the_guard_runs_on_each_controller_from_its_own_deployment_on(pacemaker):
    for count, node in enumerate(NODES, 1):
        deploy(pacemaker, node, apply_agents)
        assert [pacemaker.running(primitive) for primitive in GUARDED] == [NODES[:count]] * 3
    clone, = pacemaker.xpath("resources/clone[@id='clone_p_ceilometer-redis-guard']")
    assert definition(clone) == definition(ElementTree.fromstring(GUARD_CLONE))


def test_a_second_deployment_of_the_agents_changes_nothing_and_says_so(pacemaker):
    deploy_agents(pacemaker)
    before = ElementTree.tostring(pacemaker.cib())
    for node in NODES:
        assert apply_agents(deployment(node), check=True) == []
        assert apply_agents(deployment(node)) == []
    assert ElementTree.tostring(pacemaker.cib()) == before


@pytest.mark.parametrize('node', NODES)
def test_a_failed_guard_is_restarted_with_the_agents_of_its_controller_and_nothing_else(pacemaker, node):
    deploy_agents(pacemaker)
    assert restarted_by(pacemaker, *failure_of_the_guard(node)) == ([(primitive, node) for primitive in GUARDED], [])


def test_without_a_guard_that_starts_a_controller_has_no_agents_and_the_others_keep_theirs(pacemaker):
    deploy_agents(pacemaker)
    start_fails = '--op-fail', '%s_start_0@%s=1' % (PRIMITIVE, NODES[1])
    assert restarted_by(pacemaker, *(failure_of_the_guard(NODES[1]) + start_fails)) == (
        [], [(primitive, NODES[1]) for primitive in GUARDED])


def test_an_agent_waits_for_its_guards_turn_and_the_others_go_on(pacemaker, monkeypatch):
    deploy(pacemaker, NODES[0], apply_agents)
    monkeypatch.setattr(Cluster, 'take_turns', lambda self: [])
    deploy(pacemaker, NODES[1], apply_agents)
    assert [pacemaker.running(primitive) for primitive in GUARDED] == [NODES[:1], NODES[:1], NODES[:2]]
    monkeypatch.undo()
    monkeypatch.setenv('CIB_file', pacemaker.path)
    pacemaker.settle()
    assert [pacemaker.running(primitive) for primitive in GUARDED] == [NODES[:2]] * 3


def test_a_guard_switched_off_is_removed_and_the_agents_run_on(pacemaker):
    deploy_agents(pacemaker)
    assert apply_agents(deployment(NODES[0], guard=False), check=True) == [
        'clone_p_ceilometer-redis-guard is removed']
    before = pacemaker.starts()
    assert deploy(pacemaker, NODES[0], apply_agents, guard=False)
    assert pacemaker.starts() == dict((instance, start) for instance, start in before.items() if instance[0] in AGENTS)
    assert 'guard' not in ElementTree.tostring(pacemaker.cib().find('configuration')).decode()
    assert deploy(pacemaker, NODES[1], apply_agents, guard=False) == []


def test_a_ban_of_the_guard_by_an_operator_goes_with_the_guard(pacemaker):
    deploy_agents(pacemaker)
    subprocess.check_call(['crm_resource', '--ban', '--resource', CLONE, '--node', NODES[2]])
    pacemaker.settle()
    assert pacemaker.running('p_aodh-evaluator') == NODES[:2]
    deploy(pacemaker, NODES[0], apply_agents, guard=False)
    assert pacemaker.running('p_aodh-evaluator') == NODES


def test_agents_that_ran_without_a_guard_are_bound_to_it_when_all_controllers_have_it(pacemaker):
    deploy_agents(pacemaker, guard=False)
    assert deploy_agents(pacemaker) == [[], [], [(primitive, NODES[2]) for primitive in sorted(AGENTS)]]
    assert [pacemaker.running(primitive) for primitive in GUARDED] == [NODES] * 3


def test_a_guard_older_than_its_files_is_restarted_here_alone(pacemaker, tmpdir):
    deploy_agents(pacemaker)
    written = tmpdir.join('helper')
    written.write('newer')
    written.setmtime(time.time() + 60)
    before = pacemaker.starts()
    assert apply_agents(deployment(NODES[1])) == [
        'clone_p_ceilometer-redis-guard stops on node-2.example.com',
        'clone_p_ceilometer-redis-guard has a place on node-2.example.com']
    pacemaker.settle()
    after = pacemaker.starts()
    assert [instance for instance in sorted(before) if after.get(instance) != before[instance]] == [
        (primitive, NODES[1]) for primitive in GUARDED]


def test_a_ban_by_an_operator_outlives_the_change_into_a_clone(pacemaker):
    subprocess.check_call(['crm_resource', '--ban', '--resource', 'p_ceilometer-agent-central', '--node', NODES[2]])
    for node in NODES:
        deploy(pacemaker, node, apply_agents)
    assert pacemaker.running('p_ceilometer-agent-central') == NODES[:2]


def test_a_primitive_put_back_by_fuel_is_made_a_clone_again(pacemaker):
    with open(pacemaker.path) as cib:
        as_fuel_left_it = cib.read()
    deploy(pacemaker, NODES[0], apply_agents)
    with open(pacemaker.path, 'w') as cib:
        cib.write(as_fuel_left_it)
    assert 'p_ceilometer-agent-central is a clone' in deploy(pacemaker, NODES[0], apply_agents)


def test_a_primitive_that_fuel_has_not_made_is_refused_by_name(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    with pytest.raises(BadInput) as refusal:
        apply_agents(deployment(NODES[0], {'p_missing': {'service': 'missing', 'config': 'aodh'}}))
    assert 'p_missing' in str(refusal.value)
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_an_update_that_another_overtakes_is_computed_again_from_the_newer_configuration(pacemaker, monkeypatch):
    query, seen = tools.query, []

    def overtaken():
        cib = query()
        if not seen:
            subprocess.check_call(['crm_attribute', '--name', 'cluster-delay', '--update', '61s'])
        seen.append(cib.get('epoch'))
        return cib

    monkeypatch.setattr(tools, 'query', overtaken)
    assert daemons.apply_resources(deployment(NODES[0]))
    assert len(seen) == 2
    assert pacemaker.xpath(".//nvpair[@name='cluster-delay']")[0].get('value') == '61s'


def test_a_tool_without_a_cluster_is_one_clear_error(monkeypatch):
    monkeypatch.setenv('CIB_file', '/nonexistent/cib.xml')
    with pytest.raises(NotDone) as refusal:
        tools.query()
    assert str(refusal.value).startswith('cibadmin: ')
    assert '\n' not in str(refusal.value)


def test_an_agent_that_does_not_stop_in_time_keeps_its_place(pacemaker, tmpdir, monkeypatch):
    deploy(pacemaker, NODES[0], apply_agents)
    conf = tmpdir.join('ceilometer.conf')
    conf.write('[coordination]')
    conf.setmtime(time.time() + 60)

    def too_long(*_):
        raise NotDone('stop: not within 360 s')

    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.wait_for', too_long)
    with pytest.raises(NotDone):
        deploy(pacemaker, NODES[0], apply_agents)
    pacemaker.settle()
    assert pacemaker.running('p_ceilometer-agent-central') == NODES[:1]


def status_of(states, quorum='1', resource='p:0'):
    """A CIB as a partition with or without quorum has it; states: by node, the attributes and operations there."""
    nodes = ''.join('<node_state uname="%s" %s><lrm><lrm_resources><lrm_resource id="%s">%s</lrm_resource>'
                    '</lrm_resources></lrm></node_state>' % (node, attributes, resource, operations)
                    for node, (attributes, operations) in sorted(states.items()))
    return ElementTree.fromstring('<cib have-quorum="%s"><status>%s</status></cib>' % (quorum, nodes))


@pytest.mark.parametrize('quorum, off', [('1', ['off-newer', 'off-older']), ('0', [])])
def test_a_controller_is_off_when_pacemaker_of_any_release_says_so_and_has_quorum(quorum, off):
    states = {'on-older': 'in_ccm="true" crmd="online"', 'off-older': 'in_ccm="false" crmd="offline"',
              'on-newer': 'in_ccm="1700000000"', 'off-newer': 'in_ccm="0"', 'unknown': ''}
    cib = status_of(dict((node, (attributes, '')) for node, attributes in states.items()), quorum)
    assert offline(cib) == off


def operation(name, call, code='0', interval='0', changed='1000', **others):
    attributes = dict(others, operation=name, interval=interval)
    attributes.update({'call-id': str(call), 'rc-code': code, 'last-rc-change': changed})
    return '<lrm_rsc_op %s/>' % ' '.join('%s="%s"' % item for item in attributes.items())


STARTED, STOPPED = operation('start', 9), operation('stop', 10, changed='2000')


@pytest.mark.parametrize('what, operations, started', [
    ('nothing was ever done', '', None),
    ('it was started', STARTED, 1000),
    ('it was found running', operation('monitor', 5), 1000),
    ('it was found not running', operation('monitor', 5, code='7'), None),
    ('it has stopped since', STARTED + STOPPED, None),
    ('it has stopped since, in another order', STOPPED + STARTED, None),
    ('it was started after it stopped', operation('stop', 8) + STARTED, 1000),
    ('its start failed', operation('start', 9, code='1'), None),
    ('it is looked at again and again', STARTED + operation('monitor', 11, interval='20000', changed='3000'), 1000),
])
def test_when_a_resource_was_started_if(what, operations, started):
    cib = status_of({NODES[0]: ('in_ccm="true"', operations), NODES[1]: ('in_ccm="true"', STOPPED)})
    assert started_at(cib, 'p', NODES[0]) == started, what
    assert started_at(cib, 'p', NODES[1]) is None
    assert started_at(cib, 'other', NODES[0]) is None


def test_of_what_was_started_only_what_is_on_a_node_that_is_on_runs():
    instances = [('p', node) for node in NODES] + [('other', NODES[0])]
    states = dict(zip(NODES, (('in_ccm="true"', STARTED), ('in_ccm="0"', STARTED), ('in_ccm="true"', STOPPED))))
    assert running(status_of(states), instances) == [('p', NODES[0])]


@pytest.mark.parametrize('what, operations, changed, stale', [
    ('it was started after its file changed', STARTED, {'aodh': 999}, []),
    ('it was started in the second of the change', STARTED, {'aodh': 1000}, [EVALUATOR]),
    ('its file changed since', STARTED, {'aodh': 1001}, [EVALUATOR]),
    ("another agent's file changed since", STARTED, {'ceilometer': 1001}, []),
    ('it does not run', STARTED + STOPPED, {'aodh': 3000}, []),
    ('it has no file', STARTED, {}, []),
])
def test_an_agent_is_older_than_its_configuration_if(tmpdir, monkeypatch, what, operations, changed, stale):
    files = dict((name, tmpdir.join(name)) for name in ('aodh', 'ceilometer'))
    for name, when in changed.items():
        files[name].ensure().setmtime(when)
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.AGENT_FILES',
                        dict((name, str(path)) for name, path in files.items()))
    cib = status_of({NODES[0]: ('in_ccm="true"', operations), NODES[1]: ('in_ccm="true"', operation('start', 9))},
                    resource=EVALUATOR)
    assert stale_agents(cib, deployment(NODES[0], guard=False)) == stale, what
    # Only a guard that starts takes a turn.
    assert stale_agents(cib, deployment(NODES[0])) == (stale + [PRIMITIVE] if stale else []), what


ZOOKEEPER = 'zookeeper://10.0.0.9:2181'


def use(pacemaker, tmpdir, node, service):
    """One controller's deployment of another store: its agents' files change, Pacemaker acts at once."""
    later = time.time() + 1000
    for name in ('ceilometer.conf', 'aodh.conf'):
        os.utime(str(tmpdir.join(name).ensure()), (later, later))
    return deploy(pacemaker, node, apply_agents, service=service)


@pytest.mark.parametrize('before, after', [(None, ZOOKEEPER), (ZOOKEEPER, None), (ZOOKEEPER, 'memcached://10.0.0.9')])
def test_no_two_controllers_poll_for_different_stores(pacemaker, tmpdir, before, after):
    for node in NODES:
        deploy(pacemaker, node, apply_agents, service=before)
    assert pacemaker.running('p_ceilometer-agent-central') == NODES
    for count, node in enumerate(NODES, 1):
        use(pacemaker, tmpdir, node, after)
        for primitive in GUARDED:
            assert pacemaker.running(primitive) == NODES[:count]
    assert [get(pacemaker.cib(), node, SERVICE) for node in NODES] == [after] * 3


def test_a_second_deployment_with_an_existing_service_changes_nothing(pacemaker):
    for node in NODES:
        assert '%s uses %s' % (node, ZOOKEEPER) in deploy(pacemaker, node, apply_agents, service=ZOOKEEPER)
    before = ElementTree.tostring(pacemaker.cib())
    for node in NODES:
        assert apply_agents(deployment(node, service=ZOOKEEPER), check=True) == []
        assert apply_agents(deployment(node, service=ZOOKEEPER)) == []
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_agents_that_move_start_only_when_those_that_share_the_other_store_have_stopped(pacemaker, tmpdir, monkeypatch):
    deploy_agents(pacemaker)
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.AGENT_TIMEOUT', 0)
    hung = [(primitive, node) for primitive in GUARDED for node in NODES[1:]]
    running = state.running
    monkeypatch.setattr(state, 'running', lambda cib, instances: [one for one in instances if one in hung] or
                        running(cib, instances))
    with pytest.raises(NotDone) as late:
        use(pacemaker, tmpdir, NODES[0], ZOOKEEPER)
    assert 'stop of ' in str(late.value) and 'p_ceilometer-agent-central on node-2.example.com' in str(late.value)

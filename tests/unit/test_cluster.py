"""Pacemaker's configuration: the real cibadmin and crm_diff work on a file, crm_simulate does what Pacemaker would."""

import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis import cluster
from ceilometer_redis.errors import BadInput, NotDone

NODES = ['node-%d.example.com' % number for number in (1, 2, 3)]
AGENTS = {'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'},
          'p_aodh-evaluator': {'service': 'aodh-evaluator', 'config': 'aodh'}}

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


def fuel_cib():
    return FUEL_CIB % {
        'nodes': ''.join('<node id="%d" uname="%s"/>' % item for item in enumerate(NODES, 1)),
        'resources': ''.join(FUEL_PRIMITIVE % {'id': primitive} for primitive in sorted(AGENTS)),
        'constraints': ''.join('<rsc_location id="%s-on-%s" rsc="%s" node="%s" score="100"/>' % (name, node, name, node)
                               for name in sorted(AGENTS) for node in NODES)}


def definition(element):
    """An element as text without the white space between elements."""
    return ''.join(line.strip() for line in ElementTree.tostring(element).decode().splitlines())


def deployment(node, agents=AGENTS):
    return {'node': {'fqdn': node}, 'agents': agents}


class Cluster(object):
    """A CIB in a file, with crm_simulate in the place of Pacemaker's daemons."""

    def __init__(self, path):
        self.path = path

    def cib(self):
        return ElementTree.parse(self.path).getroot()

    def settle(self):
        """Let Pacemaker's scheduler do all it would do."""
        subprocess.check_output(['crm_simulate', '--live-check', '--simulate', '--save-output', self.path + '.new'] +
                                [word for node in NODES for word in ('--node-up', node)])
        os.rename(self.path + '.new', self.path)

    def running(self, primitive):
        """The nodes where the primitive runs."""
        return [node for node in NODES if cluster.started_at(self.cib(), primitive, node) is not None]

    def xpath(self, path):
        return self.cib().findall('configuration/' + path)


@pytest.fixture
def pacemaker(tmpdir, monkeypatch):
    path = str(tmpdir.join('cib.xml'))
    with open(path, 'w') as cib:
        cib.write(fuel_cib())
    monkeypatch.setenv('CIB_file', path)
    monkeypatch.setattr(cluster, 'AGENT_FILES', {'ceilometer': str(tmpdir.join('ceilometer.conf')),
                                                 'aodh': str(tmpdir.join('aodh.conf'))})
    live, query = Cluster(path), cluster.query

    def query_of_a_live_cluster():
        live.settle()
        return query()

    monkeypatch.setattr(cluster, 'query', query_of_a_live_cluster)
    live.settle()
    assert [len(live.running(primitive)) for primitive in AGENTS] == [1, 1]
    return live


def deploy(pacemaker, node, apply=cluster.apply_resources):
    """One controller's deployment; Pacemaker acts at once."""
    done = apply(deployment(node))
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
        assert cluster.apply_resources(deployment(node), check=True) == []
        assert cluster.apply_resources(deployment(node)) == []
    assert ElementTree.tostring(pacemaker.cib()) == ElementTree.tostring(before)


def test_a_check_names_what_would_change_and_changes_nothing(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    assert cluster.apply_resources(deployment(NODES[0]), check=True) == [
        'clone_p_redis-sentinel is defined', 'clone_p_redis-sentinel has a place on node-1.example.com',
        'clone_p_redis-server is defined', 'clone_p_redis-server has a place on node-1.example.com']
    assert ElementTree.tostring(pacemaker.cib()) == before


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


def test_a_primitive_becomes_a_clone_with_the_definition_that_fuel_made(pacemaker):
    before = definition(pacemaker.xpath(".//primitive[@id='p_aodh-evaluator']")[0])
    deploy(pacemaker, NODES[0], cluster.apply_agents)
    clone, = pacemaker.xpath("resources/clone[@id='clone_p_aodh-evaluator']")
    assert definition(clone.find('primitive')) == before
    assert dict((pair.get('name'), pair.get('value')) for pair in clone.findall('meta_attributes/nvpair')) == {
        'interleave': 'true', 'ordered': 'true'}


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_agent_runs_only_where_a_deployment_has_configured_it(pacemaker, order):
    for count, number in enumerate(order, 1):
        deploy(pacemaker, NODES[number], cluster.apply_agents)
        assert pacemaker.running('p_ceilometer-agent-central') == sorted(NODES[done] for done in order[:count])
    assert cluster.apply_agents(deployment(NODES[0]), check=True) == []


def test_an_agent_older_than_its_configuration_is_restarted_here_alone(pacemaker, tmpdir):
    for node in NODES:
        deploy(pacemaker, node, cluster.apply_agents)
    starts = dict((node, cluster.last_operation(pacemaker.cib(), 'p_ceilometer-agent-central', node).get('call-id'))
                  for node in NODES)
    conf = tmpdir.join('ceilometer.conf')
    conf.write('[coordination]')
    conf.setmtime(time.time() + 60)
    clone = 'clone_p_ceilometer-agent-central'
    assert cluster.apply_agents(deployment(NODES[1]), check=True) == [clone + ' is restarted on node-2.example.com']
    assert cluster.apply_agents(deployment(NODES[1])) == [clone + ' stops on node-2.example.com',
                                                          clone + ' has a place on node-2.example.com']
    pacemaker.settle()
    after = dict((node, cluster.last_operation(pacemaker.cib(), 'p_ceilometer-agent-central', node).get('call-id'))
                 for node in NODES)
    assert [node for node in NODES if starts[node] != after[node]] == [NODES[1]]
    assert pacemaker.running('p_ceilometer-agent-central') == NODES


def test_a_ban_by_an_operator_outlives_the_change_into_a_clone(pacemaker):
    subprocess.check_call(['crm_resource', '--ban', '--resource', 'p_ceilometer-agent-central', '--node', NODES[2]])
    for node in NODES:
        deploy(pacemaker, node, cluster.apply_agents)
    assert pacemaker.running('p_ceilometer-agent-central') == NODES[:2]


def test_a_primitive_put_back_by_fuel_is_made_a_clone_again(pacemaker):
    with open(pacemaker.path) as cib:
        as_fuel_left_it = cib.read()
    deploy(pacemaker, NODES[0], cluster.apply_agents)
    with open(pacemaker.path, 'w') as cib:
        cib.write(as_fuel_left_it)
    assert 'p_ceilometer-agent-central is a clone' in deploy(pacemaker, NODES[0], cluster.apply_agents)


def test_a_primitive_that_fuel_has_not_made_is_refused_by_name(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    with pytest.raises(BadInput) as refusal:
        cluster.apply_agents(deployment(NODES[0], {'p_missing': {'service': 'missing', 'config': 'aodh'}}))
    assert 'p_missing' in str(refusal.value)
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_an_update_that_another_overtakes_is_computed_again_from_the_newer_configuration(pacemaker, monkeypatch):
    query, seen = cluster.query, []

    def overtaken():
        cib = query()
        if not seen:
            subprocess.check_call(['crm_attribute', '--name', 'cluster-delay', '--update', '61s'])
        seen.append(cib.get('epoch'))
        return cib

    monkeypatch.setattr(cluster, 'query', overtaken)
    assert cluster.apply_resources(deployment(NODES[0]))
    assert len(seen) == 2
    assert pacemaker.xpath(".//nvpair[@name='cluster-delay']")[0].get('value') == '61s'


def test_a_tool_without_a_cluster_is_one_clear_error(monkeypatch):
    monkeypatch.setenv('CIB_file', '/nonexistent/cib.xml')
    with pytest.raises(NotDone) as refusal:
        cluster.query()
    assert str(refusal.value).startswith('cibadmin: ')
    assert '\n' not in str(refusal.value)


def test_an_agent_that_does_not_stop_in_time_keeps_its_place(pacemaker, tmpdir, monkeypatch):
    deploy(pacemaker, NODES[0], cluster.apply_agents)
    conf = tmpdir.join('ceilometer.conf')
    conf.write('[coordination]')
    conf.setmtime(time.time() + 60)

    def too_long(*_):
        raise NotDone('stop: not within 360 s')

    monkeypatch.setattr(cluster, 'wait_for', too_long)
    with pytest.raises(NotDone):
        deploy(pacemaker, NODES[0], cluster.apply_agents)
    pacemaker.settle()
    assert pacemaker.running('p_ceilometer-agent-central') == NODES[:1]

# SPDX-License-Identifier: Apache-2.0
"""Three controllers as Fuel leaves them: the CIB in a file, crm_simulate in the place of Pacemaker's daemons."""

import hashlib
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from ceilometer_redis.pacemaker import daemons
from ceilometer_redis.pacemaker.agents import apply_agents
from ceilometer_redis.pacemaker.guard import PRIMITIVE, TURN
from ceilometer_redis.pacemaker.state import last_operation, started_at

NODES = ['node-%d.example.com' % number for number in (1, 2, 3)]
CENTRAL, EVALUATOR = 'p_ceilometer-agent-central', 'p_aodh-evaluator'
AGENTS = {CENTRAL: {'service': 'ceilometer-agent-central', 'config': 'ceilometer'},
          EVALUATOR: {'service': 'aodh-evaluator', 'config': 'aodh'}}
GUARDED = sorted(list(AGENTS) + [PRIMITIVE])

# The role of the alarms when it is no longer ticked.
RELEASING = {'agents': dict((name, agent) for name, agent in AGENTS.items() if name != EVALUATOR),
             'released': {EVALUATOR: AGENTS[EVALUATOR]}}
ZOOKEEPER = 'zookeeper://10.0.0.9:2181'

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

# Where it is kept what crm_simulate made of a CIB and events: tests have their beginnings in common, and each run is
# like the one before. What differs is when cibadmin wrote the CIB.
SIMULATED = os.path.join(os.path.dirname(__file__), '..', '..', '.cache', 'simulated')
VERSION = subprocess.check_output(['crm_simulate', '--version']).decode()
WRITTEN = re.compile(' cib-last-written="[^"]*"')


def fuel_cib():
    return FUEL_CIB % {
        'nodes': ''.join('<node id="%d" uname="%s"/>' % item for item in enumerate(NODES, 1)),
        'resources': ''.join(FUEL_PRIMITIVE % {'id': primitive} for primitive in sorted(AGENTS)),
        'constraints': ''.join('<rsc_location id="%s-on-%s" rsc="%s" node="%s" score="100"/>' % (name, node, name, node)
                               for name in sorted(AGENTS) for node in NODES)}


def remember(path, simulated):
    """Keep what was simulated; another process may be about to do the same."""
    try:
        os.makedirs(SIMULATED)
    except OSError:
        pass  # it is there
    own = '%s.%d' % (path, os.getpid())
    with open(own, 'w') as written:
        json.dump(simulated, written)
    os.rename(own, path)


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
        self.parsed = None, None

    def cib(self):
        return ElementTree.parse(self.path).getroot()

    def unchanged(self):
        """The CIB for those who only read: parsed anew when it has changed."""
        with open(self.path, 'rb') as cib:
            content = cib.read()
        if content != self.parsed[0]:
            self.parsed = content, ElementTree.fromstring(content)
        return self.parsed[1]

    def settle(self, *events):
        """Let Pacemaker do all it would after these events (options of crm_simulate), and the guards take turns."""
        self.simulate(*events)
        if self.take_turns():
            self.simulate()

    def take_turns(self):
        cib, taken, guarded = self.cib(), [], self.running(PRIMITIVE)
        for node in cib.findall('status/node_state'):
            if node.get('uname') in guarded and node.find('transient_attributes') is None:
                attributes = ElementTree.SubElement(node, 'transient_attributes', {'id': node.get('id')})
                pairs = ElementTree.SubElement(attributes, 'instance_attributes', {'id': 'status-' + node.get('id')})
                turn = {'id': 'turn-' + node.get('id'), 'name': TURN, 'value': '1'}
                ElementTree.SubElement(pairs, 'nvpair', turn)
                taken.append(node)
        ElementTree.ElementTree(cib).write(self.path)
        return taken

    def simulate(self, *events):
        """Do all that Pacemaker would after these events; return what crm_simulate says of it."""
        with io.open(self.path, encoding='utf-8') as cib:
            situation = hashlib.sha256('\n'.join((VERSION, WRITTEN.sub('', cib.read())) + events).encode('utf-8'))
        known = os.path.join(SIMULATED, situation.hexdigest())
        if not os.path.exists(known):
            up = [word for node in NODES for word in ('--node-up', node)]
            said = subprocess.check_output(['crm_simulate', '--live-check', '--simulate', '--save-output',
                                            self.path + '.new'] + up + list(events))
            with open(self.path + '.new') as cib:
                remember(known, [cib.read(), said.decode()])
        with open(known) as found:
            content, said = json.load(found)
        with open(self.path, 'w') as cib:
            cib.write(content)
        return said

    def starts(self, primitives=GUARDED):
        """By primitive and node: the number of the instance's last start, where it runs."""
        return dict(((primitive, node), int(last_operation(self.unchanged(), primitive, node).get('call-id')))
                    for primitive in primitives for node in self.running(primitive))

    def running(self, primitive):
        """The nodes where the primitive runs."""
        return [node for node in NODES if started_at(self.unchanged(), primitive, node) is not None]

    def xpath(self, path):
        return self.unchanged().findall('configuration/' + path)


def deploy(pacemaker, node, apply=daemons.apply_resources, **settings):
    """One controller's deployment; Pacemaker acts at once."""
    done = apply(deployment(node, **settings))
    pacemaker.settle()
    return done


def deploy_agents(pacemaker, **settings):
    """Every controller's deployment of the agents, one after another; return what each of them restarted."""
    restarted = []
    for node in NODES:
        before = pacemaker.starts()
        deploy(pacemaker, node, apply_agents, **settings)
        after = pacemaker.starts()
        restarted.append([instance for instance in sorted(before) if after.get(instance) != before[instance]])
    return restarted


def status_of(states, quorum='1', resource='p:0'):
    """A CIB as a partition with or without quorum has it; states: by node, the attributes and operations there."""
    nodes = ''.join('<node_state uname="%s" %s><lrm><lrm_resources><lrm_resource id="%s">%s</lrm_resource>'
                    '</lrm_resources></lrm></node_state>' % (node, attributes, resource, operations)
                    for node, (attributes, operations) in sorted(states.items()))
    return ElementTree.fromstring('<cib have-quorum="%s"><status>%s</status></cib>' % (quorum, nodes))


def operation(name, call, code='0', interval='0', changed='1000', **others):
    attributes = dict(others, operation=name, interval=interval)
    attributes.update({'call-id': str(call), 'rc-code': code, 'last-rc-change': changed})
    return '<lrm_rsc_op %s/>' % ' '.join('%s="%s"' % item for item in attributes.items())


STARTED, STOPPED = operation('start', 9), operation('stop', 10, changed='2000')

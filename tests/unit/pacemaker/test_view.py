# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker says of each controller, by a CIB."""

import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import CENTRAL, NODES, STARTED, STOPPED, deploy, deploy_agents, deployment, operation

from ceilometer_redis.pacemaker import tools, view
from ceilometer_redis.pacemaker.guard import PRIMITIVE

MEMBER = 'in_ccm="true" crmd="online" join="member"'
FIRST = NODES[0]
CIB = """
<cib have-quorum="%(quorum)s"><configuration>
  <crm_config><cluster_property_set id="c">%(properties)s</cluster_property_set></crm_config>
  <nodes><node id="1" uname="node-1.example.com"><instance_attributes id="n">%(node)s</instance_attributes></node>
  </nodes>
  <resources><clone id="clone_p"><meta_attributes id="m">%(clone)s</meta_attributes><primitive id="p"/></clone>
  </resources>
  <constraints>%(place)s%(constraints)s</constraints>
</configuration><status><node_state uname="node-1.example.com" %(state)s>
  <transient_attributes id="1"><instance_attributes id="t">%(transient)s</instance_attributes></transient_attributes>
  <lrm><lrm_resources><lrm_resource id="p">%(operations)s</lrm_resource></lrm_resources></lrm>
</node_state></status></cib>"""
PLACE = '<rsc_location id="x" rsc="clone_p_redis-server" node="node-1.example.com" score="100"/>'


def pair(name, value):
    return '<nvpair id="%s" name="%s" value="%s"/>' % (name, name, value)


def cib(**differs):
    parts = dict(quorum='1', properties='', node='', clone='', place=PLACE, constraints='', state=MEMBER, transient='',
                 operations=STARTED)
    return ElementTree.fromstring(CIB % dict(parts, **differs))


def failure(call, changed, name='monitor', interval='20000', code='7', **others):
    return operation(name, call, code=code, interval=interval, changed=changed, id='p_last_failure_0', **others)


def looked(changed):
    """A recurring monitor, which found it well at last."""
    return operation('monitor', 11, interval='20000', changed='%d' % changed)


@pytest.mark.parametrize('differs, state', [
    ({}, 'online'),
    ({'state': 'in_ccm="1700000000" crmd="1700000001" join="member"'}, 'online'),
    ({'state': 'in_ccm="false" crmd="offline" join="down"'}, 'offline'),
    ({'state': 'in_ccm="0" crmd="0" join="down"'}, 'offline'),
    ({'state': 'in_ccm="true" crmd="offline" join="down"'}, 'offline'),
    ({'state': 'in_ccm="true" crmd="online" join="pending"'}, 'joining'),
    ({'state': ''}, 'offline'),
    ({'node': pair('standby', 'on')}, 'standby'),
    ({'transient': pair('standby', 'true')}, 'standby'),
    ({'node': pair('standby', 'off')}, 'online'),
    ({'node': pair('maintenance', 'true')}, 'maintenance'),
    ({'place': ''}, 'withdrawn'),
])
def test_a_controller_is(differs, state):
    assert view.node_state(cib(**differs), FIRST) == state


def test_a_controller_that_pacemaker_does_not_know_is_said_to_be_unknown():
    assert view.node_state(cib(), 'node-9.example.com') == 'unknown'


@pytest.mark.parametrize('operations, state, reason', [
    (STARTED, 'started', None),
    ('', 'stopped', None),
    (STARTED + STOPPED, 'stopped', None),
    # Found down, and left alone.
    (STARTED + looked(1500) + failure(11, '2000'), 'failed', 'exit code 7'),
    (STARTED + failure(11, '2000', **{'exit-reason': 'it hangs'}), 'failed', 'it hangs'),
    # Started by hand since, or by Pacemaker.
    (STARTED + looked(3000) + failure(11, '2000'), 'started', 'exit code 7'),
    (STARTED + failure(7, '900'), 'started', 'exit code 7'),
    (operation('start', 9, code='1') + failure(9, '1000', name='start', interval='0', code='1'), 'stopped',
     'exit code 1'),
    # A probe that found it running, or not.
    (operation('monitor', 9) + failure(9, '1000', interval='0', code='0'), 'started', None),
])
def test_a_resource_is(operations, state, reason):
    seen = view.resource(cib(operations=operations), 'p', FIRST)
    assert (seen['state'], seen['failure'] and seen['failure']['reason']) == (state, reason)


@pytest.mark.parametrize('differs, words', [
    ({}, None),
    ({'clone': pair('target-role', 'Stopped')}, 'target-role is Stopped'),
    ({'clone': pair('target-role', 'Started')}, None),
    ({'constraints': '<rsc_location id="ban" rsc="clone_p" node="node-1.example.com" score="-INFINITY"/>'},
     'the constraint ban bans it'),
    ({'constraints': '<rsc_location id="ban" rsc="clone_p" node="node-2.example.com" score="-INFINITY"/>'}, None),
])
def test_what_keeps_a_resource_from_a_node_is_named(differs, words):
    assert view.resource(cib(**differs), 'p', FIRST)['stopped_by'] == words


def test_a_resource_that_is_left_alone_says_by_what():
    assert view.resource(cib(clone=pair('is-managed', 'false')), 'p', FIRST)['unmanaged'] == 'is-managed is false'


@pytest.mark.parametrize('differs, quorum, stops, maintenance', [
    ({}, True, True, None),
    ({'quorum': '0'}, False, True, None),
    ({'quorum': '0', 'properties': pair('no-quorum-policy', 'ignore')}, False, False, None),
    ({'properties': pair('maintenance-mode', 'true')}, True, True, 'maintenance-mode is true'),
    ({'properties': pair('is-managed-default', 'false')}, True, True, 'is-managed-default is false'),
    ({'properties': pair('maintenance-mode', 'false')}, True, True, None),
])
def test_of_the_whole_it_says(differs, quorum, stops, maintenance):
    seen = view.view(cib(**differs), deployment(FIRST, controllers=[FIRST]), ['p'])
    assert (seen['quorum'], seen['stops'], seen['maintenance']) == (quorum, stops, maintenance)


def test_what_has_begun_and_not_ended_is_under_way():
    begun = operation('stop', 12, code='193', changed='4000', **{'op-status': '-1'})
    assert view.under_way(cib(operations=STARTED + begun), ['p'], [FIRST]) == [('p', FIRST, 'stop', 4000)]


def test_a_cluster_that_was_just_deployed_is_online_and_runs_everything(pacemaker):
    for each in NODES:
        deploy(pacemaker, each)
    deploy_agents(pacemaker)
    primitives = [CENTRAL, PRIMITIVE, 'p_redis-server', 'p_redis-sentinel']
    seen = view.view(pacemaker.cib(), deployment(FIRST), primitives)
    assert [seen['nodes'][each]['state'] for each in NODES] == ['online'] * 3
    found = [resource for each in NODES for resource in seen['nodes'][each]['resources'].values()]
    assert set(resource['state'] for resource in found) == set(['started'])
    assert [resource['failure'] for resource in found] == [None] * 12
    assert (seen['under_way'], seen['maintenance']) == ([], None)


def test_an_agent_that_is_found_down_and_left_alone_has_failed(pacemaker):
    for each in NODES:
        deploy(pacemaker, each)
    deploy_agents(pacemaker)
    tools.run(['crm_resource', '--resource', 'clone_' + CENTRAL, '--meta', '--set-parameter', 'is-managed',
               '--parameter-value', 'false'])
    pacemaker.simulate('--op-inject', '%s_monitor_20000@%s=7' % (CENTRAL, FIRST))
    seen = [view.resource(pacemaker.cib(), CENTRAL, each) for each in NODES]
    assert [resource['state'] for resource in seen] == ['failed', 'started', 'started']
    assert [resource['unmanaged'] for resource in seen] == ['is-managed is false'] * 3
    assert seen[0]['failure']['operation'] == 'monitor'

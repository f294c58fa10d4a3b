# SPDX-License-Identifier: Apache-2.0
"""What the CIB's status says is running."""

import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import NODES, STARTED, STOPPED, operation, status_of

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker.state import (
    has_pending_operation,
    offline,
    refuse_unmanaged,
    running,
    started_at,
    why_unmanaged,
)


@pytest.mark.parametrize('quorum, off', [('1', ['off-newer', 'off-older']), ('0', [])])
def test_a_controller_is_off_when_pacemaker_of_any_release_says_so_and_has_quorum(quorum, off):
    states = {'on-older': 'in_ccm="true" crmd="online"', 'off-older': 'in_ccm="false" crmd="offline"',
              'on-newer': 'in_ccm="1700000000"', 'off-newer': 'in_ccm="0"', 'unknown': ''}
    cib = status_of(dict((node, (attributes, '')) for node, attributes in states.items()), quorum)
    assert offline(cib) == off


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


def pairs(**values):
    return ''.join('<nvpair id="%s" name="%s" value="%s"/>' % (name, name.replace('_', '-'), value)
                   for name, value in values.items())


CIB = """
<cib><configuration>
  <crm_config><cluster_property_set id="c">%(properties)s</cluster_property_set></crm_config>
  <rsc_defaults><meta_attributes id="d">%(defaults)s</meta_attributes></rsc_defaults>
  <nodes><node id="1" uname="node-1.example.com"><instance_attributes id="n">%(node)s</instance_attributes></node>
         <node id="2" uname="node-2.example.com"/></nodes>
  <resources><clone id="clone_p"><meta_attributes id="m">%(clone)s</meta_attributes>
    <primitive id="p"><meta_attributes id="q">%(primitive)s</meta_attributes></primitive></clone>
    <primitive id="other"><meta_attributes id="o"><nvpair id="x" name="is-managed" value="false"/></meta_attributes>
    </primitive></resources>
</configuration><status><node_state uname="node-1.example.com"><transient_attributes id="1"><instance_attributes id="t">
%(transient)s</instance_attributes></transient_attributes></node_state></status></cib>"""
PLACES = ('properties', 'defaults', 'node', 'clone', 'primitive', 'transient')


@pytest.mark.parametrize('where, found, reason', [
    (None, {}, None),
    ('properties', {'maintenance_mode': 'true'}, 'maintenance-mode is true'),
    ('properties', {'maintenance_mode': 'Yes'}, 'maintenance-mode is Yes'),
    ('properties', {'maintenance_mode': 'false'}, None),
    ('properties', {'is_managed_default': 'off'}, 'is-managed-default is off'),
    ('defaults', {'is_managed': '0'}, 'is-managed is 0'),
    ('node', {'maintenance': 'on'}, 'maintenance is on'),
    ('transient', {'maintenance': 'true'}, 'maintenance is true'),
    ('clone', {'is_managed': 'false'}, 'is-managed is false'),
    ('primitive', {'is_managed': 'n'}, 'is-managed is n'),
    ('primitive', {'is_managed': 'true'}, None),
    ('primitive', {'maintenance': '1'}, 'maintenance is 1'),
])
def test_pacemaker_leaves_a_primitive_alone_when_it_was_told_so_of(where, found, reason):
    cib = ElementTree.fromstring(CIB % dict((place, pairs(**found) if place == where else '') for place in PLACES))
    assert why_unmanaged(cib, 'p', NODES[0]) == reason
    if where in ('node', 'transient'):
        assert why_unmanaged(cib, 'p', NODES[1]) is None


def test_what_pacemaker_leaves_alone_is_refused_with_what_to_do():
    cib = ElementTree.fromstring(CIB % dict(dict.fromkeys(PLACES, ''), node=pairs(maintenance='on')))
    refuse_unmanaged(cib, [('p', NODES[1])])
    with pytest.raises(NotDone) as refused:
        refuse_unmanaged(cib, [('p', NODES[1]), ('p', NODES[0])])
    assert str(refused.value) == (
        'maintenance is on: Pacemaker leaves p on node-1.example.com alone. Change that, then try again')
    with pytest.raises(NotDone):
        refuse_unmanaged(cib, [('other', NODES[1])])


def test_an_operation_that_has_begun_is_pending_on_its_node_alone():
    begun = operation('stop', 11, **{'op-status': '-1'})
    cib = status_of({NODES[0]: ('', STARTED + begun), NODES[1]: ('', STARTED)})
    assert [has_pending_operation(cib, 'p', node) for node in NODES[:2]] == [True, False]
    assert not has_pending_operation(cib, 'other', NODES[0])


def test_an_operation_that_says_no_interval_is_not_repeated():
    cib = status_of({NODES[0]: ('', STARTED)})
    for each in cib.iter('lrm_rsc_op'):
        del each.attrib['interval']
    assert started_at(cib, 'p', NODES[0]) == 1000


@pytest.mark.parametrize('operations, started', [
    (operation('start', 'x'), 1000), (operation('start', ''), 1000), (operation('start', '9' * 19), 1000),
    (operation('start', 1, changed=''), 0), (operation('start', 1, changed='-1'), 0),
    (operation('start', 1, changed='x') + operation('start', 'x'), 0),
])
def test_numbers_that_are_none_are_taken_for_none(operations, started):
    cib = status_of({'node-1': ('', operations)}, resource='p')
    assert started_at(cib, 'p', 'node-1') == started


def test_a_resource_without_an_id_is_passed_over():
    cib = status_of({'node-1': ('', STARTED)})
    cib.find('status/node_state/lrm/lrm_resources/lrm_resource').attrib.clear()
    assert started_at(cib, 'p', 'node-1') is None

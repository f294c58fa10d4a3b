# SPDX-License-Identifier: Apache-2.0
"""The clones of Fuel's agents, and their restart."""

import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import (
    CENTRAL,
    EVALUATOR,
    GUARDED,
    NODES,
    STARTED,
    STOPPED,
    ZOOKEEPER,
    deploy,
    deploy_agents,
    deployment,
    operation,
    status_of,
)

from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.pacemaker import state
from ceilometer_redis.pacemaker.agents import apply_agents, stale_agents
from ceilometer_redis.pacemaker.attributes import SERVICE, get
from ceilometer_redis.pacemaker.guard import PRIMITIVE


def use(pacemaker, tmpdir, node, service):
    """One controller's deployment of another store: its agents' files change, Pacemaker acts at once."""
    later = time.time() + 1000
    for name in ('ceilometer.conf', 'aodh.conf'):
        os.utime(str(tmpdir.join(name).ensure()), (later, later))
    return deploy(pacemaker, node, apply_agents, service=service)


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_agent_runs_only_where_a_deployment_has_configured_it(pacemaker, order):
    for count, number in enumerate(order, 1):
        deploy(pacemaker, NODES[number], apply_agents)
        assert pacemaker.running(CENTRAL) == sorted(NODES[done] for done in order[:count])
    assert apply_agents(deployment(NODES[0]), check=True) == []


@pytest.mark.parametrize('guard, restarted', [
    (False, [CENTRAL]), (True, [CENTRAL, PRIMITIVE])])
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


def test_a_second_deployment_of_the_agents_changes_nothing_and_says_so(pacemaker):
    deploy_agents(pacemaker)
    before = ElementTree.tostring(pacemaker.cib())
    for node in NODES:
        assert apply_agents(deployment(node), check=True) == []
        assert apply_agents(deployment(node)) == []
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_a_primitive_that_fuel_has_not_made_is_refused_by_name(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    with pytest.raises(BadInput) as refusal:
        apply_agents(deployment(NODES[0], {'p_missing': {'service': 'missing', 'config': 'aodh'}}))
    assert 'p_missing' in str(refusal.value)
    assert ElementTree.tostring(pacemaker.cib()) == before


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
    assert pacemaker.running(CENTRAL) == NODES[:1]


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


@pytest.mark.parametrize('before, after', [(None, ZOOKEEPER), (ZOOKEEPER, None), (ZOOKEEPER, 'memcached://10.0.0.9')])
def test_no_two_controllers_poll_for_different_stores(pacemaker, tmpdir, before, after):
    for node in NODES:
        deploy(pacemaker, node, apply_agents, service=before)
    assert pacemaker.running(CENTRAL) == NODES
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


@pytest.mark.parametrize('wrapping, said', [
    ('<group id="mine">%s</group>', 'not in the group mine: take it out of it, then deploy again'),
    ('<clone id="mine">%s</clone>', 'not in the clone mine: take it out of it, then deploy again'),
])
def test_an_agent_in_an_operators_group_or_clone_is_refused_by_name(unsettled, wrapping, said):
    cib = unsettled.cib()
    resources = cib.find('configuration/resources')
    primitive = [element for element in resources if element.get('id') == CENTRAL][0]
    resources.remove(primitive)
    resources.append(ElementTree.fromstring(wrapping % ElementTree.tostring(primitive).decode()))
    ElementTree.ElementTree(cib).write(unsettled.path)
    before = ElementTree.tostring(unsettled.cib())
    with pytest.raises(BadInput) as refused:
        apply_agents(deployment(NODES[0]))
    assert str(refused.value) == '%s in Pacemaker must be by itself or in clone_%s, %s' % (CENTRAL, CENTRAL, said)
    assert ElementTree.tostring(unsettled.cib()) == before


def test_an_agent_that_pacemaker_was_told_to_leave_alone_is_not_waited_for_but_said(pacemaker, tmpdir):
    deploy_agents(pacemaker)
    subprocess.check_call(['crm_attribute', '--name', 'maintenance-mode', '--update', 'true'])
    assert apply_agents(deployment(NODES[0])) == []
    conf = tmpdir.join('ceilometer.conf')
    conf.write('[coordination]')
    conf.setmtime(time.time() + 60)
    before = ElementTree.tostring(pacemaker.cib().find('configuration'))
    with pytest.raises(NotDone) as refused:
        apply_agents(deployment(NODES[0]))
    assert str(refused.value).startswith('maintenance-mode is true: Pacemaker leaves %s on ' % CENTRAL)
    assert ElementTree.tostring(pacemaker.cib().find('configuration')) == before

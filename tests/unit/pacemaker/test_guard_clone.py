# SPDX-License-Identifier: Apache-2.0
"""The guard's clone and the agents that are bound to it."""

import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import (
    AGENTS,
    EVALUATOR,
    GUARDED,
    NODES,
    RELEASING,
    Cluster,
    definition,
    deploy,
    deploy_agents,
    deployment,
)

from ceilometer_redis.pacemaker import clones
from ceilometer_redis.pacemaker.agents import apply_agents
from ceilometer_redis.pacemaker.guard import CLONE, PRIMITIVE

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
      <op id="p_ceilometer-redis-guard-start" name="start" interval="0" timeout="60s" />
      <op id="p_ceilometer-redis-guard-stop" name="stop" interval="0" timeout="30s" />
    </operations>
  </primitive>
</clone>'''


def failure_of_the_guard(node):
    return '--op-inject', '%s_monitor_10000@%s=7' % (PRIMITIVE, node)


def restarted_by(pacemaker, *events):
    """What runs on after these events, but was started anew, and what runs no more."""
    before = pacemaker.starts()
    pacemaker.settle(*events)
    after = pacemaker.starts()
    return ([instance for instance in sorted(after) if after[instance] != before[instance]],
            [instance for instance in sorted(before) if instance not in after])


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


def test_the_guard_runs_on_each_controller_from_its_own_deployment_on(pacemaker):
    for count, node in enumerate(NODES, 1):
        deploy(pacemaker, node, apply_agents)
        assert [pacemaker.running(primitive) for primitive in GUARDED] == [NODES[:count]] * 3
    clone, = pacemaker.xpath("resources/clone[@id='clone_p_ceilometer-redis-guard']")
    assert definition(clone) == definition(ElementTree.fromstring(GUARD_CLONE))


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
    assert pacemaker.running(EVALUATOR) == NODES[:2]
    deploy(pacemaker, NODES[0], apply_agents, guard=False)
    assert pacemaker.running(EVALUATOR) == NODES


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

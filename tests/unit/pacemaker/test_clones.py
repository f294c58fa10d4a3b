# SPDX-License-Identifier: Apache-2.0
"""Simple primitives that become clones and clones that become simple primitives."""

import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import (
    CENTRAL,
    EVALUATOR,
    GUARDED,
    NODES,
    RELEASING,
    definition,
    deploy,
    deploy_agents,
    deployment,
)

from ceilometer_redis.pacemaker import clones, daemons
from ceilometer_redis.pacemaker.agents import apply_agents


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


def test_a_primitive_put_back_by_fuel_is_made_a_clone_again(pacemaker):
    with open(pacemaker.path) as cib:
        as_fuel_left_it = cib.read()
    deploy(pacemaker, NODES[0], apply_agents)
    with open(pacemaker.path, 'w') as cib:
        cib.write(as_fuel_left_it)
    assert 'p_ceilometer-agent-central is a clone' in deploy(pacemaker, NODES[0], apply_agents)


def test_a_ban_by_an_operator_outlives_the_change_into_a_clone(pacemaker):
    subprocess.check_call(['crm_resource', '--ban', '--resource', CENTRAL, '--node', NODES[2]])
    for node in NODES:
        deploy(pacemaker, node, apply_agents)
    assert pacemaker.running(CENTRAL) == NODES[:2]


@pytest.mark.parametrize('guard', [True, False])
@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1)])
def test_an_agent_that_coordinates_no_longer_is_fuels_again_and_runs_once_where_that_is_configured(pacemaker, tmpdir,
                                                                                                  order, guard):
    before = definition(pacemaker.xpath("resources/primitive[@id='%s']" % EVALUATOR)[0])
    deploy_agents(pacemaker, guard=guard)
    for count, node in enumerate([NODES[number] for number in order], 1):
        tmpdir.join('aodh.conf').write('')
        tmpdir.join('aodh.conf').setmtime(time.time() + 60)
        central = pacemaker.starts([CENTRAL])
        deploy(pacemaker, node, apply_agents, guard=guard, **RELEASING)
        assert len(pacemaker.running(EVALUATOR)) == 1
        assert set(pacemaker.running(EVALUATOR)) <= set(NODES[number] for number in order[:count])
        others = [key for key, start in pacemaker.starts([CENTRAL]).items() if key[1] != node]
        assert [key for key in others if pacemaker.starts([CENTRAL])[key] != central[key]] == []
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

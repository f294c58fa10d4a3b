# SPDX-License-Identifier: Apache-2.0
"""What version 1.0 of the plugin left in Pacemaker: on a file, with crm_simulate in the place of the daemons."""

import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import AGENTS, NODES, deploy, deployment

from ceilometer_redis.pacemaker import clones, constraints, predecessor, tools
from ceilometer_redis.pacemaker.cib import ensure

PRIMITIVE = {'id': predecessor.SERVER, 'class': 'ocf', 'provider': 'pacemaker', 'type': 'Dummy'}


@pytest.fixture
def with_predecessor(pacemaker):
    """Three controllers with version 1.0: a clone of another agent under our name, and the agents as clones."""
    def change(cib):
        ensure(cib.find('configuration/resources'), 'primitive', PRIMITIVE)
        for primitive in [predecessor.SERVER] + sorted(AGENTS):
            clones.make_clone(cib, primitive, interleave='true')
            constraints.transfer_constraints(cib, primitive, clones.clone_id(primitive))
            for node in NODES:
                constraints.add_location(cib, clones.clone_id(primitive), node)
        return ['version 1.0']
    tools.update(change)
    pacemaker.settle()
    assert pacemaker.running(predecessor.SERVER) == pacemaker.running('p_aodh-evaluator') == NODES
    return pacemaker


def server(pacemaker):
    return [one.get('provider') for one in pacemaker.xpath(".//primitive[@id='%s']" % predecessor.SERVER)]


def test_the_first_controller_ends_its_redis_servers_everywhere_and_the_agents_run_on(with_predecessor):
    before = with_predecessor.starts()
    assert predecessor.apply_predecessor(deployment(NODES[0])) == ['clone_p_redis-server is removed']
    assert with_predecessor.running(predecessor.SERVER) == []
    assert with_predecessor.starts() == before
    assert 'p_redis-server' not in ElementTree.tostring(with_predecessor.cib().find('configuration')).decode()


@pytest.mark.parametrize('word, runs', [('true', True), ('false', False), ('0', False)])
def test_one_redis_server_that_has_not_stopped_is_waited_for_where_its_controller_is_on(monkeypatch, word, runs):
    states = ''.join(
        '<node_state uname="%s" in_ccm="%s"><lrm><lrm_resources><lrm_resource id="p_redis-server">'
        '<lrm_rsc_op operation="%s" call-id="1" rc-code="0" last-rc-change="1"/></lrm_resource></lrm_resources></lrm>'
        '</node_state>' % one for one in zip(NODES, ('true', word, 'true'), ('stop', 'start', 'stop')))
    monkeypatch.setattr(tools, 'query', lambda: ElementTree.fromstring(
        '<cib have-quorum="1"><status>%s</status></cib>' % states))
    assert predecessor.runs_anywhere(deployment(NODES[0])) is runs


def test_ours_takes_its_name_on_each_controller_in_its_turn(with_predecessor):
    for count, node in enumerate(NODES, 1):
        predecessor.apply_predecessor(deployment(node))
        deploy(with_predecessor, node)
        assert server(with_predecessor) == ['ceilometer-redis']
        assert with_predecessor.running(predecessor.SERVER) == NODES[:count]


def test_what_is_ours_stays(with_predecessor):
    predecessor.apply_predecessor(deployment(NODES[0]))
    deploy(with_predecessor, NODES[0])
    before = ElementTree.tostring(with_predecessor.cib().find('configuration'))
    assert predecessor.apply_predecessor(deployment(NODES[1]), check=True) == []
    assert predecessor.apply_predecessor(deployment(NODES[1])) == []
    assert ElementTree.tostring(with_predecessor.cib().find('configuration')) == before


def test_a_check_names_what_would_be_removed_and_removes_nothing(with_predecessor):
    assert predecessor.apply_predecessor(deployment(NODES[0]), check=True) == ['clone_p_redis-server is removed']
    assert server(with_predecessor) == ['pacemaker']


def test_a_cluster_without_it_is_left_alone(pacemaker):
    assert predecessor.apply_predecessor(deployment(NODES[0])) == []

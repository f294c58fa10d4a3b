# SPDX-License-Identifier: Apache-2.0
"""The CIB, as Pacemaker's tools print it."""

import xml.etree.ElementTree as ElementTree

import pytest
import simulated_cluster
from fuzz.mutations import contents
from fuzz.property import answer
from hypothesis import given
from hypothesis import strategies as st

from ceilometer_redis.pacemaker import agents, daemons, leaving, predecessor, state, tools, view

NODE = simulated_cluster.NODES[0]
VALUES = st.one_of(st.sampled_from(['', '0', '-1', 'x', 'true', 'INFINITY', '9' * 5000, NODE, 'ö', 'p_redis-server',
                                    'clone_p_ceilometer-agent-central', 'p_ceilometer-agent-central:0']),
                   st.text(max_size=5))


def deployed():
    """A CIB with everything in it that a deployment makes, and operations."""
    cib = ElementTree.fromstring(simulated_cluster.fuel_cib())
    cib.set('have-quorum', '1')
    for node in simulated_cluster.NODES:
        made = deployment(node)
        daemons.define_daemons(cib, made)
        agents.define_agents(cib, made)
        leaving.attributes.mark_leaving(cib, node)
    cib.remove(cib.find('status'))
    cib.append(simulated_cluster.status_of(dict(
        (node, ('in_ccm="true"', simulated_cluster.STARTED)) for node in simulated_cluster.NODES),
        resource='p_redis-server').find('status'))
    return ElementTree.tostring(cib)


def deployment(node=NODE):
    return simulated_cluster.deployment(node, **simulated_cluster.RELEASING)


CONTENT = deployed()


@st.composite
def cibs(draw):
    """A CIB with one to three changes: an element lacks, is there twice, elsewhere; an attribute lacks, is another."""
    cib = ElementTree.fromstring(CONTENT)
    for _ in range(draw(st.integers(1, 3))):
        parents = dict((child, parent) for parent in cib.iter() for child in parent)
        if not parents:
            break
        element = draw(st.sampled_from(list(parents)))
        change = draw(st.sampled_from(['remove', 'double', 'move', 'tag', 'attribute', 'attribute', 'lacking']))
        if change in ('remove', 'move'):
            parents[element].remove(element)
        if change in ('double', 'move'):
            inside = set(element.iter())
            draw(st.sampled_from([found for found in cib.iter() if found not in inside])).append(element)
        if change == 'tag':
            element.tag = draw(st.sampled_from(['x', 'primitive', 'clone', 'group', 'nvpair', 'rsc_location', 'node']))
        if element.attrib and change in ('attribute', 'lacking'):
            name = draw(st.sampled_from(sorted(element.attrib)))
            element.attrib.pop(name) if change == 'lacking' else element.set(name, draw(VALUES))
    return ElementTree.tostring(cib)


LOOKS = [
    lambda cib: agents.define_agents(cib, deployment()),
    lambda cib: agents.define_agents(cib, dict(deployment(), guard=False)),
    lambda cib: agents.stale_agents(cib, deployment()),
    lambda cib: daemons.define_daemons(cib, deployment()),
    lambda cib: leaving.stop_agents(cib, deployment()) + leaving.leave(cib, deployment()),
    lambda cib: leaving.remove_store(cib, deployment()),
    predecessor.remove_server,
    lambda cib: state.running(cib, [(name, NODE) for name in simulated_cluster.GUARDED]),
    lambda cib: [state.has_pending_operation(cib, 'p_redis-server', NODE), state.offline(cib)],
    lambda cib: view.view(cib, deployment(), simulated_cluster.GUARDED + ['p_redis-server']),
]


@pytest.mark.parametrize('number', range(len(LOOKS)))
@given(content=st.one_of(cibs(), contents(CONTENT)))
def test_a_cib_of_any_form_is_changed_or_refused(number, content):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tools, 'run', lambda *_, **__: content)
        answer(lambda: LOOKS[number](tools.query()))

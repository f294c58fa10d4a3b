# SPDX-License-Identifier: Apache-2.0
"""Constraints in the CIB as XML: places, and what is transferred or removed with a resource."""

import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.pacemaker import constraints

NODE, OTHER, FORMER = 'node-1.example.com', 'node-2.example.com', 'node-9.example.com'

CONSTRAINTS = """
<cib><configuration><constraints>
<rsc_location id="fuels-place" rsc="p" node="node-1.example.com" score="100"/>
<rsc_location id="former-place" rsc="p" node="node-9.example.com" score="100"/>
<rsc_location id="ban" rsc="p" node="node-2.example.com" score="-INFINITY"/>
<rsc_location id="rule" rsc="p"><rule id="r" score="-INFINITY"/></rsc_location>
<rsc_location id="others-place" rsc="q" node="node-9.example.com" score="100"/>
<rsc_location id="others-wish" rsc="q" node="node-1.example.com" score="50"/>
<rsc_colocation id="with" rsc="q" with-rsc="p" score="INFINITY"/>
<rsc_order id="after" first="p" then="q"/>
<rsc_order id="before" first="q" then="p"/>
<rsc_order id="set"><resource_set id="s"><resource_ref id="q"/><resource_ref id="p"/></resource_set></rsc_order>
<rsc_ticket id="unrelated" rsc="other"/>
</constraints></configuration></cib>"""

ALL = ['fuels-place', 'former-place', 'ban', 'rule', 'others-place', 'others-wish', 'with', 'after', 'before', 'set',
       'unrelated']


@pytest.fixture
def cib():
    return ElementTree.fromstring(CONSTRAINTS)


def ids(cib):
    return [constraint.get('id') for constraint in cib.find('configuration/constraints')]


def attributes(cib, identity):
    found, = [each.attrib for each in cib.find('configuration/constraints') if each.get('id') == identity]
    return found


@pytest.mark.parametrize('resource, node, found', [
    ('p', NODE, 'fuels-place'), ('p', FORMER, 'former-place'), ('q', FORMER, 'others-place'),
    ('p', OTHER, None), ('q', NODE, None), ('other', NODE, None),
])
def test_a_place_is_known_by_what_it_means_not_by_its_id(cib, resource, node, found):
    place = constraints.find_location(cib, resource, node)
    assert (None if place is None else place.get('id')) == found


def test_a_place_that_is_there_is_not_made_again(cib):
    assert constraints.add_location(cib, 'p', NODE) == []
    assert ids(cib) == ALL
    assert constraints.add_location(cib, 'q', OTHER) == ['q has a place on node-2.example.com']
    assert ids(cib) == ALL + ['q-on-node-2.example.com']
    assert attributes(cib, 'q-on-node-2.example.com') == {
        'id': 'q-on-node-2.example.com', 'rsc': 'q', 'node': OTHER, 'score': '100'}
    assert constraints.add_location(cib, 'q', OTHER) == []


def test_a_place_is_taken_away_and_a_ban_stays(cib):
    assert constraints.remove_location(cib, 'p', OTHER) == []
    assert constraints.remove_location(cib, 'p', NODE) == ['p stops on node-1.example.com']
    assert ids(cib) == ALL[1:]


def test_what_speaks_of_a_node_that_is_no_controller_goes(cib):
    controllers = [{'fqdn': NODE}]
    assert constraints.remove_locations_outside(cib, 'p', controllers) == [
        'p has no place on node-9.example.com any more', 'p has no place on node-2.example.com any more']
    assert ids(cib) == [name for name in ALL if name not in ('former-place', 'ban')]
    assert constraints.remove_locations_outside(cib, 'p', controllers) == []


def test_constraints_are_removed_by_what_they_are_and_what_they_speak_of(cib):
    cib.find('configuration/constraints').append(ElementTree.Element('rsc_location', {'rsc': 'p'}))
    seen = []
    constraints.remove_constraints(cib, lambda identity, resources: seen.append((identity, resources - set([None]))))
    assert seen == [(name, spoken) for name, spoken in zip(ALL + [''], [
        set(['p'])] * 4 + [set(['q'])] * 2 + [set(['p', 'q'])] * 3 + [set(), set(['other']), set(['p'])])]
    constraints.remove_constraints(cib, lambda identity, resources: identity == 'rule' or 'q' in resources)
    assert ids(cib) == ['fuels-place', 'former-place', 'ban', 'set', 'unrelated', None]


def test_a_location_without_a_score_is_no_place(cib):
    del cib.find('configuration/constraints/rsc_location').attrib['score']
    constraints.transfer_constraints(cib, 'p', 'clone_p')
    assert ids(cib) == ['fuels-place'] + ALL[2:]


@pytest.mark.parametrize('node, kept', [(None, []), (NODE, ['fuels-place']), (FORMER, ['former-place'])])
def test_a_successor_gets_all_but_the_places_on_other_nodes(cib, node, kept):
    constraints.transfer_constraints(cib, 'p', 'clone_p', node)
    assert ids(cib) == kept + ALL[2:]
    for name in kept + ['ban', 'rule']:
        assert attributes(cib, name)['rsc'] == 'clone_p'
    assert (attributes(cib, 'with')['rsc'], attributes(cib, 'with')['with-rsc']) == ('q', 'clone_p')
    assert (attributes(cib, 'after')['first'], attributes(cib, 'after')['then']) == ('clone_p', 'q')
    assert (attributes(cib, 'before')['first'], attributes(cib, 'before')['then']) == ('q', 'clone_p')
    assert [reference.get('id') for reference in cib.iter('resource_ref')] == ['q', 'clone_p']
    assert attributes(cib, 'others-place')['rsc'] == 'q'
    assert attributes(cib, 'unrelated')['rsc'] == 'other'

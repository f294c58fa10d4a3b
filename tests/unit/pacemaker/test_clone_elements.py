# SPDX-License-Identifier: Apache-2.0
"""Clones in the CIB as XML; test_clones.py has what a cluster makes of them."""

import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.errors import BadInput
from ceilometer_redis.pacemaker import clones

CIB = """
<cib><configuration><resources>
<primitive id="first"/>
<primitive id="p" class="ocf" provider="fuel" type="agent">
<operations><op id="o" name="monitor" interval="5s"/></operations></primitive>
<group id="g"><primitive id="grouped"/></group>
<clone id="others"><primitive id="cloned"/></clone>
<primitive id="last"/>
</resources><constraints>
<rsc_location id="place" rsc="p" node="node-1" score="100"/>
<rsc_order id="after" first="first" then="p"/>
<rsc_order id="unrelated" first="first" then="last"/>
</constraints></configuration></cib>""".replace('\n', '')


@pytest.fixture
def cib():
    return ElementTree.fromstring(CIB)


def children(cib):
    return [(child.tag, child.get('id')) for child in cib.find('configuration/resources')]


def shape(element):
    """An element as (tag, attributes, shapes of its children)."""
    return element.tag, dict(element.attrib), [shape(child) for child in element]


def pairs(element):
    return [(pair.get('id'), pair.get('name'), pair.get('value'))
            for pair in element.findall('meta_attributes/nvpair')]


def test_a_primitive_becomes_a_clone_in_place_once(cib):
    before, others = shape(cib.find(".//primitive[@id='p']")), children(cib)
    assert clones.make_clone(cib, 'p', ordered='true', interleave='true') is True
    assert children(cib) == [others[0], ('clone', 'clone_p')] + others[2:]
    clone = cib.find(".//clone[@id='clone_p']")
    assert [child.tag for child in clone] == ['meta_attributes', 'primitive']
    assert shape(clone.find('primitive')) == before
    assert clone.find('meta_attributes').get('id') == 'clone_p-meta_attributes'
    assert pairs(clone) == [('clone_p-meta_attributes-interleave', 'interleave', 'true'),
                            ('clone_p-meta_attributes-ordered', 'ordered', 'true')]
    assert clones.make_clone(cib, 'p', ordered='true', interleave='true') is False
    assert clones.make_clone(cib, 'p', ordered='false', interleave='true') is True
    assert clones.make_clone(cib, 'p', interleave='false', ordered='false') is True
    clone.remove(clone.find('meta_attributes'))
    assert clones.make_clone(cib, 'p') is False
    assert [child.tag for child in clone] == ['meta_attributes', 'primitive']


def test_a_clone_without_attributes_is_a_change_too(cib):
    assert [clones.make_clone(cib, 'p') for _ in range(2)] == [True, False]


def test_a_primitive_that_there_is_not_is_in_nothing_else(cib):
    clones.refuse_other_parents(cib, 'none')


@pytest.mark.parametrize('primitive, said', [
    ('grouped', 'grouped in Pacemaker must be by itself or in clone_grouped, not in the group g: take it out of it, '
                'then deploy again'),
    ('cloned', 'cloned in Pacemaker must be by itself or in clone_cloned, not in the clone others: take it out of it, '
               'then deploy again'),
])
@pytest.mark.parametrize('change', [clones.make_clone, clones.make_primitive, clones.refuse_other_parents])
def test_a_primitive_in_something_else_is_refused_and_left_as_it_is(cib, change, primitive, said):
    with pytest.raises(BadInput) as refused:
        change(cib, primitive)
    assert str(refused.value) == said
    assert ElementTree.tostring(cib).decode() == ElementTree.tostring(ElementTree.fromstring(CIB)).decode()


def test_a_daemon_is_defined_whole_once(cib):
    assert clones.define_clone(cib, 'p_new', 'guard', {'b': '2', 'a': '1'}) == ['clone_p_new is defined']
    assert children(cib)[-1] == ('clone', 'clone_p_new')
    assert shape(cib.find(".//clone[@id='clone_p_new']")) == ('clone', {'id': 'clone_p_new'}, [
        ('meta_attributes', {'id': 'clone_p_new-meta_attributes'}, [
            ('nvpair', {'id': 'clone_p_new-meta_attributes-interleave', 'name': 'interleave', 'value': 'true'}, [])]),
        ('primitive', {'id': 'p_new', 'class': 'ocf', 'provider': 'ceilometer-redis', 'type': 'guard'}, [
            ('instance_attributes', {'id': 'p_new-instance_attributes'}, [
                ('nvpair', {'id': 'p_new-instance_attributes-a', 'name': 'a', 'value': '1'}, []),
                ('nvpair', {'id': 'p_new-instance_attributes-b', 'name': 'b', 'value': '2'}, [])]),
            ('meta_attributes', {'id': 'p_new-meta_attributes'}, [
                ('nvpair', {'id': 'p_new-meta_attributes-failure-timeout', 'name': 'failure-timeout', 'value': '60s'},
                 [])]),
            ('operations', {}, [
                ('op', {'id': 'p_new-monitor', 'name': 'monitor', 'interval': '10s', 'timeout': '20s'}, []),
                ('op', {'id': 'p_new-start', 'name': 'start', 'interval': '0', 'timeout': '60s'}, []),
                ('op', {'id': 'p_new-stop', 'name': 'stop', 'interval': '0', 'timeout': '30s'}, [])])])])
    assert clones.define_clone(cib, 'p_new', 'guard', {'b': '2', 'a': '1'}) == []


@pytest.mark.parametrize('path, name', [
    ('primitive', 'type'), ('primitive/operations/op', 'timeout'), ('meta_attributes/nvpair', 'value'),
    ('primitive/instance_attributes/nvpair', 'value'), ('primitive/meta_attributes/nvpair', 'value')])
def test_whatever_differs_of_a_daemon_is_put_right_and_what_an_operator_added_stays(cib, path, name):
    clones.define_clone(cib, 'p_new', 'guard', {'a': '1'})
    clone = cib.find(".//clone[@id='clone_p_new']")
    added = {'id': 'x', 'name': 'target-role', 'value': 'Stopped'}
    ElementTree.SubElement(clone.find('meta_attributes'), 'nvpair', added)
    whole = shape(clone)
    clone.find(path).set(name, 'another')
    assert clones.define_clone(cib, 'p_new', 'guard', {'a': '1'}) == ['clone_p_new is defined']
    assert shape(clone) == whole


def test_a_clone_becomes_a_primitive_in_place_with_what_an_operator_said(cib):
    before, others = shape(cib.find(".//primitive[@id='p']")), children(cib)
    clones.make_clone(cib, 'p', interleave='true', maintenance='true')
    cib.find(".//rsc_order[@id='after']").set('then', 'clone_p')
    cib.find(".//rsc_location").set('rsc', 'clone_p')
    assert clones.make_primitive(cib, 'p') == ['p is a simple primitive']
    assert children(cib) == others
    primitive = cib.find(".//primitive[@id='p']")
    assert pairs(primitive) == [('p-meta_attributes-maintenance', 'maintenance', 'true')]
    primitive.remove(primitive.find('meta_attributes'))
    assert shape(primitive) == before
    assert [(each.get('id'), each.get('then')) for each in cib.find('configuration/constraints')] == [
        ('after', 'p'), ('unrelated', 'last')]
    assert clones.make_primitive(cib, 'p') == []


def test_a_clone_that_is_removed_takes_what_speaks_of_it_along(cib):
    clones.make_clone(cib, 'p')
    others = [child for child in children(cib) if child[1] != 'clone_p']
    cib.find(".//rsc_location").set('rsc', 'clone_p')
    assert clones.remove_clone(cib, 'p') == ['clone_p is removed']
    assert children(cib) == others
    assert [each.get('id') for each in cib.find('configuration/constraints')] == ['unrelated']
    assert clones.remove_clone(cib, 'p') == []
    assert clones.remove_clone(cib, 'first') == []

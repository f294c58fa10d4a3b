# SPDX-License-Identifier: Apache-2.0
"""The CIB as XML: what is one, and elements that are found and made by their ids."""

import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker import cib

WHOLE = (b'<cib><configuration><nodes/><resources><clone id="c"><primitive id="p"/></clone></resources><constraints/>'
         b'</configuration></cib>')


@pytest.mark.parametrize('content, said', [
    (b'', 'what it gives for its CIB is no XML'),
    (u'<cib id="\u20ac'.encode('utf-8'), 'what it gives for its CIB is no XML'),
    (b'<?xml version="1.0" encoding="nonsense"?><cib/>', 'what it gives for its CIB is no XML'),
    (WHOLE.replace(b'<nodes/>', b''), 'its CIB has no configuration/nodes'),
    (WHOLE.replace(b'resources', b'others'), 'its CIB has no configuration/resources'),
    (WHOLE.replace(b'<constraints/>', b''), 'its CIB has no configuration/constraints'),
])
def test_what_is_no_cib_is_one_line(content, said):
    with pytest.raises(NotDone) as refused:
        cib.parse(content)
    assert str(refused.value) == 'Pacemaker: ' + said


def test_what_is_empty_is_a_section_all_the_same():
    assert cib.parse(WHOLE).tag == 'cib'


@pytest.fixture
def parent():
    return ElementTree.fromstring('<set id="s"><nvpair id="a" name="first" value="1"/><nvpair id="b" name="second"/>'
                                  '<other id="c"/></set>')


@pytest.mark.parametrize('attributes, changed, found', [
    ({'id': 'a'}, False, {'id': 'a', 'name': 'first', 'value': '1'}),
    ({'id': 'a', 'name': 'first'}, False, {'id': 'a', 'name': 'first', 'value': '1'}),
    ({'id': 'a', 'name': 'first', 'value': '2'}, True, {'id': 'a', 'name': 'first', 'value': '2'}),
    ({'id': 'b', 'value': '2'}, True, {'id': 'b', 'name': 'second', 'value': '2'}),
    ({'id': 'c', 'name': 'third'}, True, {'id': 'c', 'name': 'third'}),
])
def test_an_element_is_found_by_its_tag_and_id_and_has_the_attributes(parent, attributes, changed, found):
    element, was_changed = cib.ensure(parent, 'nvpair', attributes)
    assert (element.tag, element.attrib, was_changed) == ('nvpair', found, changed)
    assert element in list(parent)
    assert [child.get('id') for child in parent] == ['a', 'b', 'c'] + (['c'] if attributes['id'] == 'c' else [])
    assert cib.ensure(parent, 'nvpair', attributes) == (element, False)


@pytest.mark.parametrize('name, value, changed, pairs', [
    ('first', '1', False, [('a', '1'), ('b', None)]),
    ('first', '2', True, [('a', '2'), ('b', None)]),
    ('second', '2', True, [('a', '1'), ('b', '2')]),
    ('third', '3', True, [('a', '1'), ('b', None), ('s-third', '3')]),
])
def test_a_pair_is_found_by_its_name_whatever_its_id(parent, name, value, changed, pairs):
    assert cib.ensure_nvpair(parent, name, value) is changed
    assert [(pair.get('id'), pair.get('value')) for pair in parent.findall('nvpair')] == pairs
    assert parent.findall('nvpair')[-1].get('name') in ('second', 'third')
    assert cib.ensure_nvpair(parent, name, value) is False


def test_a_resource_is_found_wherever_it_is_among_the_resources():
    root = cib.parse(WHOLE.replace(b'<nodes/>', b'<nodes><node id="n"/></nodes>'))
    assert [cib.find_resource(root, identity).tag for identity in ('c', 'p')] == ['clone', 'primitive']
    assert [cib.find_resource(root, identity) for identity in ('n', 'q', None)] == [
        None, None, root.find('configuration/resources')]
    assert cib.parent_of(root, cib.find_resource(root, 'p')).get('id') == 'c'
    assert cib.parent_of(root, cib.find_resource(root, 'c')).tag == 'resources'

# SPDX-License-Identifier: Apache-2.0
"""The CIB as an XML document: its elements, found and made by their ids."""

import xml.etree.ElementTree as ElementTree

from ceilometer_redis.errors import NotDone

#: What a CIB has on every cluster with nodes.
SECTIONS = ('nodes', 'resources', 'constraints')


def parse(content):
    """Return the root element of a CIB in bytes of XML.

    Raises:
        NotDone: It is no XML, or lacks what is read of a CIB.
    """
    try:
        cib = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):  # the last of an encoding
        raise NotDone('Pacemaker: what it gives for its CIB is no XML')
    for section in SECTIONS:
        if cib.find('configuration/' + section) is None:
            raise NotDone('Pacemaker: its CIB has no configuration/%s' % section)
    return cib


def ensure(parent, tag, attributes):
    """Have a child element with these attributes, found by its id; return it and whether anything was changed."""
    for child in parent.findall(tag):
        if child.get('id') == attributes['id']:
            changed = any(child.get(name) != value for name, value in attributes.items())
            child.attrib.update(attributes)
            return child, changed
    return ElementTree.SubElement(parent, tag, attributes), True


def ensure_nvpair(parent, name, value):
    """Have a name-value pair in a set of attributes, whatever its id; return whether anything was changed."""
    for pair in parent.findall('nvpair'):
        if pair.get('name') == name:
            changed = pair.get('value') != value
            pair.set('value', value)
            return changed
    return ensure(parent, 'nvpair', {'id': '%s-%s' % (parent.get('id'), name), 'name': name, 'value': value})[1]


def parent_of(cib, element):
    """Return the element's parent in the CIB."""
    return [parent for parent in cib.iter() if element in list(parent)][0]


def find_resource(cib, identity):
    """Return the element with this id in the configuration's resources, or None."""
    for element in cib.find('configuration/resources').iter():
        if element.get('id') == identity:
            return element
    return None

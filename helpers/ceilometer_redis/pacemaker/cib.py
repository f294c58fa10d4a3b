"""Pacemaker's configuration, as one XML document (the CIB): read whole, changed as a whole, applied as one update.

The document's form is the same from Pacemaker 1.1.12 (Fuel 7.0) to 3.0, which no wrapper module or shell for it is. An
update is refused by Pacemaker if somebody else changed the configuration in between, and is then computed again.
"""

import xml.etree.ElementTree as ElementTree


def ensure(parent, tag, attributes):
    """Have a child element with these attributes, found by its id; return it and whether anything was changed."""
    for child in parent.findall(tag):
        if child.get('id') == attributes['id']:
            changed = any(child.get(name) != value for name, value in attributes.items())
            child.attrib.update(attributes)
            return child, changed
    return ElementTree.SubElement(parent, tag, attributes), True


def ensure_pair(parent, name, value):
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


def find(cib, identity):
    """Return the element with this id in the configuration's resources, or None."""
    for element in cib.find('configuration/resources').iter():
        if element.get('id') == identity:
            return element
    return None

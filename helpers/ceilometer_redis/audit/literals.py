# SPDX-License-Identifier: Apache-2.0
"""Dictionaries as Python writes them, {'name': u'image.size', 'volume': 1, ...}, read without evaluating anything.

ast.literal_eval() refuses what is no literal: metadata may hold any object, as <Flavor: m1.tiny>.
"""

import re

from ceilometer_redis.errors import BadInput

#: How deep lists and mappings may be in each other; in the metadata of Ceilometer they are three deep.
DEPTH = 12

STRING = r"""(?:'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")"""


def _balanced(others, depth):
    """Return a pattern of text in which quotes and brackets are balanced.

    It takes each character in one way only, so that what does not match is given up in linear time.

    Args:
        others: Characters, beside quotes and brackets, that may not be outside of those.
        depth: How deep brackets may be in each other.
    """
    plain = r"""[^][(){}'"%s]*""" % others
    nested = r'|[({\[]%s[])}]' % _balanced('', depth - 1) if depth else ''
    return r'%s(?:(?:%s%s)%s)*' % (plain, STRING, nested, plain)


VALUE = _balanced(',', DEPTH)
ITEM = re.compile(r'(\s*[bu]?(%s)\s*:\s*)(%s)(?:,|(\}\s*\Z))' % (STRING, VALUE), re.DOTALL)
#: A dictionary of which only is asked if its quotes and brackets are balanced.
WHOLE = re.compile(r'\{%s\}\s*\Z' % _balanced('', DEPTH - 1), re.DOTALL)
TEXT = re.compile(r'([bu]?)(%s)\s*\Z' % STRING, re.DOTALL)
ESCAPE = re.compile(r'\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))', re.DOTALL)
ESCAPED = {'n': '\n', 'r': '\r', 't': '\t'}


def items(line):
    """Return the items of a dictionary, in their order: (what is before the value, the key, the value), as written.

    JSON is understood likewise.

    Raises:
        BadInput: It is no dictionary.
    """
    found, at = [], 1
    while line[:1] == '{':
        item = ITEM.match(line, at)
        if item is None:
            break
        found.append(item.groups()[:3])
        if item.group(4):
            return found
        at = item.end()
    raise BadInput('it', 'be a dictionary as Python writes it')


def text(written):
    """Return a text by how Python writes it, None of what is none.

    Raises:
        BadInput: It has a character that there is not.
    """
    found = TEXT.match(written)
    if not found:
        return None
    prefix, quoted = found.groups()
    found = quoted[1:-1]
    if '\\' not in found:
        return found
    found = ESCAPE.sub(_character, found)
    if prefix != 'u':
        # Python 2 writes the bytes of a text that is no unicode.
        try:
            return found.encode('latin-1').decode('utf-8')
        except UnicodeError:
            pass
    return found


def _character(escape):
    digits = escape.group(1) or escape.group(2) or escape.group(3)
    if digits is None:
        return ESCAPED.get(escape.group(4), escape.group(4))
    try:
        return (b'\\U' + digits.rjust(8, '0').encode('ascii')).decode('unicode_escape')
    except UnicodeError:
        raise BadInput('it', 'have characters that there are')

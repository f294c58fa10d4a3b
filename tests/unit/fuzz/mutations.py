# SPDX-License-Identifier: Apache-2.0
"""Real data, mutated: what a slip of an editor, a release of Fuel that nobody has seen or a broken disk makes of it."""

import copy
import datetime

from hypothesis import strategies as st
from recorded import PASSWORD

#: Values of every kind, among them what only YAML or only Python 3 trips over.
ODD = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, 2 ** 64, 1.5, float('nan'), float('inf'), '', ' ', '1',
                     '-1', '65536', '0', 'x', '\0', '\n', '%s', '{}', 'ö', '\ud800', PASSWORD, '9' * 5000, 'a' * 70000,
                     'true', 'null', '127.0.0.1', '::1', 'fe80::1%eth0', b'bytes', datetime.date(2017, 3, 1),
                     [], {}, [[]], [None], {None: None}, {1: 2}, {'': ''}, {'a': PASSWORD}, [PASSWORD]]),
    st.text(max_size=10), st.integers(), st.lists(st.integers(), max_size=2))

ODD_BYTES = st.sampled_from([
    b'\0', b'\xff\xfe', b'\r', b'[' * 3000, b'9' * 5000, b'0x' + b'f' * 5000, b'&a ', b'*a', b'!!int ',
    b'!!python/object:os.x ', b'? ', b'- ', b': ', b'{', b'}', b'"', b"'", b'\n', b'\n---\n', b'<', b'>', b'&x;'])


@st.composite
def trees(draw, tree, odd=ODD):
    """A nested value with one to three changes: something lacks, is of another kind, doubled, deeper, renamed."""
    root = [copy.deepcopy(tree)]
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(root))
        container, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(['delete', 'replace', 'replace', 'double', 'deepen', 'rename']))
        if change == 'replace':
            container[key] = copy.deepcopy(draw(odd))
        elif change == 'double':
            other, name = draw(st.sampled_from(places))
            container[key] = copy.deepcopy(other[name])
        elif change == 'deepen':
            container[key] = draw(st.sampled_from([{key if isinstance(container, dict) else 'x': container[key]},
                                                   [container[key]], [container[key], container[key]]]))
        elif container is not root and isinstance(container, dict):
            value = container.pop(key)
            if change == 'rename':
                container[draw(st.sampled_from(['x', '', 1, None, 'ö', True]))] = value
        elif container is not root:
            del container[key]
    return root[0]


def _places(value):
    """Every (container, key) in a nested value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        for place in _places(item):
            yield place


@st.composite
def contents(draw, content):
    """Bytes with one to three changes: a piece lacking, doubled, moved, cut off, or something else in its place."""
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(content)))
        end = draw(st.integers(begin, min(len(content), begin + 200)))
        piece, change = content[begin:end], draw(st.sampled_from(['delete', 'insert', 'double', 'cut', 'flip']))
        if change == 'delete':
            content = content[:begin] + content[end:]
        elif change == 'insert':
            new = draw(st.one_of(st.binary(max_size=8), ODD_BYTES))
            content = content[:begin] + new + content[end:]
        elif change == 'double':
            content = content[:end] + piece + content[end:]
        elif change == 'cut':
            content = content[:begin]
        elif begin < end:
            content = content[:begin] + bytes([content[begin] ^ 1 << draw(st.integers(0, 7))]) + content[begin + 1:]
    return content

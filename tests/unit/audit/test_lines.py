# SPDX-License-Identifier: Apache-2.0
"""Lines that are a dictionary each: what the short way reads is what the long one does."""

import json

import pytest

from ceilometer_redis.audit import lines, literals
from ceilometer_redis.errors import BadInput

METADATA = {'event_type': None}


def reader():
    return lines.Reader(['name', 'id', 'timestamp'], ['metadata'])


def wanted(fields):
    """What samples ask of fields."""
    return {name: sorted(fields[name] or ()) if name == 'metadata' else fields[name]
            for name in ('name', 'id', 'timestamp', 'metadata') if name in fields}


@pytest.mark.parametrize('line, fields', [
    ("{'name': 'a'}", {'name': 'a'}),
    ("{'name': u'a', 'id': None}", {'name': 'a', 'id': None}),
    ("{u'name': u'it\\'s', 'id': \"it's\"}", {'name': "it's", 'id': "it's"}),
    (r"{'name': u'\xe4\u2603\U0001f600\n\t\\'}", {'name': u'\xe4\u2603\U0001f600\n\t\\'}),
    (r"{'name': '\xc3\xa4'}", {'name': u'\xe4'}),
    (r"{'name': '\xe4'}", {'name': u'\xe4'}),
    ("{'name': b'a', 'id': 5, 'timestamp': ['x']}", {'name': 'a', 'id': None, 'timestamp': None}),
    ("{'x': datetime.datetime(2017, 3, 1, 0, 0), 'y': <Flavor: m1.tiny>, 'z': 1L, 'name': 'a'}", {'name': 'a'}),
    ("{'x': {'name': 'b', 'y': [{'id': u'c, }'}, (1, 2)]}, 'name': 'a'}", {'name': 'a'}),
    ("{'metadata': {u'event_type': u'x', 'a': {}}, 'name': 'a'}", {'metadata': ['a', 'event_type'], 'name': 'a'}),
    ("{'metadata': {}, 'name': 'a'}", {'metadata': [], 'name': 'a'}),
    ("{'name': 'a'", None), ("{'name': 'a}", None), ("{'name' 'a'}", None), ("{'name': 'a'}}", None),
    ("{'name': 'a', 'x': [}", None), ("{'name': 'a'} x", None), ("{1: 2}", None), ("{'name': eval('x'", None),
    (r"{'name': u'\Uffffffff'}", None),
])
def test_a_dictionary_of_python_is_read_and_nothing_in_it_evaluated(line, fields):
    if fields is None:
        with pytest.raises((BadInput, ValueError)):
            assert reader().read(line)
    else:
        assert wanted(reader().read(line)) == fields


JSON = {'name': 'a', 'x': 1.5, 'y': None, 'metadata': {'b': [{'c': 'd'}], 'e': '}, "z": "f'}, 'z': 'g', 'id': 'h',
        'timestamp': 'i'}


@pytest.mark.parametrize('changed', [
    {}, {'name': u'\xe4"\\'}, {'id': None}, {'id': 5}, {'z': '", "id": "x'}, {'z': [1]}, {'x': {}}, {'metadata': {}},
    {'metadata': None}, {'metadata': 'text'}, {'metadata': {'event_type': 'x'}}, {'metadata': {'x': {'event_type': 1}}},
    {'metadata': {'a': '}, "z": "g", "id": "h", "timestamp": "i"}'}}, {'more': 1},
])
@pytest.mark.parametrize('write', [
    lambda fields: json.dumps(fields),
    lambda fields: json.dumps(fields, separators=(',', ':')),
    lambda fields: json.dumps(fields, separators=(' , ', ' : ')),
    lambda fields: json.dumps(dict(fields, **{'timestamp': {'$date': fields['timestamp']}})),
    repr,
])
def test_a_line_like_the_one_before_is_read_as_by_itself(changed, write):
    line = write(dict(JSON, **changed))
    alone = wanted(reader().read(line))
    after = reader()
    for _ in range(2):
        after.read(write(JSON))
    found = wanted(after.read(line))
    for fields in (alone, found):
        fields['metadata'] = 'event_type' in (fields['metadata'] or ())
        # On the short way it comes without mongoexport's braces, which is as good.
        fields['timestamp'] = fields['timestamp'] if isinstance(fields['timestamp'], type(u'')) else 'i'
    assert found == alone


def test_most_lines_of_one_writer_go_the_short_way():
    read = reader()
    read.read(json.dumps(JSON, sort_keys=True))
    read.decode = None
    for number in range(100):
        line = json.dumps(dict(JSON, id='%d' % number), sort_keys=True)
        assert read.read(line)['id'] == '%d' % number


def test_the_lines_of_several_writers_may_alternate():
    read = reader()
    written = [json.dumps(JSON, sort_keys=True), json.dumps(JSON, sort_keys=True, separators=(',', ':')),
               "{'name': u'a', 'id': 'h'}", "{'id': 'h', 'name': u'a'}"]
    for line in written:
        read.read(line)
    read.decode = read._literal = None
    assert [read.read(line)['id'] for line in written * 2] == ['h'] * 8


def test_a_file_without_any_order_is_not_learned_for_ever():
    read = reader()
    for number in range(2 * lines.LESSONS):
        read.read(json.dumps({'name': 'a', str(number): 1}))
    assert read.lessons == lines.LESSONS


def test_odd_text_is_given_up_in_no_time():
    for odd in ("{'a': " + "{'b': [" * 50000, "{'a': " + "'\\" * 100000, "{'a': '" + 'x' * 500000,
                "{'a': " + '{' * 11 + "'x', " * 100000, "{" + "'a': 1, " * 50000):
        with pytest.raises(BadInput):
            literals.items(odd)

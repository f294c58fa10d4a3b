# SPDX-License-Identifier: Apache-2.0
"""One story in each form that operators have samples in; tests/data/samples/README.rst says where it comes from."""

import gzip
import io
import json
import os

import pytest
from polls import line

from ceilometer_redis.audit import cycles, formats, judge, polls, samples, stream
from ceilometer_redis.audit.left_out import LeftOut

DATA = os.path.join(os.path.dirname(__file__), '..', '..', 'data', 'samples')
FILES = sorted(name for name in os.listdir(DATA) if not name.endswith('.rst'))
HOSTS = {'52:54:00:00:00:0%d' % number: 'node-%d' % number for number in (1, 2, 3)}


def image(number):
    return '5f1e0000-0000-4000-8000-00000000000%d' % number


def content(name):
    with io.open(os.path.join(DATA, name), 'rb') as data:
        return data.read()


def judged(data, **options):
    """The report of bytes, and what was left out."""
    left_out = LeftOut()
    found, _ = cycles.cut(polls.Polls(samples.read(io.BytesIO(data), HOSTS, left_out=left_out, **options)))
    return judge.report(found), left_out


@pytest.mark.parametrize('name', FILES)
def test_the_story_is_the_same_in_every_form(name):
    report, left_out = judged(content(name))
    from_gnocchi = name.startswith('gnocchi')
    meter = 'measures' if 'groupby' in name else 'image.size'
    assert report['meters'] == {meter: 600}
    assert report['resources'] == 6
    assert [cycle['missing'] for cycle in report['cycles']] == [{}, {meter: [image(3)]}, {}]
    # Gnocchi's groups do not say of what aggregation they are: each is one poll.
    hosts = ['unknown', 'unknown'] if from_gnocchi else ['node-2', 'node-3']
    assert [cycle['doubled'] for cycle in report['cycles']] == [
        {}, {}, {} if 'groupby' in name else {meter: {image(4): hosts}}]
    assert report['cycles'][0]['by'] == ({'unknown': 6} if from_gnocchi else {'node-1': 3, 'node-2': 2, 'node-3': 1})
    assert (left_out.odd, left_out.notifications) == (0, 0 if from_gnocchi else 1)


@pytest.mark.parametrize('name', FILES)
def test_the_form_is_known_by_what_is_in_it_also_where_it_is_packed(name):
    whole = judged(content(name))[0]
    packed = io.BytesIO()
    for part in (content(name)[:5000], content(name)[5000:]):  # as gzip files that were appended to each other
        with gzip.GzipFile(fileobj=packed, mode='wb') as member:
            member.write(part)
    assert judged(packed.getvalue())[0] == whole
    assert judged(b'\xef\xbb\xbf' + content(name).replace(b'\n', b'\r\n'))[0] == whole


@pytest.mark.parametrize('name', [name for name in FILES if not name.startswith('gnocchi')])
def test_what_is_cut_off_is_left_out_and_said(name):
    report, left_out = judged(content(name).rstrip()[:-150])
    assert (left_out.odd, len(left_out.first)) == (1, 1)
    assert report['resources'] == 6 and len(report['cycles']) >= 2


def test_a_file_that_is_still_being_packed_is_read_as_far_as_it_goes():
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode='wb') as member:
        member.write(content('file-publisher-kilo'))
    report, left_out = judged(packed.getvalue()[:-200])
    assert report['resources'] == 6 and left_out.odd <= 1


def test_an_agent_that_was_upgraded_goes_on_with_its_file():
    lines = content('file-publisher-ocata').splitlines()[:20] + content('file-publisher-zed.json').splitlines()[20:]
    report, left_out = judged(b'\n'.join(lines))
    assert (report['resources'], len(report['cycles']), left_out.odd) == (6, 3, 0)


def fields(text):
    """The records of a text, without their places."""
    return [found for _, found in formats.records(io.BytesIO(text))]


@pytest.mark.parametrize('text, records', [
    (b'', []),
    (b' \n\n', []),
    (b'{"a": 1}\n\n{"a": 2}\n', [{'a': 1}, {'a': 2}]),
    (b'{"a": 1}\nhalf"}\n{"a": 2}', [{'a': 1}, None, {'a': 2}]),
    (b'half"}\n{"a": 1}', [None, {'a': 1}]),
    (b'5\n"x"', [5, 'x']),
    # Arrays, one after the other, as of an API that was asked page by page; cut anywhere.
    (b'[]', []),
    (b'[{"a": 1},{"a": 2}]\n[{"a": 3}]', [{'a': 1}, {'a': 2}, {'a': 3}]),
    (b'[{"a": 1},{"a": ', [{'a': 1}, None]),
    (b'[{"a": 1}, {"b": tru}, {"a": 2}]', [{'a': 1}, None, {'a': 2}]),
    # Over several lines, as jq and json.tool write them.
    (b'[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n', [{'a': 1}, {'a': 2}]),
    (b'{\n  "a": 1\n}\n{\n  "a": 2\n}\n', [{'a': 1}, {'a': 2}]),
    # CSV with other separators, names as people see them, and cells that are none.
    (b'Resource ID,Name,Timestamp\n1,x,t\n', [{'resource_id': '1', 'name': 'x', 'timestamp': 't'}]),
    (b'"resource_id";"timestamp"\n1;"t;\n"\n', [{'resource_id': '1', 'timestamp': 't;\n'}]),
    (b'resource_id\ttimestamp\n\n1\n1\tt\n', [None, {'resource_id': '1', 'timestamp': 't'}]),
    (b'a,b\n1,2\n', [None, None]),
    pytest.param(b'[' * 200000, [], id='deep'),
    pytest.param(b'{"a":' * 200000, [None], id='deep objects'),
    pytest.param(b'[{"a":' + b'[' * 200000 + b']' * 200000 + b'}, {"a": 1}]', [None, {'a': 1}], id='deep in an array'),
    pytest.param(b"{'a': " + b'[' * 200000, [None], id='deep as Python writes it'),
    pytest.param(b"{'a': " + b"'x" * 100000, [None], id='quotes'),
    pytest.param(b'{"a": ' + b'9' * 5000 + b'x}\n{"a": 1}', [None, {'a': 1}], id='digits'),
    pytest.param(b'x' * (3 * stream.LONGEST) + b'\n{"a": 1}', [None, {'a': 1}], id='a line without an end'),
    pytest.param(b'[{"a": "' + b'x' * (3 * stream.LONGEST) + b'"}, {"a": 1}]', [None, {'a': 1}], id='a long text'),
    pytest.param(b'resource_id,timestamp\n"' + b'x\n' * 200000, [None], id='a quote without an end'),
])
def test_what_can_be_read_is_and_the_rest_is_named(text, records):
    found = fields(text)
    if records == [None] and text.startswith(b'resource_id'):
        assert found and set(map(str, found)) == set(['None'])
    else:
        assert found == records


@pytest.mark.parametrize('metadata, count', [
    ({'event_type': 'image.update'}, 1), ({'properties': {'event_type': 'image.update'}}, 0), ({}, 0), (None, 0),
    ("{'event_type': u'image.update'}", 1), ("{'a': {'event_type': u'x'}}", 0), ('{"event_type": "x"}', 1), ('[]', 0),
])
def test_a_notification_is_known_by_its_metadata(metadata, count):
    sample = json.loads(line(0, 'node-1', 'image-0').decode('ascii'))
    left_out = LeftOut()
    for names in ('resource_metadata', 'metadata'):
        changed = dict(sample, **{names: metadata})
        if names == 'metadata':
            del changed['resource_metadata']
        list(samples.read(io.BytesIO(json.dumps(changed).encode('ascii')), left_out=left_out))
    assert (left_out.notifications, left_out.odd) == (2 * count, 0)

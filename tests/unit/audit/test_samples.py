# SPDX-License-Identifier: Apache-2.0
"""Samples as operators have them: the spellings that are read, and the lines that are refused."""

import io
import json
import uuid

import pytest
from polls import MACS, START, line

from ceilometer_redis.audit import left_out, samples


def read_all(lines, *arguments):
    """The samples in lines, and what was left out."""
    found = left_out.LeftOut()
    return list(samples.read(io.BytesIO(b'\n'.join(lines)), *arguments, left_out=found)), found


@pytest.mark.parametrize('spelling', [{}, {'id': 'message_id', 'name': 'counter_name'}, {'name': 'meter'}])
def test_samples_are_read_in_every_spelling(spelling):
    (read,), _ = read_all([b'\n', line(1.5, 'node-2', 'image-0', **spelling)], {MACS['node-2']: 'node-2'})
    assert (read.time, read.poll) == (START + 1.5, ('image.size', 'image-0', 'node-2'))


def test_a_host_without_a_name_is_called_by_its_address():
    (read,), _ = read_all([line(0, 'node-3', 'image-0')])
    assert read.poll.host == '52:54:00:00:00:03'


def sample(**changed):
    fields = json.loads(line(0, 'node-1', 'image-0').decode('ascii'))
    fields.update(changed)
    return json.dumps(fields, sort_keys=True).encode('ascii')


@pytest.mark.parametrize('bad, field', [
    (b'no json', 'line 2'),
    (b'["a list"]', 'line 2'),
    (b'\xff\xfe', 'line 2'),
    pytest.param(b'[' * 100000, 'line 2', id='too deep'),
    (sample(id=None), 'line 2: id'),
    (sample(id='no uuid'), 'line 2: id'),
    (sample(id=str(uuid.UUID(int=7, version=4))), 'line 2: id'),
    (sample(timestamp='yesterday'), 'line 2: timestamp'),
    (sample(timestamp='2017-02-30T00:00:00'), 'line 2: timestamp'),
    (sample(timestamp=1500000000), 'line 2: timestamp'),
    (sample(timestamp='9' * 400), 'line 2: timestamp'),
    (sample(timestamp='9' * 12), 'line 2: timestamp'),
    (sample(timestamp='1969-12-31T23:59:59'), 'line 2: timestamp'),
    (sample(timestamp='0001-01-01T00:00:00+23:59'), 'line 2: timestamp'),
    (sample(timestamp='9999-12-31T23:59:59'), 'line 2: timestamp'),
    (sample(timestamp=u'\u0661\u0665' * 5), 'line 2: timestamp'),
    (sample(timestamp='2017-07-14T02:40:60'), 'line 2: timestamp'),
    (sample(timestamp='2017-07-14T02:40:00\n'), 'line 2: timestamp'),
    (sample(resource_id=None), 'line 2: resource_id'),
    (sample(resource_id=5), 'line 2: resource_id'),
    (sample(name=''), 'line 2: name'),
])
def test_a_bad_line_is_left_out_and_named_with_its_field(bad, field):
    read, left_out = read_all([line(0, 'node-1', 'image-0').strip(), bad, line(9, 'node-1', 'image-0')])
    assert (len(read), left_out.odd) == (2, 1)
    assert left_out.first[0].startswith(field + ' must ') and len(left_out.first[0]) < 250


def test_what_cannot_be_shown_of_a_bad_line_is_not():
    _, left_out = read_all([sample(id=u'\x1b[2J\xe4')])
    assert left_out.first == ["line 1: id must be a uuid of version 1, not '\\x1b[2J\\xe4'"]


def test_the_first_bad_lines_are_named_and_all_are_counted():
    _, left_out = read_all([b'x'] * 10)
    assert (left_out.odd, len(left_out.first)) == (10, 3)
    assert left_out.sentences()[0].startswith('10 that are no samples: line 1 must be ')
    assert left_out.sentences()[0].endswith('; ...')


@pytest.mark.parametrize('spelling', ['%s', 'urn:uuid:%s', '{%s}', '%S'])
def test_a_uuid_may_be_written_in_any_way(spelling):
    given = '00000000-0000-1000-8000-5254000000ab'
    (read,), _ = read_all([sample(id=spelling.replace('%S', given.upper()).replace('%s', given))])
    assert read.poll.host == '52:54:00:00:00:ab'


def test_an_export_without_ids_is_of_agents_that_nobody_knows():
    fields = json.loads(sample().decode('ascii'))
    del fields['id']
    (read,), _ = read_all([json.dumps(fields).encode('ascii')])
    assert (read.id, read.poll.host) == (None, 'unknown')


@pytest.mark.parametrize('meters, count', [((), 2), (('image.size',), 2), (('cpu',), 0), (('cpu', 'image.size'), 2)])
def test_meters_can_be_chosen(meters, count):
    read, left_out = read_all([line(0, 'node-1', 'image-0'), line(1, 'node-1', 'image-0')], None, meters)
    assert (len(read), left_out.others) == (count, 2 - count)


DATE = [
    ('2017-07-14T02:40:00.250Z', START + 0.25),
    ('2017-07-14T02:40:00.250+0000', START + 0.25),
    (1500000000250, START + 0.25),
    ({'$numberLong': '1500000000250'}, START + 0.25),
    ({'$numberLong': '-1'}, None), ({'$numberLong': '9' * 400}, None), ({}, None), (None, None), (True, None),
    (-1, None), (int('9' * 400), None), (1.5, None), ('yesterday', None), ([], None),
]


@pytest.mark.parametrize('date, time', DATE)
def test_a_date_of_mongodb_is_read_in_each_of_its_forms(date, time):
    read, left_out = read_all([sample(timestamp={'$date': date})])
    assert ([found.time for found in read], left_out.odd) == (([time], 0) if time else ([], 1))


@pytest.mark.parametrize('row, polls', [
    ({'name': 'image-0/image.size/count', 'value': 2.0}, [('image.size', 'image-0', 'unknown')] * 2),
    ({'name': 'image-0/image.size/count', 'value': '0'}, []),
    ({'name': 'image-0/image.size/mean', 'value': 2.0}, [('image.size', 'image-0', 'unknown')]),
    ({'name': 'a/b/image.size/mean', 'value': 2.0}, [('image.size', 'a/b', 'unknown')]),
    ({'group': 'id: image-0', 'name': 'image.size/count', 'value': 1}, [('image.size', 'image-0', 'unknown')]),
    ({'group': 'id: image-0, project_id: x', 'value': 5}, [('measures', 'image-0', 'unknown')]),
    ({'group': 'project_id: x, original_resource_id: y', 'value': 5}, [('measures', 'y', 'unknown')]),
    ({'resource_id': 'image-0', 'meter': 'image.size', 'value': 5}, [('image.size', 'image-0', 'unknown')]),
    ({'resource_id': 'image-0', 'aggregation': 'count', 'value': 3}, [('measures', 'image-0', 'unknown')] * 3),
    ({'group': {'id': 'x'}, 'value': 1}, None), ({'value': 1}, None),
    ({'name': 'mean/count', 'value': 1}, None), ({'group': 'project_id: x', 'value': 1}, None),
    ({'name': 'image-0/image.size/count', 'value': 1.5}, None),
    ({'name': 'image-0/image.size/count', 'value': -1}, None),
    ({'name': 'image-0/image.size/count', 'value': 10 ** 400}, None),
    ({'name': 'image-0/image.size/count', 'value': None}, None),
    ({'name': 'image-0/image.size/count', 'value': 'nan'}, None),
    ({'resource_id': 5, 'value': 1}, None),
])
def test_a_measure_of_gnocchi_is_as_many_polls_as_its_count(row, polls):
    row = dict(row, timestamp='2017-07-14T02:40:00+00:00', granularity=600.0)
    read, left_out = read_all([json.dumps(row).encode('ascii')])
    assert ([tuple(found.poll) for found in read], left_out.odd) == (([], 1) if polls is None else (polls, 0))


def test_measures_that_do_not_say_of_which_meter_are_of_the_one_that_is_asked_for():
    row = {'group': 'id: x', 'timestamp': '2017-07-14T02:40:00', 'granularity': 600, 'value': 1}
    (read,), _ = read_all([json.dumps(row).encode('ascii')], None, ['image.size'])
    assert read.poll.meter == 'image.size'

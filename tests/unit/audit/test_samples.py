# SPDX-License-Identifier: Apache-2.0
"""Samples as operators have them: the spellings that are read, and the lines that are refused."""

import json
import uuid

import pytest
from polls import MACS, START, line

from ceilometer_redis.audit import samples
from ceilometer_redis.errors import BadInput


@pytest.mark.parametrize('spelling', [{}, {'id': 'message_id', 'name': 'counter_name'}])
def test_samples_are_read_in_both_spellings(spelling):
    read, = samples.read([b'\n', line(1.5, 'node-2', 'image-0', **spelling)], {MACS['node-2']: 'node-2'})
    assert (read.time, read.poll) == (START + 1.5, ('image.size', 'image-0', 'node-2'))


def test_a_host_without_a_name_is_called_by_its_address():
    read, = samples.read([line(0, 'node-3', 'image-0')])
    assert read.poll.host == '52:54:00:00:00:03'


@pytest.mark.parametrize('text, time', [
    ('2017-07-14T02:40:00', START),
    ('2017-07-14 02:40:00.250000', START + 0.25),
    ('2017-07-14T02:40:00Z', START),
    ('2017-07-14T02:40:00.5+00:00', START + 0.5),
    ('2017-07-14T04:40:00+0200', START),
    ('2017-07-13T21:10:00-05:30', START),
    ('1500000000', START),
    ('1500000000.5', START + 0.5),
])
def test_a_time_is_iso_8601_or_seconds_since_the_epoch(text, time):
    assert samples.parse_time('--since', text) == time


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
    (sample(resource_id=None), 'line 2: resource_id'),
    (sample(name=''), 'line 2: name'),
])
def test_a_bad_line_is_named_with_its_field(bad, field):
    with pytest.raises(BadInput) as refused:
        list(samples.read([line(0, 'node-1', 'image-0'), bad]))
    assert refused.value.field == field

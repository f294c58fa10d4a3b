# SPDX-License-Identifier: Apache-2.0
"""Samples."""

import json

from fuzz.mutations import ODD, contents, trees
from fuzz.property import answer, run
from hypothesis import given
from hypothesis import strategies as st
from polls import INTERVAL, START, line, steady

from ceilometer_redis.audit import samples

LINES = [line(time - START, host, resource) for time, _, resource, host in steady(cycles=4)]
TIMES = st.sampled_from(['0', '1500000000', '1500000030.5', '2017-07-14T02:40:00', '9' * 400, '9000-01-01T00:00:00',
                         '1969-12-31T23:59:59Z', '2017-07-14T02:40:60', '2017-07-14T02:40:00+99:99', '-1', '1e9', ''])


@given(data=st.data())
def test_samples_of_any_form_are_judged_or_refused(data, tmp_path_factory):
    path = tmp_path_factory.mktemp('samples') / 'samples'
    sample = json.loads(LINES[0].decode())
    odd = data.draw(st.one_of(
        trees(sample, ODD.filter(lambda value: isinstance(value, (str, int, float, list, type(None))))).map(
            lambda tree: json.dumps(tree, default=str).encode() + b'\n'),
        contents(b''.join(LINES[:3]))))
    at = data.draw(st.integers(0, len(LINES)))
    path.write_bytes(b''.join(LINES[:at] + [odd] + LINES[at:]))
    options = ['--interval', data.draw(st.sampled_from([str(INTERVAL), '1', '600', '1e308', '1e-9', 'nan', '-1', '']))]
    for name in data.draw(st.sets(st.sampled_from(['--since', '--until']))):
        options += ['%s=%s' % (name, data.draw(TIMES))]
    options += data.draw(st.sampled_from([[], ['--json'], ['--expect', '6'], ['--expect', '9' * 5000]]))
    run(['audit', str(path)] + options, path.parent)


@given(st.one_of(TIMES, st.text(alphabet='0123456789-T:. Z+', max_size=30), st.text(max_size=5)))
def test_a_time_of_any_form_is_understood_or_refused(text):
    found = answer(samples.parse_time, '--since', text)
    assert found is None or 0 <= found < samples.END

# SPDX-License-Identifier: Apache-2.0
"""Samples, in every form that operators have them in."""

import io
import json
import os

from fuzz.mutations import ODD, contents, trees
from fuzz.property import answer, run
from hypothesis import given
from hypothesis import strategies as st
from polls import INTERVAL, START, line, steady

from ceilometer_redis.audit import lines, literals, samples, times

DATA = os.path.join(os.path.dirname(__file__), '..', '..', 'data', 'samples')
FILES = sorted(os.path.join(DATA, name) for name in os.listdir(DATA) if not name.endswith('.rst'))
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
    options += data.draw(st.sampled_from([[], ['--json'], ['--expect', '6'], ['--expect', '9' * 5000],
                                          ['--resource', 'image-0'], ['--meter', 'x', '--meter', 'image.size']]))
    run(['audit', str(path)] + options, path.parent)


@given(data=st.data())
def test_a_file_of_any_form_that_was_changed_is_judged_or_refused(data, tmp_path_factory):
    path = tmp_path_factory.mktemp('samples') / 'samples'
    with open(data.draw(st.sampled_from(FILES)), 'rb') as content:
        path.write_bytes(data.draw(contents(content.read())))
    options = data.draw(st.sampled_from([[], ['--json'], ['--meter', 'image.size'], ['--resource', 'x'],
                                         ['--json', '--resource', '5f1e0000-0000-4000-8000-000000000001']]))
    run(['audit', str(path)] + options, path.parent)


@given(st.sampled_from(FILES), st.data())
def test_an_odd_line_is_left_out_alone(name, data):
    with open(name, 'rb') as content:
        whole = content.read().splitlines(True)
    if len(whole) < 3:  # an array
        return
    at = data.draw(st.integers(1, len(whole)))
    odd = data.draw(st.one_of(st.sampled_from([b'{"a": 1', b'{', b'{}', b"{'a': u'", b'x', b'}', b']', b'[1, 2']),
                              st.binary(max_size=30).map(lambda line: line.replace(b'\n', b'').replace(b'"', b''))))
    if whole[0] == b'[\n':
        return
    before = list(samples.read(io.BytesIO(b''.join(whole))))
    assert list(samples.read(io.BytesIO(b''.join(whole[:at] + [odd + b'\n'] + whole[at:])))) == before


@given(trees({'name': 'a', 'id': 'b', 'timestamp': 'c', 'metadata': {'d': ['e', {'f': 1}]}, 'g': 2.5}))
def test_what_python_and_json_write_is_read_as_they_do(tree):
    for write in (repr, json.dumps):
        try:
            text = write(tree)
        except TypeError:  # of keys and values that JSON has not
            continue
        found = answer_or_none(text)
        if isinstance(tree, dict) and tree and all(isinstance(key, str) for key in tree):
            expected = {key: value for key, value in tree.items() if key in ('name', 'id', 'timestamp')
                        and isinstance(value, str)}
            assert {key: found.get(key) for key in expected} == expected


def answer_or_none(text):
    """What the first lines of a writer, and those after it, are read as, which is the same."""
    reader = lines.Reader(['name', 'id', 'timestamp'], ['metadata'])
    first = answer(attempt, reader, text)
    for _ in range(2):
        again = answer(attempt, reader, text)
        if isinstance(first, dict):
            assert {key: again.get(key) for key in ('name', 'id', 'timestamp') if isinstance(first.get(key), str)} == {
                key: value for key, value in first.items()
                if key in ('name', 'id', 'timestamp') and isinstance(value, str)}
    return first


def attempt(reader, text):
    try:
        return reader.read(text)
    except (ValueError, RecursionError):
        return None


@given(st.one_of(st.text(alphabet='{}[](),:\'"\\\\ux1aN \\n', max_size=200), st.text(max_size=20)))
def test_a_text_of_any_form_is_a_dictionary_of_python_or_refused(text):
    for tried in (text, '{' + text + '}'):
        answer(literals.items, tried)
        answer(literals.text, tried)


@given(st.one_of(TIMES, st.text(alphabet='0123456789-T:. Z+', max_size=30), st.text(max_size=5)))
def test_a_time_of_any_form_is_understood_or_refused(text):
    found = answer(times.parse_time, '--since', text)
    assert found is None or 0 <= found < times.END

# SPDX-License-Identifier: Apache-2.0
"""Logs of the daemons, the journal, and what is taken out of a report."""

import os

from fuzz.mutations import contents
from hypothesis import given
from hypothesis import strategies as st
from recorded import PASSWORD

from ceilometer_redis.errors import WIDTH, printable
from ceilometer_redis.history import events, journal
from ceilometer_redis.report.contents import recent
from ceilometer_redis.report.secrets import Secrets

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'data', 'logs')
RECORDED = []
for version in sorted(os.listdir(LOGS)):
    with open(os.path.join(LOGS, version, 'redis-sentinel.log'), 'rb') as recorded:
        RECORDED.append(recorded.read())
JOURNAL = (b'2017-03-01T12:00:05Z event=repair agent=ceilometer-agent-central text="is \\"missing\\""\n'
           b'2017-03-01T12:00:06Z event=apply part=redis text="redis: min-slaves-to-write"\n')
TEXTS = st.one_of(st.text(max_size=20), st.binary(max_size=20), st.integers())


@given(log=st.one_of(st.binary(max_size=300), *map(contents, RECORDED)), noted=contents(JOURNAL),
       written=st.sampled_from([0, 1488369600, 2 ** 31]))
def test_a_history_is_printable_whatever_was_logged(log, noted, written, tmp_path_factory):
    directory = tmp_path_factory.mktemp('history')
    (directory / 'redis-sentinel.log').write_bytes(log)
    (directory / 'history.log').write_bytes(noted)
    os.utime(str(directory / 'redis-sentinel.log'), (written, written))
    for event in events.events(path=str(directory / 'history.log'), directory=str(directory)):
        assert event['text'].isprintable() and event['text'].isascii() and len(event['text']) <= WIDTH
    recent(log.decode('utf-8', 'replace'), written)


@given(TEXTS, st.dictionaries(st.sampled_from(['agent', 'key', 'from']), TEXTS))
def test_a_line_of_any_values_is_read_back_as_it_was_shown(text, values):
    text = text if isinstance(text, (str, bytes)) else '%d' % text
    line = journal.line('note', text, values)
    assert line.isprintable() and line.isascii()
    found = journal.parse(line)
    assert set(found) == set(values) | {'event', 'text'} and found['text'] == printable(text)


@given(st.text(max_size=50), contents(('requirepass %s\nmasterauth "%s"\n' % (PASSWORD, PASSWORD)).encode()))
def test_a_secret_that_is_known_is_in_no_text(before, conf):
    secrets = Secrets()
    secrets.learn_text(conf.decode('utf-8', 'replace'))
    secrets.learn_yaml('/x', conf)
    secrets.add(PASSWORD)
    assert PASSWORD not in secrets.hide(before + PASSWORD + conf.decode('utf-8', 'replace'))

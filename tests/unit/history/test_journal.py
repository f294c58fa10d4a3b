# SPDX-License-Identifier: Apache-2.0
"""The journal of this controller, and the form of its lines."""

import io
import multiprocessing
import os
import stat
import syslog

import pytest

from ceilometer_redis.errors import printable
from ceilometer_redis.history import journal

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'doc', 'logs.rst')


@pytest.fixture
def said(monkeypatch):
    """(tag and line, as syslog gets them)."""
    lines, tags = [], []
    monkeypatch.setattr(syslog, 'openlog', tags.append)
    monkeypatch.setattr(syslog, 'syslog', lambda priority, line: lines.append((tags[-1], line)))
    return lines


@pytest.mark.parametrize('values, text, line', [
    ({}, 'all is well', 'event=note text="all is well"'),
    ({'b': 2, 'a': '10.0.0.1:6379'}, 'x', 'event=note a=10.0.0.1:6379 b=2 text="x"'),
    ({'a': 'two words', 'b': '', 'c': 'a=b'}, 'x', 'event=note a="two words" b="" c="a=b" text="x"'),
    ({'a': 'say "no"\\'}, 'x', r'event=note a="say \"no\"\\" text="x"'),
    ({'a': u'caf\xe9\n'}, b'\xff', r'event=note a="caf\\xe9\\x0a" text="\\ufffd"'),
])
def test_a_line_has_keys_and_values_that_are_read_back(values, text, line):
    assert journal.line('note', text, values) == line
    assert journal.parse(line) == dict(((key, printable('%s' % value)) for key, value in values.items()),
                                       event='note', text=printable(text))


@pytest.mark.parametrize('line', ['', 'words', 'event=x', 'text="x"', 'event=x text="x', 'event=x text="x"y',
                                  'event =x', 'event=x  text="x"'])
def test_what_is_no_line_is_none(line):
    assert journal.parse(line) is None


def test_the_page_about_logs_shows_lines_as_they_are():
    with io.open(PAGE, encoding='ascii') as page:
        shown = [line.strip() for line in page if line.startswith('    event=')]
    assert len(shown) == 3
    for line in shown:
        values = journal.parse(line)
        assert journal.line(values.pop('event'), values.pop('text'), values) == line


def test_a_note_is_in_the_systems_log_and_in_a_journal_that_root_alone_reads(said):
    journal.note('apply', 'redis: min-slaves-to-write', part='redis')
    assert said == [('ceilometer-redis', 'event=apply part=redis text="redis: min-slaves-to-write"')]
    (seconds, values), = journal.read()
    assert values == {'event': 'apply', 'part': 'redis', 'text': 'redis: min-slaves-to-write'}
    assert [stat.S_IMODE(os.stat(path).st_mode) for path in (os.path.dirname(journal.PATH), journal.PATH)] == [
        0o700, 0o600]


def test_a_journal_never_grows_beyond_two_files_and_keeps_what_is_new(monkeypatch):
    monkeypatch.setattr(journal, 'FULL', 1000)
    for number in range(200):
        journal.note('note', 'line %d' % number)
    assert sorted(os.listdir(os.path.dirname(journal.PATH))) == ['history.log', 'history.log.1']
    assert all(os.path.getsize(path) < 1100 for path in (journal.PATH, journal.PATH + '.1'))
    texts = [values['text'] for _, values in journal.read()]
    assert texts == ['line %d' % number for number in range(200 - len(texts), 200)] and len(texts) > 15


def note_many(name):
    for number in range(100):
        journal.note('note', '%s %d' % (name, number))


def test_several_note_at_once_and_no_line_is_torn(monkeypatch):
    monkeypatch.setattr(journal, 'FULL', 5000)
    monkeypatch.setattr(syslog, 'syslog', lambda priority, line: None)
    writers = [multiprocessing.Process(target=note_many, args=(name,)) for name in 'abcd']
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = []
    for path in (journal.PATH + '.1', journal.PATH):
        with open(path) as content:
            lines.extend(content.read().splitlines())
    assert len(lines) == len(journal.read()) > 50
    assert all(os.path.getsize(path) < 5500 for path in (journal.PATH, journal.PATH + '.1'))


def odd_link(path):
    os.mkdir(path + '.real')
    os.symlink(path + '.real', path)


def odd_mode(path):
    os.mkdir(path)
    os.chmod(path, 0o777)


def odd_file(path):
    with open(path, 'w'):
        pass


def odd_link_in_it(path):
    os.mkdir(path, 0o700)
    os.symlink('/nowhere', os.path.join(path, 'history.log'))


def odd_pipe_in_it(path):
    os.mkdir(path, 0o700)
    os.mkfifo(os.path.join(path, 'history.log'))


@pytest.mark.parametrize('odd', [odd_link, odd_mode, odd_file, odd_link_in_it, odd_pipe_in_it])
def test_where_others_could_write_nothing_is_written_and_that_is_said(said, odd):
    odd(os.path.dirname(journal.PATH))
    journal.note('note', 'x')
    assert [line.split(' ')[0] for _, line in said] == ['event=note', 'event=journal']
    assert not os.path.exists(os.path.dirname(journal.PATH) + '.real/history.log')


def test_lines_that_are_none_are_passed_over():
    journal.note('note', 'first')
    with open(journal.PATH, 'ab') as file:
        file.write(b'\xff\n2026-13-01T00:00:00Z event=note text="x"\nevent=note text="x"\n\nhalf of one')
    assert [values['text'] for _, values in journal.read()] == ['first']

# SPDX-License-Identifier: Apache-2.0
"""What a guard notes for status."""

import collections

import pytest

from ceilometer_redis.errors import WIDTH
from ceilometer_redis.guard import members, notes, restarts
from ceilometer_redis.history import journal


@pytest.mark.parametrize('content', [
    b'', b'{', b'[]', b'7', b'\xff', b'{"uptime": "x", "agents": {}}', b'{"uptime": 1}',
    b'{"uptime": 1, "agents": [1]}',
    b'{"uptime": 1, "agents": {"a": "b"}}', b'{"uptime": 1, "agents": {"a": {"verdict": "ok"}}}'])
def test_what_is_no_word_of_a_guard_is_none(tmp_path, content):
    (tmp_path / notes.FILE).write_bytes(content)
    assert notes.state(str(tmp_path)) is None


@pytest.mark.parametrize('content', [b'[]', b'{"a": 1}', b'{"a": {"process": [1], "id": "x", "groups": {}}}',
                                     b'{"a": {"process": ["x", 2], "id": "x", "groups": {}}}', b'{"a": {"count": "x"}}',
                                     b'{"a": {"process": [1, 2], "id": "x", "groups": {"g": 7}}}',
                                     b'{"a": {"count": 1e99, "time": 5}}',
                                     b'{"a": {"count": 1, "time": Infinity}}', b'{"a": {"count": 1, "time": NaN}}'])
def test_a_guard_begins_beside_notes_of_another_shape(tmp_path, content):
    (tmp_path / members.FILE).write_bytes(content)
    (tmp_path / restarts.FILE).write_bytes(content)
    assert members.Members(str(tmp_path)).known == {}
    assert restarts.Restarts(str(tmp_path)).pause('a') == (0, 0)


def test_a_note_that_cannot_be_written_is_said_once_and_its_file_says_the_news_all_the_same(tmp_path, log):
    notes.write(str(tmp_path), 'x.json', {'uptime': 1, 'reason': 'a long one'})
    (tmp_path / 'x.json.partial').mkdir()  # as where there is no room for it
    for uptime in (2, 3):
        notes.write(str(tmp_path), 'x.json', {'uptime': uptime})
    assert notes.read(str(tmp_path), 'x.json') == {'uptime': 3}
    assert log == ['%s/x.json: Is a directory' % tmp_path]
    notes.write(str(tmp_path / 'nowhere'), 'x.json', {})


@pytest.mark.parametrize('line, shown', [
    (u'a\nb\x1b[2J\x00', 'a\\x0ab\\x1b[2J\\x00'), (u'caf\xe9 \ud800', 'caf\\xe9 \\ud800'), (b'\xff', '\\ufffd'),
    (u'x' * 1000000, 'x' * (WIDTH - 3) + '...')])
def test_a_line_of_the_log_is_one_line_whatever_is_in_a_name(log, line, shown):
    notes.log(line)
    assert log == [shown]


def test_who_spoils_the_store_for_hours_does_not_drive_the_history_out_of_the_journal(log, uptime, monkeypatch):
    noted = []
    monkeypatch.setattr(notes, '_repaired', collections.deque(maxlen=notes._repaired.maxlen))
    monkeypatch.setattr(journal, 'append', lambda content: noted.append(content))
    uptime.now = 1000
    for number in range(1000):
        notes.repair('membership %d is ended' % number)
    notes.restart('the guard has started')
    assert (len(noted), len(log)) == (61, 1001)
    uptime.now += notes.OFTEN
    notes.repair('membership 7 is ended')
    assert len(noted) == 62

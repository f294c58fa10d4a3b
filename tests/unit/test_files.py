# SPDX-License-Identifier: Apache-2.0
"""How files of the daemons are read, which their user may have replaced by anything."""

import os

import pytest

from ceilometer_redis.files import read_text


@pytest.fixture
def path(tmpdir):
    return str(tmpdir.join('redis.conf'))


@pytest.mark.parametrize('comment', [b'# Caf\xe9 \xff', b'# Caf\xc3\xa9', b'# \x00\x80'])
@pytest.mark.parametrize('locale', ['C', 'C.UTF-8'])
def test_bytes_that_are_no_text_hide_nothing_around_them(path, monkeypatch, comment, locale):
    monkeypatch.setenv('LC_ALL', locale)
    with open(path, 'wb') as content:
        content.write(b'port 1\n' + comment + b'\nrequirepass "S3cret"\n')
    lines = read_text(path).splitlines()
    assert (lines[0], lines[-1]) == ('port 1', 'requirepass "S3cret"')
    assert [line if isinstance(line, bytes) else line.encode('latin-1') for line in lines[1:2]] == [comment]


def make_link(path):
    os.symlink(os.path.abspath(__file__), path)


@pytest.mark.parametrize('make', [lambda path: None, make_link, os.mkfifo, os.mkdir])
def test_what_is_no_file_has_no_text(path, make):
    make(path)
    assert read_text(path) == ''


def test_a_file_that_may_not_be_read_is_an_error(path, monkeypatch):
    def refuse(*_):
        raise OSError(13, 'Permission denied', path)
    monkeypatch.setattr(os, 'open', refuse)
    with pytest.raises(OSError):
        read_text(path)

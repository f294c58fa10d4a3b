# SPDX-License-Identifier: Apache-2.0
"""What the command history shows."""

import errno
import io
import json
import os

import pytest

from ceilometer_redis.__main__ import main
from ceilometer_redis.history import daemon_logs, journal

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'doc', 'logs.rst')

SENTINEL = ('1:X 01 Mar 2017 12:00:00.000 # +sdown master ceilometer-redis 192.168.0.5 6379\n'
            '1:X 01 Mar 2017 12:00:02.000 # +switch-master ceilometer-redis 192.168.0.5 6379 192.168.0.3 6379\n')


@pytest.fixture
def noted(tmpdir, monkeypatch):
    monkeypatch.setenv('TZ', 'UTC')
    monkeypatch.setattr(daemon_logs, 'DIRECTORY', str(tmpdir))
    tmpdir.join('redis-sentinel.log').write(SENTINEL)
    os.mkdir(os.path.dirname(journal.PATH), 0o700)
    with open(journal.PATH, 'w') as content:
        content.write('2017-03-01T12:00:07Z event=repair text="ceilometer-agent-central: rejoin: beats, but is missing '
                      'from central-global"\n')


def test_the_history_is_shown_with_the_names_of_the_controllers(noted, host, capsys):
    host.run()
    capsys.readouterr()
    assert main(['history', '--since', '2017-03-01T00:00:00', '--deployment', str(host.path)]) == 0
    shown = capsys.readouterr()[0]
    assert [line.split()[:2] for line in shown.splitlines()] == [
        ['2017-03-01T12:00:02Z', 'failover'], ['2017-03-01T12:00:07Z', 'repair']]
    assert 'redis master 192.168.0.5 (node-1) -> 192.168.0.3 (node-3): it did not answer\n' in shown
    with io.open(PAGE, encoding='ascii') as page:
        assert ''.join('    %s\n' % line for line in shown.splitlines()) in page.read()


def test_programs_get_it_as_json(noted, capsys):
    assert main(['history', '--json', '--deployment', '/no']) == 0
    found = json.loads(capsys.readouterr()[0])
    assert [(event['time'], event['kind']) for event in found] == [(1488369602, 'failover'), (1488369607, 'repair')]
    assert (found[0]['from'], found[0]['to'], found[0]['why']) == ('192.168.0.5', '192.168.0.3', 'it did not answer')


@pytest.mark.parametrize('since', ['2h', '1488369608', '2017-03-01T12:00:08', '90m', '7d'])
def test_what_was_before_is_not_shown(noted, since, capsys):
    assert main(['history', '--since', since, '--deployment', '/no']) == 0
    assert capsys.readouterr()[0] == 'nothing is noted on this controller\n'


@pytest.mark.parametrize('since', ['yesterday', '2 h', '-1', ''])
def test_another_time_is_one_line(noted, since, capsys):
    assert main(['history', '--since=' + since]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ('', 1) and '--since' in err


def test_who_may_not_read_the_journal_is_told_so_in_one_line(noted, monkeypatch, capsys):
    def refused(path, flags):
        raise EnvironmentError(errno.EACCES, 'Permission denied', path)
    monkeypatch.setattr(journal, 'open_regular', lambda path: refused(path, 0))
    assert main(['history']) == 2
    assert capsys.readouterr() == ('', 'ceilometer-redis: %s.1: Permission denied\n' % journal.PATH)

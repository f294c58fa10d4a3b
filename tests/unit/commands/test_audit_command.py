# SPDX-License-Identifier: Apache-2.0
"""The command that judges samples: its table, its exit codes, and the options that it refuses."""

import io
import json

import pytest
from polls import INTERVAL, MACS, START, batch, line, steady, without

from ceilometer_redis.__main__ import main


@pytest.fixture
def command(tmpdir, capsys):
    """Run `audit` on these lines: (exit code, standard output, standard error)."""
    def run(lines, *options):
        path = tmpdir.join('samples')
        path.write_binary(b''.join(lines))
        code = main(['audit', str(path), '--interval', str(INTERVAL)] + list(options))
        return (code,) + tuple(capsys.readouterr())
    return run


def lines(polls):
    return [line(time - START, host, resource) for time, _, resource, host in polls]


def hosts():
    return [word for name, mac in sorted(MACS.items()) for word in ('--host', '%s=%s' % (mac.upper(), name))]


def test_the_table_names_cycles_hosts_and_faults(command):
    polls = without(steady(cycles=4), 'node-1', 20, 30) + batch(14, 'node-3', [u'image-\xe4'])
    code, out, err = command(lines(polls + batch(16, 'node-1', [u'image-\xe4'])), *hosts())
    assert (code, err) == (1, '')
    assert out.splitlines() == [
        'cycle                 polled  missing  doubled  by',
        '2017-07-14T02:40:08Z       7        0        1  node-1 4, node-2 2, node-3 2',
        r'  doubled image.size: image-\xe4 by node-1 and node-3',
        '2017-07-14T02:40:18Z       3        4        0  node-2 2, node-3 1',
        r'  missing image.size: image-0, image-1, image-2, image-\xe4',
        '7 resources, 2 cycles of 10 s: NOT each polled exactly once',
    ]


def test_the_exit_code_is_0_when_each_resource_was_polled_exactly_once(command):
    code, out, _ = command(lines(steady()), '--expect', '6')
    assert code == 0
    assert out.splitlines()[-1] == '6 resources, 6 cycles of 10 s: each polled exactly once'


def test_long_lists_are_cut_in_the_table_and_whole_for_programs(command):
    polls = [(START + time, 'image.size', 'image-%03d' % number, 'node-1')
             for time in (0, 10, 20, 30) for number in range(100) if time != 10]
    assert 'image-004 and 95 more (--json names all)' in command(lines(polls))[1]
    report = json.loads(command(lines(polls), '--json')[1])
    assert len(report['cycles'][0]['missing']['image.size']) == 100


def test_samples_come_from_standard_input_as_well(monkeypatch, capsys):
    monkeypatch.setattr('sys.stdin', io.BytesIO(b''.join(lines(steady()))))
    assert main(['audit', '--interval', '10', '--json']) == 0
    assert json.loads(capsys.readouterr()[0])['exactly_once'] is True


def test_a_time_can_be_left_out_by_since_and_until(command):
    polls = lines(without(steady(cycles=12), 'node-1', 40, 60))
    assert command(polls)[0] == 1
    assert command(polls, '--since', '2017-07-14T02:41:00')[0] == 0
    assert command(polls, '--until', '1500000041')[0] == 0


@pytest.mark.parametrize('options, said', [
    (('--interval', '0'), "--interval must be a number of seconds, 1 or more, not '0'"),
    (('--interval', 'nan'), "--interval must be a number of seconds, 1 or more, not 'nan'"),
    (('--interval', '0.999'), "--interval must be a number of seconds, 1 or more, not '0.999'"),
    (('--interval', '1e309'), "--interval must be a number of seconds, 1 or more, not '1e309'"),
    (('--since', '0', '--until', '9' * 11, '--expect', '1'), 'samples must cover no more than 100000 cycles of 10 s'),
    (('--since', '9' * 400), "--since must be a time like 2017-03-01T12:00:00 or 1488369600, not '999"),
    (('--until', '9000-01-01T00:00:00'), '--until must be a time like'),
    (('--until', '1969-12-31T23:59:59'), '--until must be a time like'),
    (('--expect', '-1'), "--expect must be a whole number, 1 or more, not '-1'"),
    (('--since', 'noon'), "--since must be a time like 2017-03-01T12:00:00 or 1488369600, not 'noon'"),
    (('--until', '2017-13-01T00:00:00'), '--until must be a time like'),
    (('--host', 'node-1'), '--host must be MAC=NAME, like 52:54:00:12:34:56=node-1, not '),
    (('--host', '52:54:00:00:00:01='), '--host must be MAC=NAME, like 52:54:00:12:34:56=node-1, not '),
    (('--interval', '600'), 'samples must cover a whole cycle of 600 s between --since and --until, not 74.0 s'),
])
def test_bad_options_are_one_line(command, options, said):
    code, out, err = command(lines(steady()), *options)
    assert (code, out, len(err.splitlines())) == (2, '', 1)
    assert said in err


def test_a_file_that_is_not_there_is_one_line(capsys):
    assert main(['audit', '/no/such/file']) == 2
    assert capsys.readouterr()[1] == 'ceilometer-redis: /no/such/file: No such file or directory\n'

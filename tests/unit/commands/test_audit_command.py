# SPDX-License-Identifier: Apache-2.0
"""The command that judges samples: its table, its exit codes, and the options that it refuses."""

import io
import json
import os
import re
import sys

import pytest
from polls import INTERVAL, MACS, START, batch, line, steady, without

from ceilometer_redis.__main__ import main
from ceilometer_redis.commands import audit
from ceilometer_redis.history import journal

ROOT = os.path.join(os.path.dirname(__file__), '..', '..', '..')
with io.open(os.path.join(ROOT, 'doc', 'audit.rst'), encoding='utf-8') as guide:
    GUIDE = guide.read()


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


def lines_of_a_time_of_400_digits():
    return line(0, 'node-1', 'image-0').replace(b'2017-07-14T02:40:00', b'9' * 400)


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


@pytest.mark.parametrize('options', re.findall(r'    \$ ceilometer-redis audit samples (.*)', GUIDE))
def test_the_output_in_the_guide_is_what_it_prints(options, capsys):
    assert main(['audit', os.path.join(ROOT, 'tests/data/samples/file-publisher-kilo')] + options.split()) == 1
    printed = ''.join('    %s\n' % row for row in capsys.readouterr()[0].splitlines())
    assert '    $ ceilometer-redis audit samples %s\n%s\n' % (options, printed) in GUIDE


def test_cycles_in_a_row_that_are_right_are_one_line(command):
    polls = without(steady(cycles=12), 'node-1', 60, 70)
    assert command(lines(polls), *hosts())[1].splitlines() == [
        'cycle                 polled  missing  doubled  by',
        '2017-07-14T02:40:08Z       6        0        0  node-1 3, node-2 2, node-3 1',
        '  ... and 4 more, each resource polled once, until 2017-07-14T02:40:58Z',
        '2017-07-14T02:40:58Z       3        3        0  node-2 2, node-3 1',
        '  missing image.size: image-0, image-1, image-2',
        '2017-07-14T02:41:08Z       6        0        0  node-1 3, node-2 2, node-3 1',
        '  ... and 3 more, each resource polled once, until 2017-07-14T02:41:48Z',
        '6 resources, 10 cycles of 10 s: NOT each polled exactly once',
    ]


def test_no_more_cycles_that_are_not_right_are_shown_than_anybody_reads(command):
    out = command(lines(without(steady(cycles=100), 'node-1', 10, 980)))[1]
    assert len([row for row in out.splitlines() if row.startswith('  missing')]) == 40
    assert out.splitlines()[-2:] == ['  ... and more that are not right (--json has all)',
                                     '6 resources, 98 cycles of 10 s: NOT each polled exactly once']


def test_wrong_cycles_between_right_ones_are_cut_as_well(command):
    polls = steady(cycles=100)
    for cycle in range(2, 98, 2):
        polls = without(polls, 'node-1', 10 * cycle, 10 * cycle + 10)
    out = command(lines(polls))[1]
    assert len([row for row in out.splitlines() if row.startswith('  missing')]) == 40
    assert out.splitlines()[-2] == '  ... and more that are not right (--json has all)'


def test_the_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(['audit', '--help'])
    out = capsys.readouterr()[0]
    assert 'examples:\n  ceilometer-redis audit ' in out and 'exit codes:\n  0  each' in out


@pytest.mark.parametrize('times', [[START - 10 ** 9], [START + 10 ** 9]])
def test_a_sample_of_another_time_is_left_out_and_said(command, times):
    code, out, _ = command(lines(steady(cycles=40)) + [line(time - START, 'node-1', 'image-0') for time in times])
    assert code == 0
    assert out.splitlines()[-2] == 'left out: 1 of times too far from all others'


def test_what_is_left_out_is_said_and_does_not_change_the_verdict(command):
    good = lines(steady())
    found = good + good[3:5] + [
        line(12.5, 'node-1', 'image-0').replace(b'{"name": "\\u00e4"', b'{"event_type": "image.update"'),
        line(60, 'node-1', 'image-0').replace(b'02:41:00', b'02:40:60'), good[-1][:-30]]
    code, out, _ = command(found)
    assert code == 0
    assert out.splitlines()[-4:-1] == [
        'left out: 1 made of notifications',
        'left out: 2 delivered twice',
        "left out: 2 that are no samples: line 52: timestamp must be a time like 2017-03-01T12:00:00, not "
        "'2017-07-14T02:40:60'; line 53 must be a sample in JSON, as Python writes it, or as a line of CSV"]
    left_out = json.loads(command(found, '--json')[1])['left_out']
    assert (left_out['notifications'], left_out['no_samples'], len(left_out['first'])) == (1, 2, 2)


@pytest.mark.parametrize('content', [b'[' * 200000, b'x', b'{}', lines_of_a_time_of_400_digits(), b'\x1f\x8bx', b'',
                                     b'timestamp,resource_id\n,\n'])
def test_input_of_which_nothing_can_be_judged_is_one_line(command, content):
    code, out, err = command([content])
    assert (code, out, len(err.splitlines())) == (2, '', 1)
    assert len(err) < 1500


def test_meters_have_intervals_of_their_own(tmpdir, capsys):
    cpu = [line(time, 'node-2', 'vm-1').replace(b'image.size', b'cpu') for time in range(2, 120, 20)]
    tmpdir.join('samples').write_binary(b''.join(lines(steady(cycles=12)) + cpu))
    assert main(['audit', str(tmpdir.join('samples'))]) == 0
    out = capsys.readouterr()[0].splitlines()
    assert [row for row in out if row.startswith('every')] == ['every 10 s: image.size', 'every 20 s: cpu']
    assert out[-1] == '7 resources, 10 cycles of 10 s and 5 cycles of 20 s: each polled exactly once'
    assert main(['audit', str(tmpdir.join('samples')), '--meter', 'cpu']) == 0
    assert capsys.readouterr()[0].splitlines()[-2:] == [
        'left out: 72 of other meters', '1 resources, 4 cycles of 20 s: each polled exactly once']
    assert main(['audit', str(tmpdir.join('samples')), '--meter', 'no-such']) == 2
    assert 'left out: 78 of other meters' in capsys.readouterr()[1]


def test_several_files_are_one(tmpdir, capsys, monkeypatch):
    paths = []
    for name in sorted(MACS):
        paths.append(tmpdir.join(name))
        paths[-1].write_binary(b''.join(lines([poll for poll in steady() if poll[3] == name]) + [b'x']))
    monkeypatch.setattr('sys.stdin', io.BytesIO(paths[2].read_binary()))
    assert main(['audit'] + [str(path) for path in paths[:2]] + ['-']) == 0
    out = capsys.readouterr()[0].splitlines()
    assert '; %s: line 17 must be a sample' % paths[1] in out[-2] and '; -: line 9 must' in out[-2]
    assert out[-1] == '6 resources, 6 cycles of 10 s: each polled exactly once'


def test_one_resource_is_followed_cycle_by_cycle(command):
    polls = without(steady(cycles=20), 'node-1', 100, 110) + batch(152, 'node-3', ['image-0'])
    code, out, err = command(lines(polls), '--resource', 'image-0', *hosts())
    assert (code, err) == (1, '')
    assert out.splitlines() == [
        'image.size, every 10 s',
        '2017-07-14T02:40:08Z  02:40:11 by node-1',
        '  ... 6 cycles, polled once in each',
        '2017-07-14T02:41:18Z  02:41:21 by node-1',
        '2017-07-14T02:41:28Z  02:41:31 by node-1',
        '2017-07-14T02:41:38Z  MISSED: node-1, which had polled it, polled 0 other resources, all agents together 3',
        '2017-07-14T02:41:48Z  02:41:51 by node-1',
        '2017-07-14T02:41:58Z  02:42:01 by node-1',
        '2017-07-14T02:42:08Z  02:42:11 by node-1',
        '2017-07-14T02:42:18Z  02:42:21 by node-1',
        '2017-07-14T02:42:28Z  DOUBLED: 02:42:31 by node-1, 02:42:32 by node-3',
        '2017-07-14T02:42:38Z  02:42:41 by node-1',
        '2017-07-14T02:42:48Z  02:42:51 by node-1',
        '2017-07-14T02:42:58Z  02:43:01 by node-1',
        'image-0: 18 cycles, missed in 1, doubled in 1: NOT each polled exactly once',
    ]


def test_what_the_history_knows_stands_beside_the_cycle_of_one_resource(command, monkeypatch, tmpdir):
    os.mkdir(os.path.dirname(journal.PATH), 0o700)
    with io.open(journal.PATH, 'w', encoding='ascii') as history:
        history.write(u'2017-07-14T02:41:43Z event=repair text="put back"\n')
    _, out, _ = command(lines(without(steady(cycles=20), 'node-1', 100, 110)), '--resource', 'image-0', *hosts())
    missed = [at for at, line in enumerate(out.splitlines()) if 'MISSED' in line]
    assert [out.splitlines()[at + 1].strip() for at in missed] == ['02:41:43 put back']
    os.remove(journal.PATH)
    os.symlink('elsewhere', journal.PATH)  # as one that only root may read
    assert command(lines(steady()), '--resource', 'image-0', *hosts())[0] == 0


def test_the_verdict_on_one_resource_is_not_that_on_all(command):
    polls = lines(without(steady(), 'node-1', 20, 30))
    assert command(polls)[0] == 1
    assert command(polls, '--resource', 'image-5')[0] == 0
    report = json.loads(command(polls, '--resource', 'image-0', '--json')[1])
    assert report['exactly_once'] is False
    assert [len(cycle['polls']) for cycle in report['meters'][0]['cycles']] == [1, 0, 1, 1, 1, 1]
    code, out, err = command(polls, '--resource', u'n\xf6')
    assert (code, out) == (2, '')
    assert err == "ceilometer-redis: --resource must be the id of a resource in the samples, not 'n\\xf6'\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def write(self, text):
        return super(Terminal, self).write(u'' + text)


def test_a_terminal_is_told_how_far_the_reading_is_and_the_line_taken_away(command, monkeypatch):
    monkeypatch.setattr(audit, 'PROGRESS', -1)
    monkeypatch.setattr('sys.stderr', Terminal())
    code, out, _ = command(lines(steady()))
    assert code == 0 and 'MB' not in out
    assert sys.stderr.getvalue().startswith('\rread: 0 MB of 0') and sys.stderr.getvalue().endswith(' \r')


def test_nothing_else_is_told_how_far_the_reading_is(command, monkeypatch):
    monkeypatch.setattr(audit, 'PROGRESS', -1)
    assert command(lines(steady()))[2] == ''


@pytest.mark.parametrize('options, said', [
    (('--plot', 'x.jpg'), '--plot must be a file whose name ends in .png or .svg'),
    (('--plot', '/no/x.png'), "--plot must be in a directory where you may write, not '/no/x.png'"),
    (('--plot', 'x.png'), "--plot must have matplotlib: 'apt-get install python3-matplotlib'"),
])
def test_a_picture_that_cannot_be_drawn_is_said_before_anything_is_read(options, said, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    monkeypatch.setattr('sys.stdin', None)
    assert main(['audit'] + list(options)) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ('', 1)
    assert said in err


@pytest.mark.parametrize('name, magic', [('polling.png', b'\x89PNG'), ('polling.svg', b'<?xml')])
def test_a_picture_is_drawn(command, tmpdir, name, magic):
    pytest.importorskip('matplotlib')
    polls = without(steady(), 'node-1', 20, 30) + batch(42, 'node-3', [u'image-0', u'$\\x$\xe4\x1b'])
    assert command(lines(polls), '--plot', str(tmpdir.join(name)))[0] == 1
    assert tmpdir.join(name).read_binary().startswith(magic)


def test_a_picture_of_more_intervals_than_have_place_is_drawn(tmpdir, capsys):
    pytest.importorskip('matplotlib')
    found = [line(time, 'node-1', 'vm').replace(b'image.size', b'meter-%d' % interval)
             for interval in range(11, 59) for time in range(0, 300, interval)]
    tmpdir.join('samples').write_binary(b''.join(found))
    assert main(['audit', str(tmpdir.join('samples')), '--plot', str(tmpdir.join('polling.png'))]) == 0
    assert tmpdir.join('polling.png').size() > 1000


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
    (('--since', '1' * 9, '--until', '9' * 11, '--expect', '1'), 'samples must cover no more than 100000 cycles of '),
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

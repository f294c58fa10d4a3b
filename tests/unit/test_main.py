# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole."""

import os
import pkgutil
import re
import signal
import subprocess
import sys
import time

import pytest
from deployments import FILE_OF_NODE_2
from polls import START, line, steady

from ceilometer_redis import __main__ as main_module
from ceilometer_redis import clock, commands
from ceilometer_redis.__main__ import COMMANDS, GROUPS, complain, main

SAMPLES = 'a file of samples'

#: Where Python finds the helper's package.
HELPERS = os.path.dirname(os.path.dirname(main_module.__file__))


@pytest.mark.parametrize('arguments, said', [
    ([], 'COMMAND must be one of status, check, audit, '),
    (['no-such-command'], "not 'no-such-command': 'ceilometer-redis --help' says what they do"),
    ([b'n\xc3\xb6'.decode('utf-8')], "not 'n\\xf6'"),
    (['--no-such-option'], "arguments must be as 'ceilometer-redis --help' shows: "),
    (['deployment', '--no-such-option'], "arguments must be as 'ceilometer-redis deployment --help' shows: "),
    (['audit', '--since'], "arguments must be as 'ceilometer-redis audit --help' shows: argument --since: "),
    (['status', '--json=yes'], "arguments must be as 'ceilometer-redis status --help' shows: argument --json: "),
    (['apply'], "arguments must be as 'ceilometer-redis apply --help' shows: "),
    (['apply', 'everything'], 'WHAT must be one of predecessor, resources, '),
])
def test_a_wrong_command_line_is_one_line_that_says_what_to_do(arguments, said, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ('', 1)
    assert err.startswith('ceilometer-redis: ') and said in err


def test_a_complaint_is_one_line_that_every_terminal_can_show(capsys):
    complain(u'n\xf6de:\n  two lines')
    assert capsys.readouterr()[1] == 'ceilometer-redis: n\\xf6de: two lines\n'


@pytest.mark.parametrize('arguments', [['audit', u'/n\xf6n\xeb'], ['audit', '/'], ['deployment', '--astute', '/'],
                                       ['withdraw', '--deployment', '/'], ['status', '--deployment', u'/n\xf6n\xeb']])
def test_a_file_of_any_name_that_cannot_be_read_is_one_line(arguments, capsys):
    for words in (arguments, [word.encode('utf-8') for word in arguments] if str is bytes else arguments):
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ('', 1)


def test_the_groups_of_the_help_have_every_command_once():
    modules = set(module.name if hasattr(module, 'name') else module[1]
                  for module in pkgutil.iter_modules([os.path.dirname(commands.__file__)]))
    listed = [name for _, group in GROUPS for name, _ in group]
    assert sorted(listed) == sorted(modules - set(['arguments']))


def helped(capsys, *arguments):
    """What --help prints; it fits into a terminal."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments) + ['--help'])
    assert left.value.code == 0
    out = capsys.readouterr()[0]
    assert [line for line in out.splitlines() if len(line) > 80] == []
    return out


def test_the_help_shows_the_commands_in_their_groups(capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    out = helped(capsys)
    places = [out.index(words) for group, listed in GROUPS
              for words in ['commands %s:\n' % group] + ['  %-12s %s\n' % command for command in listed]]
    assert places == sorted(places)


@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_each_command_explains_itself(command, capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    out = helped(capsys, command)
    assert out.startswith('usage: ceilometer-redis %s' % command)
    assert COMMANDS[command] + '.' in ' '.join(out.split())


@pytest.mark.parametrize('command', ['history', 'url', 'report', 'handover', 'withdraw', 'deployment', 'join', 'apply',
                                     'follow', 'guard'])
def test_each_command_has_an_example_and_says_its_exit_codes(command, capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    examples, _, codes = helped(capsys, command).partition('\nexamples:\n')[2].partition('\nexit codes:\n')
    lines = examples.splitlines()
    assert lines and all(line.startswith('  ') for line in lines if line)
    assert [line for line in codes.splitlines() if not re.match('  [012]  [a-z]', line)] == []


@pytest.mark.parametrize('number, code', [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_command_that_is_ended_does_first_what_it_has_to_and_says_nothing(number, code, tmpdir):
    # A pipe to which nothing is written: the command waits for it.
    samples = str(tmpdir.join('samples'))
    os.mkfifo(samples)
    program = ("import atexit, runpy, sys; atexit.register(sys.stdout.write, 'done'); "
               "sys.argv = ['ceilometer-redis', 'audit', %r]; print('begun'); sys.stdout.flush(); "
               "runpy.run_module('ceilometer_redis', run_name='__main__')" % samples)
    places = os.path.dirname(os.path.dirname(commands.__path__[0]))
    process = subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=dict(os.environ, PYTHONPATH=places), preexec_fn=take_interrupts)
    assert process.stdout.readline() == b'begun\n'
    writer = open_for_writing(samples)
    # One that comes while Python opens the pipe is lost (io clears the errors of its tell()): it is sent again.
    for _ in range(15):
        if process.poll() is None:
            process.send_signal(number)
            wait_for_end(process, 2)
    assert process.poll() == code
    assert process.communicate() == (b'done', b'')
    os.close(writer)


def wait_for_end(process, seconds):
    deadline = clock.uptime() + seconds
    while process.poll() is None and clock.uptime() < deadline:
        time.sleep(0.02)


def take_interrupts():
    """Let a program be interrupted also where the tests are a shell's background job, whose SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def open_for_writing(pipe):
    """Open a named pipe as soon as somebody reads from it."""
    deadline = clock.uptime() + 30
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert clock.uptime() < deadline, 'nobody reads'
            time.sleep(0.05)


@pytest.mark.parametrize('closed, arguments, code', [
    (1, ['status', '--deployment', 'FILE'], 1), (1, ['check', '--bogus'], 3), (1, ['--help'], 0),
    (2, ['status', '--deployment', '/no'], 2), (2, ['no'], 2), (0, ['audit'], 2)])
def test_what_goes_to_a_stream_that_the_caller_has_closed_goes_nowhere(closed, arguments, code, tmpdir):
    path = tmpdir.join('deployment.yaml')
    path.write(FILE_OF_NODE_2)
    command = [sys.executable, '-m', 'ceilometer_redis'] + [str(path) if word == 'FILE' else word for word in arguments]
    process = subprocess.Popen(['sh', '-c', 'exec "$@" %d>&-' % closed, 'sh'] + command, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE,
                               env=dict(os.environ, PYTHONPATH=HELPERS))
    out, err = process.communicate()
    assert (process.returncode, out) == (code, b'')
    assert len(err.splitlines()) == (1 if closed == 0 else 0)


def test_a_check_that_cannot_be_written_is_unknown():
    with open('/dev/full', 'w') as full:
        assert subprocess.call([sys.executable, '-m', 'ceilometer_redis', 'check', '--no'], stdout=full,
                               env=dict(os.environ, PYTHONPATH=HELPERS)) == 3


@pytest.mark.parametrize('unread, arguments, code', [
    ('stdout', ['--help'], 141), ('stdout', ['audit', '--help'], 141),
    ('stdout', ['audit', SAMPLES, '--interval', '10'], 141), ('stdout', ['withdraw', '--deployment', '/no'], 0),
    ('stderr', ['audit', '/no'], 2), ('stderr', ['status', '--deployment', '/no'], 2), ('stderr', ['no'], 2),
])
def test_where_nobody_reads_what_it_says_a_command_ends_in_silence(unread, arguments, code, tmpdir):
    reading, writing = os.pipe()
    os.close(reading)
    # pytest-xdist sets this one; argparse passes over what it cannot write then.
    buffered = dict(item for item in os.environ.items() if item[0] != 'PYTHONUNBUFFERED')
    samples = tmpdir.join('samples')
    samples.write_binary(b''.join(line(time - START, name, resource) for time, _, resource, name in steady()))
    process = subprocess.Popen([sys.executable, '-m', 'ceilometer_redis']
                               + [str(samples) if word is SAMPLES else word for word in arguments],
                               stderr=writing if unread == 'stderr' else subprocess.PIPE,
                               stdout=writing if unread == 'stdout' else subprocess.PIPE,
                               env=dict(buffered, PYTHONPATH=HELPERS))
    said = [text for text in process.communicate() if text is not None]
    os.close(writing)
    assert (process.returncode, said) == (code, [b''])

# SPDX-License-Identifier: Apache-2.0
"""What `ceilometer-redis status` prints, and its exit code."""

import json

import pytest
from deployments import FILE_OF_NODE_2
from snapshots import THIRD, node, snapshot

from ceilometer_redis.__main__ import main
from ceilometer_redis.health import snapshot as snapshots


@pytest.fixture
def path(tmpdir):
    made = tmpdir.join('ceilometer-redis', 'deployment.yaml')
    made.write(FILE_OF_NODE_2, ensure=True)
    made.chmod(0o640)
    return made


@pytest.fixture
def seen(monkeypatch):
    """Let these be the changes from a healthy snapshot that is taken; return what was asked for."""
    def see(*changes):
        monkeypatch.setattr(snapshots, 'take', lambda deployment: snapshot(*changes))
    monkeypatch.setattr('ceilometer_redis.history.daemon_logs.DIRECTORY', '/nowhere')
    see()
    return see


def run(capsys, *arguments):
    code = main(list(arguments))
    return (code,) + tuple(text.splitlines() for text in capsys.readouterr())


@pytest.mark.parametrize('changes, code, first', [
    ([], 0, 'healthy'),
    ([node(THIRD, 'offline')], 1,
     'degraded: node-3 is offline, work goes on; switch it on, or mend its network; until then one more failure '
     'may stop everything [controller-offline]')])
def test_the_first_line_is_the_verdict(path, seen, capsys, changes, code, first):
    seen(*changes)
    found, out, err = run(capsys, 'status', '--deployment', str(path))
    assert (found, out[0], err) == (code, first, [])


def test_for_programs_it_is_json(path, seen, capsys):
    seen(node(THIRD, 'offline'))
    code, out, _ = run(capsys, 'status', '--json', '--deployment', str(path))
    found = json.loads('\n'.join(out))
    assert (code, found['verdict'], found['master']) == (1, 'degraded', '192.168.0.5')
    assert found['problems'] == [{
        'name': 'controller-offline', 'severity': 'warning', 'where': 'node-3',
        'what': 'node-3 is offline, work goes on',
        'do': 'switch it on, or mend its network; until then one more failure may stop everything'}]
    assert [(row['name'], row['role'], row['state']) for row in found['controllers']] == [
        ('node-1', 'master', 'online'), ('node-2', 'slave', 'online'), ('node-3', None, 'offline')]


@pytest.mark.parametrize('name, said', [
    (None, 'the plugin is not deployed on this node'),
    ('ceilometer-redis.20170301T120000Z', 'the plugin was withdrawn from this node, which left ')])
@pytest.mark.parametrize('command', ['status', 'check'])
def test_where_nothing_is_deployed_any_more_it_is_one_line(tmpdir, capsys, name, said, command):
    if name:
        tmpdir.join(name).ensure(dir=True)
    code, out, err = run(capsys, command, '--deployment', str(tmpdir.join('ceilometer-redis', 'deployment.yaml')))
    line, = out + err
    assert code == {'status': 2, 'check': 3}[command]
    assert said in line


def test_a_compute_node_is_told_where_to_ask(path, capsys):
    path.write('node: {name: node-6, fqdn: node-6.example.com}\noptions: {}\nservices: []\n')
    code, _, err = run(capsys, 'status', '--deployment', str(path))
    assert (code, len(err)) == (2, 1)
    assert err[0].endswith("must be a controller's, not a compute node's: ask on a controller")


def test_it_looks_again_and_again_until_it_is_interrupted(path, seen, capsys, monkeypatch):
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt
    monkeypatch.setattr('ceilometer_redis.commands.status.time.sleep', sleep)
    code, out, _ = run(capsys, 'status', '--watch', '7', '--deployment', str(path))
    assert (code, pauses, out.count('healthy')) == (0, [7, 7, 7], 3)
    assert '\033' not in ''.join(out)


@pytest.mark.parametrize('seconds', ['0', 'x', '-1', 'nan', '1e9'])
def test_what_is_no_number_of_seconds_is_refused(path, seen, capsys, seconds):
    code, _, err = run(capsys, 'status', '--watch=' + seconds, '--deployment', str(path))
    assert (code, len(err)) == (2, 1)
    assert '--watch must be a number of seconds, up to a day' in err[0]


def test_colours_are_for_terminals_that_want_them(monkeypatch):
    from ceilometer_redis.commands import status

    class Terminal(object):
        def __init__(self, terminal):
            self.isatty = lambda: terminal
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.delenv('NO_COLOR', raising=False)
    assert [status.has_colours(Terminal(each)) for each in (True, False)] == [True, False]
    monkeypatch.setenv('TERM', 'dumb')
    assert not status.has_colours(Terminal(True))
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('NO_COLOR', '1')
    assert not status.has_colours(Terminal(True))

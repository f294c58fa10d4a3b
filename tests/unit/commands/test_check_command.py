# SPDX-License-Identifier: Apache-2.0
"""What `ceilometer-redis check` prints, and its exit code."""

import time

import pytest
from deployments import FILE_OF_NODE_2
from snapshots import THIRD, node, redis, snapshot

from ceilometer_redis.__main__ import main
from ceilometer_redis.health import snapshot as snapshots


@pytest.fixture
def path(tmpdir):
    made = tmpdir.join('deployment.yaml')
    made.write(FILE_OF_NODE_2)
    made.chmod(0o640)
    return str(made)


@pytest.fixture
def seen(monkeypatch):
    """Let these be the changes from a healthy snapshot that is taken."""
    def see(*changes):
        monkeypatch.setattr(snapshots, 'take', lambda *_, **__: snapshot(*changes))
    see()
    return see


def run(capsys, *arguments):
    try:
        code = main(['check'] + list(arguments))
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert err == '' and len(out.splitlines()) == 1
    return code, out.rstrip('\n')


@pytest.mark.parametrize('changes, code, begins', [
    ([], 0, 'CEILOMETER-REDIS OK - '), ([node(THIRD, 'standby')], 1, 'CEILOMETER-REDIS WARNING - controller-standby: '),
    ([redis(0, max_memory=1)], 2, 'CEILOMETER-REDIS CRITICAL - no-writes: ')])
def test_the_code_and_the_line_are_those_of_a_plugin(path, seen, capsys, changes, code, begins):
    seen(*changes)
    found, line = run(capsys, '--deployment', path)
    assert (found, line.startswith(begins)) == (code, True)


@pytest.mark.parametrize('arguments', [['--bogus'], ['-w'], ['-w', 'x'], ['-c', '10:5'], ['-t', '0'], ['-t', 'soon'],
                                       ['surplus'], ['--deployment', '/no'], ['--deployment', '/'], ['-w', u'\xf6']])
def test_wrong_arguments_are_unknown_in_one_line(seen, capsys, arguments):
    code, line = run(capsys, *arguments)
    assert code == 3
    assert line.startswith('CEILOMETER-REDIS UNKNOWN - ')


def test_what_nobody_foresaw_is_unknown_in_one_line(path, capsys, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError('one | two\nlines')
    monkeypatch.setattr(snapshots, 'take', fail)
    assert run(capsys, '--deployment', path) == (3, 'CEILOMETER-REDIS UNKNOWN - one / two lines')


def test_an_existing_service_that_is_late_leaves_time_to_say_so(path, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(snapshots, 'take', lambda _, service_bound: asked.append(service_bound) or snapshot())
    for bound in '5', '60':
        assert run(capsys, '-t', bound, '--deployment', path)[0] == 0
    assert asked == [4, snapshots.SERVICE_BOUND]


def test_it_gives_up_in_time(path, capsys, monkeypatch):
    monkeypatch.setattr(snapshots, 'take', lambda *_, **__: time.sleep(20))
    assert run(capsys, '-t', '0.2', '--deployment', path) == (3, 'CEILOMETER-REDIS UNKNOWN - no answer within 0.2 s')


@pytest.mark.parametrize('arguments, looks, code', [([], 1, 2), (['--wait', '12'], 3, 2), (['--wait', '60'], 4, 1)])
def test_it_waits_while_the_promise_is_broken(path, capsys, monkeypatch, arguments, looks, code):
    done, now = [], [1000.0]

    def take(*_, **__):
        done.append(now[0])
        return snapshot(redis(0, max_memory=1)) if len(done) < 4 else snapshot(node(THIRD, 'standby'))

    def sleep(seconds):
        now[0] += seconds
    monkeypatch.setattr(snapshots, 'take', take)
    monkeypatch.setattr('ceilometer_redis.commands.check.clock.uptime', lambda: now[0])
    monkeypatch.setattr('ceilometer_redis.commands.check.time.sleep', sleep)
    assert run(capsys, '--deployment', path, *arguments)[0] == code
    assert len(done) == looks


def test_the_metrics_are_written_besides(path, seen, capsys, tmpdir):
    seen(node(THIRD, 'standby'))
    code, _ = run(capsys, '--deployment', path, '--prometheus', str(tmpdir.join('x.prom')))
    assert code == 1
    assert 'ceilometer_redis_state 1\n' in tmpdir.join('x.prom').read()
    assert run(capsys, '--deployment', path, '--prometheus', str(tmpdir.join('no', 'x.prom'))) == (
        3, 'CEILOMETER-REDIS UNKNOWN - %s: No such file or directory' % tmpdir.join('no', 'x.prom'))


def test_metrics_do_not_stay_when_a_check_fails(path, seen, capsys, monkeypatch, tmpdir):
    metrics = tmpdir.join('x.prom')
    run(capsys, '--deployment', path, '--prometheus', str(metrics))
    assert 'ceilometer_redis_state 0\n' in metrics.read()
    monkeypatch.setattr(snapshots, 'take', lambda *_, **__: time.sleep(20))
    assert run(capsys, '-t', '0.2', '--deployment', path, '--prometheus', str(metrics))[0] == 3
    assert metrics.read().splitlines()[1:] == ['# TYPE ceilometer_redis_state gauge', 'ceilometer_redis_state 3']

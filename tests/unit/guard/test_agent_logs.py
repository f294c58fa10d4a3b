# SPDX-License-Identifier: Apache-2.0
"""What agents complain of in their logs."""

import os
import time

import pytest

from ceilometer_redis.guard.agent_logs import COMPLAINTS, Log


def test_a_rotated_log_is_read_from_its_beginning(tmpdir, monkeypatch):
    path = tmpdir.join('agent.log')
    path.write('UnknownNode: Unknown node before\n' * 3)
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [str(path)]))
    log = Log(None)
    assert log.counts() == {'unknown': 0, 'ended': 0}
    path.write('fine\n')
    assert log.counts() == {'unknown': 0, 'ended': 0}
    path.write('fine\nUnknownNode: Unknown node x\n')
    assert log.counts() == {'unknown': 1, 'ended': 0}
    assert log.counts() == {'unknown': 1, 'ended': 0}


def test_what_a_log_said_is_forgotten_after_an_hour(tmpdir, monkeypatch, uptime):
    path = tmpdir.join('agent.log')
    path.write('')
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [str(path)]))
    log, seen = Log(None), []
    path.write('UnknownNode: Unknown node x\n')
    for uptime.now in (1000, 1000 + 3599, 1000 + 3600):
        seen.append(log.counts()['unknown'])
    assert seen == [1, 1, 0]


@pytest.mark.parametrize('line, has_ended', [
    ('ERROR ceilometer.openstack.common.loopingcall [-] in fixed duration looping call', True),
    ("ERROR oslo.service.loopingcall [-] Fixed interval looping call 'ceilometer.run_watchers' failed", True),
    ("ERROR oslo.service.loopingcall [-] Dynamic interval looping call <bound method X.run of <y>> failed", True),
    ("WARNING oslo.service.loopingcall [-] Function 'run_watchers' run outlasted interval by 3.00 sec", False),
    ("DEBUG oslo.service.loopingcall [-] Fixed interval looping call 'beat' sleeping for 1.00 seconds", False),
])
def test_a_loop_that_has_ended_is_known_by_the_words_of_every_release(line, has_ended):
    assert bool(COMPLAINTS['ended'].search(line.encode('ascii'))) is has_ended


@pytest.mark.parametrize('replace', [os.mkfifo, os.mkdir, lambda path: os.symlink('/dev/zero', path),
                                     lambda path: os.symlink('/nowhere', path)])
def test_what_came_in_place_of_a_log_is_passed_over_and_never_waited_for(tmpdir, monkeypatch, log, replace):
    path = str(tmpdir.join('agent.log'))
    open(path, 'w').close()
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [path]))
    read = Log(None)
    os.remove(path)
    replace(path)
    assert [read.counts() for _ in range(2)] == [{'unknown': 0, 'ended': 0}] * 2
    assert len(log) <= 1


@pytest.mark.parametrize('written', [b'\xff\x00\n' * 1000, b'interval looping call ' * 200000, b'x' * (9 << 20)])
def test_a_log_of_any_bytes_is_read_in_time_and_its_end_counts(tmpdir, monkeypatch, written):
    path = tmpdir.join('agent.log')
    path.write('')
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [str(path)]))
    log = Log(None)
    path.write(written + b'\nUnknownNode: Unknown node x\n', 'wb')
    before = time.time()
    assert log.counts() == {'unknown': 1, 'ended': 0}
    assert time.time() - before < 2

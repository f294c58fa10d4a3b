# SPDX-License-Identifier: Apache-2.0
"""What agents complain of in their logs."""

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

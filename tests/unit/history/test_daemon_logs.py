# SPDX-License-Identifier: Apache-2.0
"""What logs of real daemons tell: recorded with each Redis, a master that was killed, then one that handed over."""

import calendar
import gzip
import hashlib
import os
import shutil
import time

import pytest

from ceilometer_redis.deployment import build
from ceilometer_redis.history import daemon_logs
from ceilometer_redis.history.daemon_logs import ASKED_FOR, NO_ANSWER

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'data', 'logs')

A, B, C = '10.77.0.1', '10.77.0.2', '10.77.0.3'


@pytest.fixture(params=['UTC', 'CET-1CEST', 'EST5EDT'])
def zone(request, monkeypatch):
    """Hours that the daemons' clock is behind UTC."""
    monkeypatch.setenv('TZ', request.param)
    time.tzset()
    yield {'U': 0, 'C': -1, 'E': 5}[request.param[0]]
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def directory(tmp_path):
    def recorded(version, year=2026):
        for name in os.listdir(os.path.join(LOGS, version)):
            shutil.copy(os.path.join(LOGS, version, name), str(tmp_path))
            at = calendar.timegm((year, 11, 29, 20, 0, 0))
            os.utime(str(tmp_path / name), (at, at))
        return str(tmp_path)
    return recorded


def at(clock, hours=0, date='2026-11-29'):
    return calendar.timegm(time.strptime('%s %s' % (date, clock), '%Y-%m-%d %H:%M:%S')) + 3600 * hours


@pytest.mark.parametrize('version, found', [
    ('2.8.17', [('13:28:36', A, B, NO_ANSWER), ('13:28:49', B, C, ASKED_FOR)]),
    ('3.0.5', [('13:28:57', A, C, NO_ANSWER), ('13:29:09', C, A, ASKED_FOR)]),
    ('7.0.15', [('13:29:16', A, C, NO_ANSWER), ('13:29:29', C, A, ASKED_FOR)]),
])
def test_failovers_are_read_from_the_sentinel_of_each_redis(zone, directory, version, found):
    events = [event for event in daemon_logs.events(directory=directory(version)) if event['kind'] == 'failover']
    assert [(event['time'], event['from'], event['to'], event['why']) for event in events] == [
        (at(failover[0], zone),) + failover[1:] for failover in found]


@pytest.mark.parametrize('version, server, sentinel', [
    ('2.8.17', ['13:28:30', '13:28:35'], ['13:28:31']), ('3.0.5', ['13:28:52', '13:28:57'], ['13:28:52']),
    ('7.0.15', ['13:29:12', '13:29:16'], ['13:29:12'])])
def test_starts_of_the_daemons_are_read_from_their_logs(directory, version, server, sentinel):
    events = [(event['who'], event['time']) for event in daemon_logs.events(directory=directory(version))
              if event['kind'] == 'restart']
    assert sorted(events) == sorted([('redis-server', at(clock)) for clock in server]
                                    + [('redis-sentinel', at(clock)) for clock in sentinel])


def test_a_line_without_a_year_is_of_the_last_one_that_it_can_be_of(tmp_path):
    path = tmp_path / 'redis-sentinel.log'
    path.write_bytes(b'[1] 30 Dec 10:00:00.000 # a\n[1] 29 Feb 10:00:00.000 # b\n[1] 31 Dec 23:59:59.999 # c\n'
                     b'[1] 01 Jan 00:00:00.001 # d\n')
    os.utime(str(path), (at('12:00:00', date='2025-01-02'),) * 2)
    assert daemon_logs.lines('redis-sentinel', directory=str(tmp_path)) == [
        (at('10:00:00', date='2023-12-30'), 'a'), (at('10:00:00', date='2024-02-29'), 'b'),
        (at('23:59:59', date='2024-12-31'), 'c'), (at('00:00:00', date='2025-01-01'), 'd')]


@pytest.mark.parametrize('written, lines, times', [
    ('2025-01-01', ['31 Dec 23:59:59.999'], ['2024-12-31']),
    ('2026-11-30', ['30 Nov 00:00:00.001', '29 Nov 23:59:59.999'], ['2026-11-30', '2026-11-29']),
    ('2026-11-30', ['28 Nov 2024 00:00:00.001', '29 Nov 2026 23:59:59.999'], ['2024-11-28', '2026-11-29'])])
def test_a_clock_that_is_set_back_by_days_makes_no_other_year(tmp_path, written, lines, times):
    path = tmp_path / 'redis-sentinel.log'
    path.write_bytes(''.join('1:X %s # x\n' % line for line in lines).encode('ascii'))
    os.utime(str(path), (at('00:00:00', date=written),) * 2)
    assert [time.strftime('%Y-%m-%d', time.gmtime(seconds)) for seconds, _ in daemon_logs.lines(
        'redis-sentinel', directory=str(tmp_path))] == times


@pytest.mark.parametrize('written', ['01:50:00', '03:00:00'])
@pytest.mark.parametrize('zone', ['Europe/Berlin', 'CET-1CEST,M3.5.0,M10.5.0/3'])
def test_the_hour_that_a_clock_has_twice_is_told_by_what_follows(tmp_path, monkeypatch, zone, written):
    shown = ['01:59:00', '02:10:00', '02:50:00', '02:05:00', '02:10:00', '02:45:00', '03:00:00']
    moments = ['23:59:00', '00:10:00', '00:50:00', '01:05:00', '01:10:00', '01:45:00', '02:00:00']
    count = 6 if written == '01:50:00' else 7
    path = tmp_path / 'redis-sentinel.log'
    path.write_bytes(''.join('[1] 25 Oct %s.000 # x\n' % clock for clock in shown[:count]).encode('ascii'))
    os.utime(str(path), (at(written, date='2026-10-25'),) * 2)
    monkeypatch.setenv('TZ', zone)
    time.tzset()
    found = daemon_logs.lines('redis-sentinel', directory=str(tmp_path))
    monkeypatch.undo()
    time.tzset()
    assert [time.strftime('%H:%M:%S', time.gmtime(seconds)) for seconds, _ in found] == moments[:count]
    assert [seconds for seconds, _ in found] == sorted(seconds for seconds, _ in found)


@pytest.mark.parametrize('spoil', [lambda packed: packed[:len(packed) // 2],
                                   lambda packed: packed[:len(packed) // 2] + b'x' * 9 + packed[len(packed) // 2:]])
def test_of_a_packed_log_that_is_spoilt_the_begin_is_read(tmp_path, spoil):
    path = tmp_path / 'redis-sentinel.log.2.gz'
    with gzip.open(str(path), 'wb') as packed:
        for number in range(10000):
            name = hashlib.sha1(str(number).encode('ascii')).hexdigest()
            packed.write(('[1] 29 Nov 13:00:00.000 # %s\n' % name).encode('ascii'))
    path.write_bytes(spoil(path.read_bytes()))
    assert len(daemon_logs.lines('redis-sentinel', directory=str(tmp_path))) > 2000


def test_a_log_that_was_rotated_is_read_too(directory):
    found = directory('2.8.17')
    sentinel, former = os.path.join(found, 'redis-sentinel.log'), os.path.join(found, 'redis-sentinel.log.1')
    expected = daemon_logs.events(directory=found)
    os.rename(sentinel, former)
    assert daemon_logs.events(directory=found) == expected
    with open(former, 'rb') as content, gzip.open(former + '.gz', 'wb') as packed:
        packed.write(content.read())
    os.utime(former + '.gz', (os.path.getmtime(former),) * 2)
    os.remove(former)
    assert daemon_logs.events(directory=found) == expected


def test_what_is_older_than_asked_for_is_left_out(directory):
    found = daemon_logs.events(at('13:28:40'), directory('2.8.17'))
    assert [(event['kind'], event.get('to')) for event in found] == [('failover', C)]


def switch(words):
    return ('[1] 29 Nov 13:00:00.000 # +switch-master %s\n' % words).encode('ascii')


@pytest.mark.parametrize('content', [
    b'', b'\xff\xfe\n', b'\n' * 1000, b'x' * 100000, b'[1] 99 Nov 13:00:00.000 # +tilt\n',
    switch('another 10.0.0.1 6379 10.0.0.2 6379'), switch('ceilometer-redis 10.0.0.1 6379 10.0.0.2'),
    switch('ceilometer-redis 10.0.0.1 6379 \x1b[2J 6379'),
    switch('ceilometer-redis 10.0.0.1 6379 %s 6379' % ('1' * 99)),
    switch('ceilometer-redis 10.0.0.1 6379 10.0.0.2 6379')[:-1]])
def test_what_no_sentinel_writes_is_passed_over(tmp_path, content):
    (tmp_path / 'redis-sentinel.log').write_bytes(content)
    assert daemon_logs.events(directory=str(tmp_path)) == []


@pytest.mark.parametrize('name', ['redis-sentinel.log', 'redis-sentinel.log.1.gz'])
def test_a_link_a_pipe_or_what_is_packed_by_somebody_else_is_no_log(tmp_path, name):
    (tmp_path / name).symlink_to('/etc/passwd')
    assert daemon_logs.events(directory=str(tmp_path)) == []
    (tmp_path / name).unlink()
    os.mkfifo(str(tmp_path / name))
    assert daemon_logs.events(directory=str(tmp_path)) == []
    os.remove(str(tmp_path / name))
    (tmp_path / name).write_bytes(b'no gzip at all\n')
    assert daemon_logs.events(directory=str(tmp_path)) == []


@pytest.mark.parametrize('written, found', [(0, []), (-2 ** 60, []), (2 ** 33, ['10.0.0.2']), (2 ** 60, ['10.0.0.2'])])
def test_a_log_may_have_any_time(tmp_path, written, found):
    path = tmp_path / 'redis-sentinel.log'
    path.write_bytes(switch('ceilometer-redis 10.0.0.1 6379 10.0.0.2 6379'))
    try:
        os.utime(str(path), (written, written))
    except (OverflowError, OSError):
        pytest.skip('none that this file system has')
    assert [event['to'] for event in daemon_logs.events(directory=str(tmp_path))] == found


def test_of_a_log_without_end_the_end_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(daemon_logs, 'MOST', 1000)
    lines = ['[1] 29 Nov 13:00:%02d.000 # x\n' % second for second in range(60)]
    (tmp_path / 'redis-sentinel.log').write_bytes(''.join(lines).encode('ascii'))
    found = daemon_logs.lines('redis-sentinel', directory=str(tmp_path))
    assert [time.localtime(seconds).tm_sec for seconds, _ in found] == list(range(25, 60))


def test_the_master_has_the_name_that_deployments_give_it():
    assert daemon_logs.MASTER == build.MASTER_NAME

"""Polled exactly once per cycle, by whom: the judgement that every acceptance test uses."""

import datetime
import io
import itertools
import json
import uuid

import pytest

from ceilometer_redis.__main__ import main
from ceilometer_redis.audit import judge as judging
from ceilometer_redis.audit.samples import Poll, Sample, parse_time
from ceilometer_redis.audit.samples import read as read_samples
from ceilometer_redis.errors import BadInput

START = 1500000000
INTERVAL = 10
IMAGES = ['image-%d' % number for number in range(6)]
SHARES = {'node-1': IMAGES[:3], 'node-2': IMAGES[3:5], 'node-3': IMAGES[5:]}
PHASES = {'node-1': 1.0, 'node-2': 3.0, 'node-3': 5.0}
MACS = {'node-1': '52:54:00:00:00:01', 'node-2': '52:54:00:00:00:02', 'node-3': '52:54:00:00:00:03'}


NUMBERS = itertools.count()


def batch(time, host, resources=None, meter='image.size'):
    """What one agent polls at once; time in seconds after START."""
    return [(START + time, meter, resource, host) for resource in (SHARES[host] if resources is None else resources)]


def steady(cycles=8, drift=0.0, phases=None, meter='image.size'):
    """Three agents, each with its share of the images and its own rhythm."""
    return [poll for cycle in range(cycles) for host, phase in (phases or PHASES).items()
            for poll in batch(cycle * (INTERVAL + drift) + phase, host, meter=meter)]


def without(polls, host, since, until):
    """The polls but those of one host in a time."""
    return [poll for poll in polls if poll[3] != host or not since <= poll[0] - START < until]


def judge(polls, interval=INTERVAL, **limits):
    samples = [Sample(number, time, Poll(meter, resource, host))
               for number, (time, meter, resource, host) in enumerate(polls)]
    return judging.judge(samples, interval, **limits)


def faults(report):
    """(number of the judged cycle, missing, doubled) of each bad cycle, of the meter image.size."""
    return [(number, cycle['missing'].get('image.size', []), sorted(cycle['doubled'].get('image.size', {})))
            for number, cycle in enumerate(report['cycles']) if cycle['missing'] or cycle['doubled']]


@pytest.mark.parametrize('polls, expected', [
    (steady(), []),
    # Agents' timers run late by some milliseconds each cycle.
    (steady(cycles=60, drift=0.02), []),
    # A batch that comes late, and one that comes early.
    (without(steady(), 'node-3', 30, 40) + batch(37.8, 'node-3'), []),
    (without(steady(), 'node-1', 40, 50) + batch(40.2, 'node-1'), []),
    # All at one time; one agent alone.
    (steady(phases={'node-1': 3.0, 'node-2': 3.0, 'node-3': 3.0}), []),
    (steady(phases={'node-2': 9.999}), []),
    # Agents left and right of the full interval.
    (steady(phases={'node-1': 9.9, 'node-2': 0.1, 'node-3': 0.2}), []),
    # A killed agent: its share is missing until the others take it over.
    (without(steady(), 'node-1', 40, 100), [(3, IMAGES[:3], []), (4, IMAGES[:3], []), (5, IMAGES[:3], [])]),
    (without(steady(), 'node-1', 40, 100)
     + [poll for time in (63, 73) for poll in batch(time, 'node-2', IMAGES[:3])],
     [(3, IMAGES[:3], []), (4, IMAGES[:3], [])]),
    # A restarted agent polls at once, in a rhythm of its own, its peers having its share already.
    (steady() + batch(46.0, 'node-1', IMAGES[3:4]), [(3, [], ['image-3'])]),
    # Nobody polls for two cycles.
    ([poll for poll in steady() if not 30 <= poll[0] - START < 50], [(2, IMAGES, []), (3, IMAGES, [])]),
    # The same agent polls twice in a cycle.
    (steady() + batch(36.0, 'node-3'), [(2, [], ['image-5'])]),
])
def test_each_cycle_tells_what_is_missing_and_what_is_doubled(polls, expected):
    report = judge(polls)
    assert faults(report) == expected
    assert report['exactly_once'] == (not expected)


def test_only_whole_cycles_are_judged():
    report = judge(steady(cycles=8))
    assert len(report['cycles']) == 6
    starts = [cycle['start'] for cycle in report['cycles']]
    assert [later - earlier for earlier, later in zip(starts, starts[1:])] == [INTERVAL] * 5
    assert starts[0] >= report['since'] and starts[-1] + INTERVAL <= report['until']


def test_the_order_of_samples_does_not_matter():
    polls = without(steady(), 'node-1', 40, 60)
    shuffled = polls[1::2] + polls[0::2][::-1]
    assert judge(shuffled) == judge(polls)


def test_since_and_until_leave_out_what_is_not_asked_about():
    polls = without(steady(cycles=12), 'node-1', 40, 60)
    assert faults(judge(polls)) == [(3, IMAGES[:3], []), (4, IMAGES[:3], [])]
    assert faults(judge(polls, since=START + 60)) == []
    assert faults(judge(polls, until=START + 41)) == []


def test_silence_after_the_last_sample_counts_when_until_says_so():
    report = judge(steady(cycles=4), until=START + 63)
    assert faults(report) == [(3, IMAGES, []), (4, IMAGES, [])]


def test_who_polled_is_counted():
    report = judge(steady() + batch(36.0, 'node-3', ['image-0']))
    assert report['cycles'][0]['by'] == {'node-1': 3, 'node-2': 2, 'node-3': 1}
    assert report['cycles'][2]['doubled'] == {'image.size': {'image-0': ['node-1', 'node-3']}}
    assert report['cycles'][2]['polled'] == 6


def test_each_meter_is_judged_on_its_own():
    both = steady() + without(steady(meter='image.serve'), 'node-2', 30, 40)
    report = judge(both)
    assert [cycle['missing'] for cycle in report['cycles']] == [
        {}, {}, {'image.serve': ['image-3', 'image-4']}, {}, {}, {}]
    assert report['resources'] == 6
    assert report['exactly_once'] is False
    assert judge(steady() + steady(meter='image.serve'), expect=6)['exactly_once'] is True


@pytest.mark.parametrize('expect, unseen, exactly_once', [(None, 0, True), (6, 0, True), (7, 1, False), (5, 0, False)])
def test_the_number_of_resources_can_be_demanded(expect, unseen, exactly_once):
    report = judge(steady(), expect=expect)
    assert (report['unseen'], report['exactly_once']) == (unseen, exactly_once)


def test_no_samples_at_all_are_missing_when_the_number_of_resources_is_known():
    report = judge([], since=START, until=START + 40, expect=20)
    assert report['unseen'] == 20
    assert report['exactly_once'] is False


@pytest.mark.parametrize('polls', [[], batch(0, 'node-1'), batch(0, 'node-1') + batch(9, 'node-1')])
def test_less_than_a_cycle_is_no_basis_for_a_judgement(polls):
    with pytest.raises(BadInput) as refused:
        judge(polls)
    assert refused.value.field == 'samples'


def test_a_sample_delivered_twice_is_one_poll():
    poll = Poll('image.size', 'image-0', 'node-1')
    samples = [Sample(number, START + INTERVAL * number, poll) for number in range(5)]
    assert judging.judge(samples + samples[1:4], INTERVAL)['exactly_once'] is True


def line(time, host, resource, id='id', name='name'):
    """A sample as the file publisher writes it."""
    stamp = datetime.datetime(2017, 7, 14, 2, 40) + datetime.timedelta(seconds=time)
    # Of version 1, and the same in every process that collects the tests.
    identity = uuid.UUID(fields=(next(NUMBERS), 0, 0x1000, 0x80, 0, int(MACS[host].replace(':', ''), 16)))
    fields = {id: str(identity), name: 'image.size', 'resource_id': resource, 'timestamp': stamp.isoformat(),
              'type': 'gauge', 'volume': 1, 'unit': 'B', 'resource_metadata': {'name': u'\xe4'}, 'source': 'openstack'}
    return json.dumps(fields, sort_keys=True).encode('ascii') + b'\n'


@pytest.mark.parametrize('spelling', [{}, {'id': 'message_id', 'name': 'counter_name'}])
def test_samples_are_read_in_both_spellings(spelling):
    read, = read_samples([b'\n', line(1.5, 'node-2', 'image-0', **spelling)], {MACS['node-2']: 'node-2'})
    assert (read.time, read.poll) == (START + 1.5, ('image.size', 'image-0', 'node-2'))


def test_a_host_without_a_name_is_called_by_its_address():
    read, = read_samples([line(0, 'node-3', 'image-0')])
    assert read.poll.host == '52:54:00:00:00:03'


@pytest.mark.parametrize('text, time', [
    ('2017-07-14T02:40:00', START),
    ('2017-07-14 02:40:00.250000', START + 0.25),
    ('2017-07-14T02:40:00Z', START),
    ('2017-07-14T02:40:00.5+00:00', START + 0.5),
    ('2017-07-14T04:40:00+0200', START),
    ('2017-07-13T21:10:00-05:30', START),
    ('1500000000', START),
    ('1500000000.5', START + 0.5),
])
def test_a_time_is_iso_8601_or_seconds_since_the_epoch(text, time):
    assert parse_time('--since', text) == time


def sample(**changed):
    fields = json.loads(line(0, 'node-1', 'image-0').decode('ascii'))
    fields.update(changed)
    return json.dumps(fields, sort_keys=True).encode('ascii')


@pytest.mark.parametrize('bad, field', [
    (b'no json', 'line 2'),
    (b'["a list"]', 'line 2'),
    (b'\xff\xfe', 'line 2'),
    pytest.param(b'[' * 100000, 'line 2', id='too deep'),
    (sample(id=None), 'line 2: id'),
    (sample(id='no uuid'), 'line 2: id'),
    (sample(id=str(uuid.UUID(int=7, version=4))), 'line 2: id'),
    (sample(timestamp='yesterday'), 'line 2: timestamp'),
    (sample(timestamp='2017-02-30T00:00:00'), 'line 2: timestamp'),
    (sample(timestamp=1500000000), 'line 2: timestamp'),
    (sample(resource_id=None), 'line 2: resource_id'),
    (sample(name=''), 'line 2: name'),
])
def test_a_bad_line_is_named_with_its_field(bad, field):
    with pytest.raises(BadInput) as refused:
        list(read_samples([line(0, 'node-1', 'image-0'), bad]))
    assert refused.value.field == field


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
    (('--interval', '0'), "--interval must be a number of seconds above 0, not '0'"),
    (('--interval', 'nan'), "--interval must be a number of seconds above 0, not 'nan'"),
    (('--expect', '-1'), "--expect must be a whole number above 0, not '-1'"),
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

"""What the guard decides from what store and host show, and what it keeps of its members."""

import os
import subprocess
import time

import pytest

from ceilometer_redis import clock
from ceilometer_redis.guard import decision, groups, loop, notes, processes
from ceilometer_redis.guard.log import SAYS, Log
from ceilometer_redis.guard.members import Members
from ceilometer_redis.guard.processes import Process, of_services, workers

RIGHT = decision.View(running=600, store_up=600, member='m', beating=True, silent=2, missing=[], joined=True,
                      rejoined=None, unknown=0, ended=0)


@pytest.mark.parametrize('what, view, verdict', [
    ('all is well', RIGHT, 'ok'),
    ('the agent does not run here', RIGHT._replace(running=None), 'ok'),
    ('the store is down', RIGHT._replace(store_up=None, beating=False), 'wait'),
    ('the store is down and the log complains', RIGHT._replace(store_up=None, unknown=5), 'wait'),
    ('the agent has just started', RIGHT._replace(running=3, member=None, beating=False, joined=False), 'wait'),
    ('the store is just back and no beat has come yet', RIGHT._replace(store_up=3, beating=False), 'wait'),
    ('the store is just back from a long absence', RIGHT._replace(store_up=29, beating=False, silent=600), 'wait'),
    ('the agent is younger than the silence', RIGHT._replace(running=29, beating=False, silent=600), 'wait'),
    ('nothing of it has beaten for as long as it may',
     RIGHT._replace(running=30, store_up=30, member=None, beating=False, silent=30), 'restart'),
    ('a member has not beaten for a while', RIGHT._replace(beating=False, silent=29), 'wait'),
    ('nothing of a running agent beats', RIGHT._replace(member=None, beating=False, silent=600), 'restart'),
    ('what beat of it has just ended', RIGHT._replace(member=None, beating=False), 'wait'),
    ('a member has stopped to beat', RIGHT._replace(beating=False, silent=60), 'restart'),
    ('its last beat, a moment ago, is not in the store', RIGHT._replace(beating=False), 'wait'),
    ('a peer has taken a living member out', RIGHT._replace(missing=['central-global']), 'rejoin'),
    ('that right after the return of the store', RIGHT._replace(missing=['central-global'], store_up=0), 'rejoin'),
    ('again, long after it was put back', RIGHT._replace(missing=['g'], rejoined=600), 'rejoin'),
    ('again, two looks after it was put back', RIGHT._replace(missing=['g'], rejoined=10), 'rejoin'),
    ('again, before that', RIGHT._replace(missing=['g'], rejoined=9), 'restart'),
    ('again, at once after it was put back', RIGHT._replace(missing=['g'], rejoined=5), 'restart'),
    ('a young member has not joined yet', RIGHT._replace(running=10, joined=False), 'wait'),
    ('an old member has never joined', RIGHT._replace(joined=False), 'restart'),
    ('one cycle failed on an unknown node', RIGHT._replace(unknown=1), 'ok'),
    ('two cycles failed on an unknown node', RIGHT._replace(unknown=2), 'restart'),
    ('one of its loops has ended', RIGHT._replace(ended=1), 'restart'),
    ('that while the store is down', RIGHT._replace(ended=1, store_up=None), 'wait'),
])
def test_the_verdict_when(what, view, verdict):
    assert decision.decide(view)[0] == verdict, what


@pytest.fixture
def uptime(monkeypatch):
    """The host's uptime: now, in seconds."""
    class Uptime(object):
        now = 0
    monkeypatch.setattr(clock, 'uptime', lambda: Uptime.now)
    return Uptime


@pytest.fixture
def roster(tmpdir):
    """The members of a guard that has just begun."""
    return Members({'node': {'fqdn': 'node-1.example.com'}, 'agents': {}, 'services': [], 'controllers': []},
                   str(tmpdir))


def started(seconds):
    """A process that was started so many seconds after the boot."""
    return Process(4711, seconds * os.sysconf('SC_CLK_TCK'))


def test_how_long_a_member_has_been_silent_is_seen_by_what_is_left_of_its_last_beat(roster, uptime):
    member, seen = groups.Member(started(100), 'm', {}), []
    # Until its first beat: since its start. How long a beat counts in all is the longest that was left.
    for uptime.now, left in ((130, 0), (140, 60000), (150, 50000), (155, 58000), (200, 0), (201, 12000)):
        seen.append(roster.silence(member, left))
    assert seen == [30, 0, 10, 2, 47, 48]


@pytest.mark.parametrize('what, processes, ended, found', [
    ('it does not run', [], 190, (None, None)),
    ('it has had no member yet', [started(160), started(100)], None, (100, 100)),
    ('its member has just ended', [started(160), started(100)], 190, (100, 10)),
    ('its former member ended before it was started', [started(160)], 90, (40, 40)),
])
def test_how_long_an_agent_without_a_member_has_run_and_been_silent_when(roster, uptime, what, processes, ended,
                                                                         found):
    uptime.now = 200
    if ended:
        roster.ended['agent'] = ended
    assert roster.without_member('agent', processes) == found, what


@pytest.mark.parametrize('service, command_line, is_agent', [
    ('ceilometer-agent-central', '/usr/bin/python /usr/bin/ceilometer-agent-central --config-file=c', True),
    ('ceilometer-agent-central', '/usr/bin/python2.7 /usr/bin/ceilometer-polling --polling-namespaces central', True),
    ('ceilometer-agent-central', 'ceilometer-polling: AgentManager worker(0)', True),
    ('ceilometer-agent-central', 'ceilometer-polling: master process [/usr/bin/ceilometer-polling --x central]', True),
    ('ceilometer-agent-central', '/usr/bin/python3 /usr/bin/ceilometer-polling --polling-namespaces compute', False),
    ('ceilometer-agent-central', 'tail -f /var/log/ceilometer/ceilometer-polling.log', False),
    ('ceilometer-agent-central', 'su ceilometer -s /bin/sh -c /usr/bin/ceilometer-polling', False),
    ('ceilometer-agent-central', 'python3 -m pytest ceilometer-polling', False),
    ('ceilometer-alarm-evaluator', '/usr/bin/python /usr/bin/ceilometer-alarm-evaluator', True),
    ('aodh-evaluator', '/usr/bin/python3 /usr/bin/aodh-evaluator --config-file=/etc/aodh/aodh.conf', True),
    ('aodh-evaluator', 'aodh-evaluator: AlarmEvaluationService worker(0)', True),
    ('aodh-evaluator', '/usr/bin/python3 /usr/bin/aodh-notifier', False),
    ('ceilometer-agent-notification', '/usr/bin/python /usr/bin/ceilometer-agent-notification --log-file=l', True),
    ('ceilometer-agent-notification', 'ceilometer-agent-notification: NotificationService worker(1)', True),
    ('ceilometer-agent-notification', '/usr/bin/python /usr/bin/ceilometer-agent-central', False),
])
def test_an_agent_is_known_by_its_program(service, command_line, is_agent):
    assert processes.is_agent(service, command_line) is is_agent


def test_every_verdict_has_a_reason_that_names_the_groups():
    assert decision.decide(RIGHT._replace(missing=['a', 'b'])) == ('rejoin', 'beats, but is missing from a, b')


def test_pauses_between_restarts_grow_up_to_a_bound():
    assert [decision.pause(count) for count in range(8)] == [0, 30, 60, 120, 240, 480, 960, 960]


class Rounds(loop.Guard):
    """A guard whose rounds come to what is given: turn taken, since when, to be restarted. happened: in this order."""

    def __init__(self, *rounds):
        self.rounds, self.happened, self.turn = list(rounds), [], self

    def take(self):
        self.happened.append('turn')
        self.taken, self.since, self.ends = self.rounds.pop(0)

    def look(self):
        self.happened.append('look')
        return self.ends


def test_a_guard_looks_often_until_its_agents_have_started_and_ends_when_one_is_to_be_restarted(monkeypatch):
    rounds = Rounds((False, None, False), (True, 100, False), (True, None, False), (True, None, True))
    monkeypatch.setattr(time, 'sleep', rounds.happened.append)
    rounds.watch()
    assert rounds.happened == ['turn', 'look', 1, 'turn', 'look', 1, 'turn', 'look', 5, 'turn', 'look']


def test_a_rotated_log_is_read_from_its_beginning(tmpdir, monkeypatch):
    path = tmpdir.join('agent.log')
    path.write('UnknownNode: Unknown node before\n' * 3)
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [str(path)]))
    log = Log(None)
    assert log.seen() == {'unknown': 0, 'ended': 0}
    path.write('fine\n')
    assert log.seen() == {'unknown': 0, 'ended': 0}
    path.write('fine\nUnknownNode: Unknown node x\n')
    assert log.seen() == {'unknown': 1, 'ended': 0}
    assert log.seen() == {'unknown': 1, 'ended': 0}


def test_what_a_log_said_is_forgotten_after_an_hour(tmpdir, monkeypatch, uptime):
    path = tmpdir.join('agent.log')
    path.write('')
    monkeypatch.setattr(Log, 'paths', staticmethod(lambda process: [str(path)]))
    log, seen = Log(None), []
    path.write('UnknownNode: Unknown node x\n')
    for uptime.now in (1000, 1000 + 3599, 1000 + 3600):
        seen.append(log.seen()['unknown'])
    assert seen == [1, 1, 0]


@pytest.mark.parametrize('line, has_ended', [
    ('ERROR ceilometer.openstack.common.loopingcall [-] in fixed duration looping call', True),
    ("ERROR oslo.service.loopingcall [-] Fixed interval looping call 'ceilometer.run_watchers' failed", True),
    ("ERROR oslo.service.loopingcall [-] Dynamic interval looping call <bound method X.run of <y>> failed", True),
    ("WARNING oslo.service.loopingcall [-] Function 'run_watchers' run outlasted interval by 3.00 sec", False),
    ("DEBUG oslo.service.loopingcall [-] Fixed interval looping call 'beat' sleeping for 1.00 seconds", False),
])
def test_a_loop_that_has_ended_is_known_by_the_words_of_every_release(line, has_ended):
    assert bool(SAYS['ended'].search(line.encode('ascii'))) is has_ended


@pytest.mark.parametrize('state, found', [
    (None, ['the guard here does not run, or has not looked for 60 s']),
    ({'uptime': 900, 'agents': {}}, ['the guard here does not run, or has not looked for 60 s']),
    ({'uptime': 990, 'agents': {'a': {'verdict': 'ok', 'reason': 'is a member'}}}, []),
    ({'uptime': 990, 'agents': {'a': {'verdict': 'wait', 'reason': 'not yet'}}}, ['a: wait: not yet']),
])
def test_status_says_what_the_guard_finds_wrong(monkeypatch, state, found):
    monkeypatch.setattr(clock, 'uptime', lambda: 1000)
    assert notes.problems(state) == found


def test_of_a_service_the_children_work_and_a_process_without_any_works_itself():
    parent = subprocess.Popen(['sh', '-c', 'cat; wait'], stdin=subprocess.PIPE)
    try:
        child = wait_for_child(parent.pid)
        both = [Process(pid, started(pid)) for pid in (parent.pid, child)]
        assert workers(both) == [both[1]]
        assert workers(both[:1]) == both[:1]
    finally:
        parent.communicate()
    assert workers(both) == both


def wait_for_child(pid):
    """The pid of a process's first child, as soon as there is one."""
    while True:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as children:
            found = children.read().split()
        if found:
            return int(found[0])


def test_a_command_line_that_is_no_text_is_some_other_program():
    other = subprocess.Popen(['sh', '-c', 'read line', b'\xff'], stdin=subprocess.PIPE)
    try:
        of_services(['ceilometer-agent-central'])
    finally:
        other.communicate()

"""The guard on a real store, beside real members. Pacemaker is stood in for: who is off, and who has the turn."""

import os
import signal
import xml.etree.ElementTree as ElementTree

import pytest

import era
from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import access, decision, groups, loop, notes, processes, turn
from ceilometer_redis.pacemaker import tools
from ceilometer_redis.store import lock
from conftest import wait

GROUP = 'central-global'
SERVICE = 'ceilometer-agent-central'


class Pacemaker(object):
    """What the guard asks of it. off: the controllers that are, in this word (in_ccm), None: it does not answer;
    quorum: of this partition; turns: how many have been given."""

    def __init__(self):
        self.off, self.word, self.quorum, self.turns = [], 'false', '1', 0

    def query(self):
        if self.word is None:
            raise NotDone('cibadmin: no connection')
        states = ''.join('<node_state uname="%s" in_ccm="%s"/>' % (node, self.word) for node in self.off)
        return ElementTree.fromstring('<cib have-quorum="%s"><status>%s</status></cib>' % (self.quorum, states))

    def give_turn(self):
        if self.word is None:
            raise NotDone('attrd_updater: no connection')
        self.turns += 1


@pytest.fixture(autouse=True)
def pacemaker(monkeypatch):
    found = Pacemaker()
    monkeypatch.setattr(tools, 'query', found.query)
    monkeypatch.setattr('ceilometer_redis.pacemaker.guard.give_turn', found.give_turn)
    return found


@pytest.fixture(autouse=True)
def sooner(monkeypatch, tmp_path, agents_command):
    """The patience of a test; and its members that beat are this host's agents, with their logs in tmp_path."""
    monkeypatch.setattr(decision, 'GRACE', 4)
    monkeypatch.setattr(turn, 'READ_RING', 0.1)
    monkeypatch.setattr(access, 'LOCK_EXPIRY', 2000)
    monkeypatch.setattr('ceilometer_redis.guard.log.LOGS', str(tmp_path))
    monkeypatch.setitem(processes.PROGRAMS, SERVICE, agents_command)


@pytest.fixture
def agent(member):
    """Start a member; by its command it beats as an agent of this host, or (join) it is another host's."""
    def start(store, name, command='beat', tooz='newest'):
        started = member(era.python_of(tooz), command, store.deployment(0)['coordination']['backend_url'], name)
        started.hear()
        return started
    return start


def guard_of(store, number, folder):
    """The guard of a controller; begun once more, it has what it remembers of the one before."""
    run = folder / ('run-%s' % number)
    run.mkdir(exist_ok=True)
    deployment = store.deployment(number)
    deployment['agents'] = {'p_' + SERVICE: {'service': SERVICE, 'config': 'ceilometer'}}
    return loop.of(deployment, str(run))


def said(guard):
    """What it says after one look."""
    guard.look()
    return guard.settled[SERVICE]


def is_settled(guard_):
    """Whether it has seen the store accept writes for so long that silence counts."""
    guard_.look()
    return guard_.store_since and clock.uptime() - guard_.store_since > decision.GRACE + 1


@pytest.mark.parametrize('tooz, follows', [('0.13', False), ('1.34', True)])
def test_an_agent_is_restarted_after_a_failover_if_its_tooz_stays_with_the_former_master(store, agent, tmp_path, tooz,
                                                                                         follows):
    first, living = guard_of(store, 0, tmp_path), agent(store, 'living', tooz=tooz)
    assert said(first) == ('ok', 'is a member')
    store.kill(0)
    wait(lambda: store.master() in (1, 2))
    store.start_redis(0)  # as a replica: what beats there is refused
    if follows:
        wait(lambda: is_settled(first))
        assert first.settled[SERVICE] == ('ok', 'is a member')
        return
    wait(first.look)
    assert first.settled[SERVICE] == ('restart', 'runs, but nothing of it beats')
    living.end()
    successor, first = agent(store, 'successor', tooz=tooz), guard_of(store, 0, tmp_path)
    assert said(first) == ('ok', 'is a member')
    assert successor.peers() == ['successor']


def test_an_agent_that_fails_on_an_unknown_node_in_every_cycle_is_restarted(shared_store, agent, tmp_path):
    first, log = guard_of(shared_store, 0, tmp_path), tmp_path / 'agent.log'
    polling = agent(shared_store, 'polling', 'poll %s' % log)  # has read the group, does not watch it yet
    overlooked = agent(shared_store, 'overlooked', 'join')
    assert polling.peers() == 'next'
    assert said(first) == ('ok', 'is a member')
    overlooked.end()
    groups.end(first.access.client(), 'overlooked', [GROUP])
    assert polling.peers() == 'next'
    assert said(first) == ('ok', 'is a member')
    assert polling.peers() == 'next'
    assert said(first) == ('restart', 'says "Unknown node" every cycle, so it polls nothing'), log.read_text()


def test_an_emptied_store_does_not_restart_an_agent_whose_next_beat_is_to_come(shared_store, agent, tmp_path):
    first, living = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'living')
    wait(lambda: is_settled(first))
    living.process.send_signal(signal.SIGSTOP)
    shared_store.redis(0).flushall()
    assert said(first) == ('wait', 'has not beaten yet')
    living.process.send_signal(signal.SIGCONT)
    wait(lambda: said(first)[0] == 'rejoin')
    assert said(first) == ('ok', 'is a member')
    assert living.peers() == ['living']


def test_an_agent_whose_membership_is_shorter_than_ours_is_left_alone(shared_store, member, tmp_path):
    url = shared_store.deployment(0)['coordination']['backend_url']
    impatient = url.replace('membership_timeout=60', 'membership_timeout=12')
    assert impatient != url
    member(era.python_of('newest'), 'beat', impatient, 'impatient').hear()
    first = guard_of(shared_store, 0, tmp_path)
    wait(lambda: is_settled(first))
    assert first.settled[SERVICE] == ('ok', 'is a member')


def test_an_agent_is_found_beside_a_process_that_hangs_and_outlived_its_restart(shared_store, agent, tmp_path):
    first, hung = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'hung')
    assert said(first) == ('ok', 'is a member')
    hung.process.send_signal(signal.SIGSTOP)
    wait(first.look)
    successor, first = agent(shared_store, 'successor'), guard_of(shared_store, 0, tmp_path)
    wait(lambda: is_settled(first))
    assert said(first) == ('ok', 'is a member')
    assert successor.peers() == ['successor']
    hung.process.send_signal(signal.SIGCONT)


def test_an_agent_whose_worker_has_just_ended_is_restarted_only_when_it_stays_silent(shared_store, agent, monkeypatch,
                                                                                      tmp_path):
    parent = agent(shared_store, 'parent')
    parent.process.send_signal(signal.SIGSTOP)
    first, worker = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'worker')
    wait(lambda: is_settled(first))
    assert (said(first), first.members.known[SERVICE].id) == (('ok', 'is a member'), 'worker')
    worker.end()
    monkeypatch.setattr(decision, 'GRACE', groups.LISTEN + 4)  # longer than one look, as it is
    assert said(first) == ('wait', 'has not beaten yet')
    wait(first.look)
    assert first.settled[SERVICE] == ('restart', 'runs, but nothing of it beats')
    parent.process.send_signal(signal.SIGCONT)


def test_the_membership_of_an_agent_that_was_replaced_between_two_looks_is_ended(shared_store, agent, tmp_path):
    first, former = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'former')
    assert said(first) == ('ok', 'is a member')
    former.end()
    successor = agent(shared_store, 'successor')
    assert successor.peers() == ['former', 'successor']
    assert said(first) == ('ok', 'is a member')
    assert successor.peers() == ['successor']


@pytest.mark.parametrize('word', ['false', '0'])  # of Pacemaker up to 2.1.6, and of later ones
def test_the_members_of_a_controller_are_ended_by_another_when_pacemaker_says_that_it_is_off(shared_store, agent,
                                                                                            pacemaker, tmp_path, word):
    agent(shared_store, 'lost')
    assert said(guard_of(shared_store, 0, tmp_path)) == ('ok', 'is a member')
    peer, second = agent(shared_store, 'peer', 'join'), guard_of(shared_store, 1, tmp_path)
    second.services = []  # the agent that beats here is of the first controller
    second.look()
    assert peer.peers() == ['lost', 'peer']
    pacemaker.off, pacemaker.word = [shared_store.deployment(0)['node']['fqdn']], word
    second.look()
    assert peer.peers() == ['peer']


def test_a_controller_cut_off_from_the_others_ends_nobodys_membership(shared_store, agent, pacemaker, tmp_path):
    living = agent(shared_store, 'living')
    assert said(guard_of(shared_store, 0, tmp_path)) == ('ok', 'is a member')
    second = guard_of(shared_store, 1, tmp_path)
    second.services = []  # the agent that beats here is of the first controller
    # To it, all others are off.
    pacemaker.quorum, pacemaker.off = '0', [controller['fqdn'] for controller in second.deployment['controllers']]
    second.look()
    assert living.peers() == ['living']


def test_while_pacemaker_does_not_answer_nobodys_membership_is_ended_and_the_agents_here_are_guarded(
        shared_store, agent, pacemaker, tmp_path):
    agent(shared_store, 'living')
    first = guard_of(shared_store, 0, tmp_path)
    assert said(first) == ('ok', 'is a member')
    pacemaker.word = None
    assert said(first) == ('ok', 'is a member')
    client = first.access.client()
    client.hdel(groups.GROUP + GROUP, 'living')
    assert said(first)[0] == 'rejoin'
    first.turn.take()
    assert not first.turn.taken
    pacemaker.word = 'false'
    first.turn.take()
    assert first.turn.taken


def test_what_a_guard_sees_is_said_to_others(shared_store, agent, tmp_path):
    agent(shared_store, 'living')
    first = guard_of(shared_store, 0, tmp_path)
    first.look()
    state = notes.state(first.run)
    assert state['agents'] == {SERVICE: {'verdict': 'ok', 'reason': 'is a member', 'member': 'living'}}
    assert 0 <= clock.uptime() - state['uptime'] < 5
    assert notes.problems(state) == []


def test_after_a_reboot_the_memberships_from_before_it_are_ended(shared_store, agent, tmp_path):
    before, peer = agent(shared_store, 'before'), agent(shared_store, 'peer', 'join')
    assert said(guard_of(shared_store, 0, tmp_path)) == ('ok', 'is a member')
    before.end()
    assert peer.peers() == ['before', 'peer']
    (tmp_path / 'rebooted').mkdir()
    assert said(guard_of(shared_store, 0, tmp_path / 'rebooted')) == ('ok', 'does not run here')
    assert peer.peers() == ['peer']


def test_a_group_that_an_agent_joins_later_is_guarded_as_its_first_one(shared_store, agent, tmp_path):
    agent(shared_store, 'living')
    first = guard_of(shared_store, 0, tmp_path)
    assert said(first) == ('ok', 'is a member')
    client, later = first.access.client(), groups.Member(None, 'living', {'central-later': b'\x80'})
    groups.rejoin(client, later, 'central-later')
    assert said(first) == ('ok', 'is a member')
    # Also for the guard that follows this one, and for those of the other controllers.
    assert sorted(guard_of(shared_store, 0, tmp_path).members.known[SERVICE].groups) == [GROUP, 'central-later']
    assert groups.published(client, first.members.node) == {'living': [GROUP, 'central-later']}
    client.hdel(groups.GROUP + 'central-later', 'living')
    assert said(first) == ('rejoin', 'beats, but is missing from central-later')
    assert groups.groups_of(client, 'living')['central-later'] == b'\x80'


def test_an_agent_that_is_taken_out_again_at_once_is_restarted(shared_store, agent, tmp_path):
    agent(shared_store, 'living')
    first, verdicts = guard_of(shared_store, 0, tmp_path), []
    for _ in range(3):
        verdicts.append(said(first)[0])
        first.access.client().hdel(groups.GROUP + GROUP, 'living')
    assert verdicts == ['ok', 'rejoin', 'restart']


def test_while_the_store_refuses_writes_nobody_is_restarted_and_afterwards_silence_counts_anew(
        shared_store, agent, monkeypatch, tmp_path):
    monkeypatch.setattr(decision, 'GRACE', 2)
    first, hung, master = guard_of(shared_store, 0, tmp_path), agent(shared_store, 'hung'), shared_store.redis(0)
    assert said(first) == ('ok', 'is a member')
    hung.process.send_signal(signal.SIGSTOP)
    overdue = clock.uptime() + decision.GRACE + 1
    master.config_set('min-slaves-to-write', 3)
    try:
        wait(lambda: said(first) == ('wait', 'the store accepts no writes') and clock.uptime() > overdue)
    finally:
        master.config_set('min-slaves-to-write', 1)
    assert said(first) == ('wait', 'has not beaten yet')
    wait(first.look)
    assert first.settled[SERVICE] == ('restart', 'runs, but nothing of it beats')


def test_controllers_take_turns_to_start_their_agents(shared_store, agent, pacemaker, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.turn.take()
    second.turn.take()
    assert (first.turn.taken, second.turn.taken, pacemaker.turns) == (True, False, 1)
    agent(shared_store, 'started')
    assert said(first) == ('ok', 'is a member')
    second.turn.take()
    assert (second.turn.taken, pacemaker.turns) == (True, 2)


def test_a_controller_that_is_gone_in_its_turn_holds_up_the_others_until_the_lock_expires(shared_store, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.turn.take()
    begun = clock.uptime()
    wait(lambda: second.turn.take() or second.turn.taken)
    assert 1 < clock.uptime() - begun < 3


def test_a_controller_keeps_its_turn_until_all_its_agents_are_members_and_have_read_the_ring(shared_store, agent,
                                                                                           monkeypatch, tmp_path):
    monkeypatch.setattr(access, 'LOCK_EXPIRY', 30000)
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    first.services = [SERVICE, 'aodh-evaluator']
    first.turn.take()
    agent(shared_store, 'started')
    assert said(first) == ('ok', 'is a member')
    second.turn.take()
    assert (first.turn.since is None, second.turn.taken) == (False, False)
    first.services = [SERVICE]
    monkeypatch.setattr(turn, 'READ_RING', 0.5)
    begun = clock.uptime()
    first.look()
    assert clock.uptime() - begun >= 0.5
    first.turn.take()  # it has had its turn
    second.turn.take()
    assert (first.turn.since, second.turn.taken) == (None, True)


@pytest.mark.parametrize('reason', ['another has its turn', 'the store refuses writes'])
def test_a_controller_that_gets_no_turn_starts_its_agents_all_the_same_after_a_while(shared_store, monkeypatch,
                                                                                   tmp_path, reason):
    monkeypatch.setattr(turn, 'START_PATIENCE', 1)
    first, master = guard_of(shared_store, 0, tmp_path), shared_store.redis(0)
    if reason == 'another has its turn':
        lock.take(master, access.LOCK, 'another', 60000)
    else:
        master.config_set('min-slaves-to-write', 3)
    try:
        first.turn.take()
        assert not first.turn.taken
        wait(lambda: first.turn.take() or first.turn.taken, 5)
    finally:
        master.config_set('min-slaves-to-write', 1)
    assert clock.uptime() - first.turn.begun > 1


@pytest.mark.parametrize('count, since, verdict, counted', [
    (0, 0, 'restart', 1),
    (1, 29, 'wait', 1),
    (1, 31, 'restart', 2),
    (3, 119, 'wait', 3),
    (3, 121, 'restart', 4),
    (7, 961, 'restart', 8),
    (7, 3601, 'restart', 1),
])
def test_the_pause_before_a_restart_grows_with_each_and_is_forgotten_after_an_hour(shared_store, tmp_path, monkeypatch,
                                                                                 count, since, verdict, counted):
    first = guard_of(shared_store, 0, tmp_path)
    # A host that has been up for longer than all of them.
    monkeypatch.setattr(clock, 'uptime', lambda: 100000)
    first.repairs.tried = {SERVICE: {'count': count, 'time': 100000 - since}}
    assert first.may_restart(first.access.client(), SERVICE, 'idle')[0] == verdict
    assert first.repairs.tried[SERVICE]['count'] == counted
    if verdict == 'restart':
        assert guard_of(shared_store, 0, tmp_path).repairs.tried == {SERVICE: {'count': counted, 'time': 100000}}


def test_only_one_controller_restarts_an_agent_and_waits_before_it_does_so_again(shared_store, tmp_path):
    first, second = (guard_of(shared_store, number, tmp_path) for number in (0, 1))
    client = first.access.client()
    assert first.may_restart(client, SERVICE, 'idle') == ('restart', 'idle')
    assert second.may_restart(client, SERVICE, 'idle') == ('wait', 'idle; another controller starts its agents')
    verdict, reason = guard_of(shared_store, 0, tmp_path).may_restart(client, SERVICE, 'idle')
    assert (verdict, reason[:30]) == ('wait', 'idle; restarted 1 times, again')


NOTIFICATION = 'ceilometer-agent-notification'


@pytest.fixture
def init(monkeypatch, tmp_path, agents_command):
    """A file with a line per call of the init system; this test's members that beat are a plain service's workers."""
    calls, command = tmp_path / 'calls', tmp_path / 'service'
    calls.touch()
    command.write_text(u'#!/bin/sh\necho "$@" >>%s\n' % calls)
    command.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    monkeypatch.setitem(processes.PROGRAMS, NOTIFICATION, agents_command)
    return calls


def guard_of_plain(store, number, folder):
    """The guard of a controller on which the notification agent alone coordinates."""
    first = guard_of(store, number, folder)
    first.services, first.plain = [], [NOTIFICATION]
    return first


def test_each_worker_of_a_plain_service_is_looked_after_and_ended_when_it_is_gone(shared_store, agent, init, tmp_path):
    first = guard_of_plain(shared_store, 0, tmp_path)
    one, two = agent(shared_store, 'one'), agent(shared_store, 'two')
    assert not first.look()
    names = ['%s (%s)' % (NOTIFICATION, worker.process.pid) for worker in (one, two)]
    assert first.settled == dict.fromkeys(names, ('ok', 'is a member'))
    groups.end(first.access.client(), 'one', [GROUP])
    first.look()
    assert first.settled[names[0]][0] in ('wait', 'rejoin')
    wait(lambda: first.look() is False and first.settled[names[0]] == ('ok', 'is a member'))
    two.process.kill()
    two.process.wait()
    first.look()
    assert (list(first.settled), one.peers()) == ([names[0]], ['one'])
    assert init.read_text() == ''


def test_a_plain_service_of_which_a_worker_does_not_beat_is_restarted_by_the_init_system(shared_store, agent, init,
                                                                                         tmp_path):
    first = guard_of_plain(shared_store, 0, tmp_path)
    living, hung = agent(shared_store, 'living'), agent(shared_store, 'hung')
    first.look()
    hung.process.send_signal(signal.SIGSTOP)
    wait(lambda: first.look() or init.read_text())
    assert init.read_text() == '%s restart\n' % NOTIFICATION
    assert first.settled['%s (%s)' % (NOTIFICATION, living.process.pid)] == ('ok', 'is a member')
    assert not first.look(), 'Pacemaker would restart its agents'
    verdict, reason = first.settled['%s (%s)' % (NOTIFICATION, hung.process.pid)]
    assert (verdict, reason[:46]) == ('wait', 'runs, but nothing of it beats; restarted 1 tim')
    assert init.read_text() == '%s restart\n' % NOTIFICATION


def test_a_plain_service_that_does_not_run_keeps_no_turn(shared_store, agent, tmp_path):
    first = guard_of(shared_store, 0, tmp_path)
    first.plain = [NOTIFICATION]
    agent(shared_store, 'started')
    first.turn.take()
    assert said(first) == ('ok', 'is a member')
    assert first.turn.since is None

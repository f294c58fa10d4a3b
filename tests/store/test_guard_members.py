# SPDX-License-Identifier: Apache-2.0
"""Which memberships a guard ends, and which it looks after."""

import signal

import pytest

from ceilometer_redis.guard import access, decision, groups
from guarding import GROUP, SERVICE, guard_of, is_settled, said
from waiting import wait

pytestmark = pytest.mark.usefixtures('guarded')


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
    pacemaker.quorum = '0'
    pacemaker.off = [controller['fqdn'] for controller in shared_store.deployment(1)['controllers']]
    second.look()
    assert living.peers() == ['living']


@pytest.mark.parametrize('word, quorum, lost', [
    (None, '1', 'Pacemaker does not answer here, so nothing is done about it'),
    ('false', '0', 'this controller has no quorum, so nothing is done about it')])
def test_a_guard_that_has_lost_its_cluster_stands_still_and_says_so(shared_store, agent, pacemaker, monkeypatch,
                                                                    tmp_path, word, quorum, lost):
    """To the others its controller is off: who they have ended is not put back, and no agent is restarted."""
    monkeypatch.setattr(decision, 'GRACE', 1)
    living, first = agent(shared_store, 'living'), guard_of(shared_store, 0, tmp_path)
    assert said(first) == ('ok', 'is a member')
    pacemaker.word, pacemaker.quorum = word, quorum
    assert said(first) == ('ok', 'is a member; ' + lost)
    client = first.access.client()
    groups.end_membership(client, 'living', [GROUP])
    wait(lambda: is_settled(first))
    wait(lambda: groups.beat_left(client, 'living'))
    assert said(first) == ('wait', 'beats, but is missing from %s; %s' % (GROUP, lost))
    assert groups.missing_groups(client, first.members.known[SERVICE]) == [GROUP]
    living.process.send_signal(signal.SIGSTOP)
    client.delete(groups.BEAT + 'living')
    wait(lambda: said(first) == ('wait', 'runs, but nothing of it beats; ' + lost))
    first.turn.take()
    assert not first.turn.taken
    assert client.get(access.LOCK) is None, 'the others would wait for it'
    living.process.send_signal(signal.SIGCONT)
    pacemaker.word, pacemaker.quorum = 'false', '1'
    wait(lambda: said(first)[0] == 'rejoin')
    first.turn.take()
    assert first.turn.taken


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

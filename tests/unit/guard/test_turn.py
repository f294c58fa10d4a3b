# SPDX-License-Identifier: Apache-2.0
"""The turn in which the agents of one controller start."""

import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard.cluster import Cluster
from ceilometer_redis.guard.turn import Turn
from ceilometer_redis.pacemaker import guard, tools

NODE, OTHER = 'node-1.example.com', 'node-2.example.com'


class Access(object):
    """A store whose lock is free."""

    def client(self):
        return self

    def take_lock(self, client):
        return True


class Members(object):
    """Members of nobody."""

    def begin_turn(self, client):
        """Do nothing."""


class Pacemaker(object):
    """What knows the turns. turns: {node: value} of those with one in the CIB; known: this node's, by attrd, which
    writes what is new to it; given: how often it was told; away: whether it answers nobody."""

    def __init__(self):
        self.turns, self.known, self.given, self.away = {}, None, 0, False

    def run(self, command):
        if self.away:
            raise NotDone('attrd_updater: no connection')
        if command == ['attrd_updater', '--refresh']:
            self.turns[NODE] = self.known
            return
        assert command == ['attrd_updater', '--name', guard.TURN, '--update', '1']
        if self.known != '1':
            self.turns[NODE] = self.known = '1'
        self.given += 1

    def query(self):
        if self.away:
            raise NotDone('cibadmin: no connection')
        states = ''.join(
            '<node_state id="{0}" uname="{0}" in_ccm="true"><transient_attributes id="{0}"><instance_attributes '
            'id="status-{0}"><nvpair id="status-{0}-turn" name="{1}" value="{2}"/></instance_attributes>'
            '</transient_attributes></node_state>'.format(node, guard.TURN, value)
            for node, value in sorted(self.turns.items()))
        return ElementTree.fromstring('<cib have-quorum="1"><configuration/><status>%s</status></cib>' % states)


@pytest.fixture
def pacemaker(monkeypatch):
    found = Pacemaker()
    monkeypatch.setattr(tools, 'run', found.run)
    monkeypatch.setattr(tools, 'query', found.query)
    return found


@pytest.fixture
def turn(pacemaker):
    return Turn(Access(), Members(), Cluster(NODE))


def look(turn):
    turn.cluster.look()
    turn.keep()


@pytest.mark.parametrize('turns', [{}, {NODE: '0'}, {OTHER: '1'}])
@pytest.mark.parametrize('all_of_it', [True, False], ids=['restarted', 'without controld for a while'])
def test_a_turn_that_was_taken_is_given_again_to_a_pacemaker_that_has_forgotten_it(pacemaker, turn, turns, all_of_it):
    look(turn)
    assert pacemaker.given == 0
    turn.take()
    pacemaker.away = True
    look(turn)
    pacemaker.away, pacemaker.turns = False, dict(turns)
    if all_of_it:
        pacemaker.known = None
    look(turn)
    assert (turn.taken, pacemaker.given, pacemaker.turns[NODE]) == (True, 2, '1')


def test_a_turn_that_pacemaker_knows_is_not_given_at_each_look(pacemaker, turn):
    turn.take()
    for _ in range(3):
        look(turn)
    assert pacemaker.given == 1


def test_a_pacemaker_that_goes_away_after_it_was_asked_ends_nothing(pacemaker, turn):
    turn.take()
    pacemaker.turns = {}
    turn.cluster.look()
    pacemaker.away = True
    turn.keep()
    assert turn.taken

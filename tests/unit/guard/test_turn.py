# SPDX-License-Identifier: Apache-2.0
"""The turn in which the agents of one controller start."""

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard.cluster import Cluster
from ceilometer_redis.guard.turn import Turn


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
    """What gives the turn. given: how often; away: whether it answers nobody."""

    given, away = 0, False

    def give_turn(self):
        if self.away:
            raise NotDone('attrd_updater: no connection')
        self.given += 1


@pytest.fixture
def pacemaker(monkeypatch):
    found = Pacemaker()
    monkeypatch.setattr('ceilometer_redis.pacemaker.guard.give_turn', found.give_turn)
    return found


def test_a_turn_that_was_taken_is_given_again_to_a_pacemaker_that_may_have_forgotten_it(pacemaker):
    turn = Turn(Access(), Members(), Cluster())
    turn.keep()
    assert pacemaker.given == 0
    turn.take()
    pacemaker.away = True
    turn.keep()
    pacemaker.away = False
    turn.keep()
    assert (turn.taken, pacemaker.given) == (True, 2)

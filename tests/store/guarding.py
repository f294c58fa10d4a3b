# SPDX-License-Identifier: Apache-2.0
"""The guard of a controller, for tests. Pacemaker is stood in for: who is off, and who has the turn."""

import xml.etree.ElementTree as ElementTree

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import decision, loop

GROUP = 'central-global'
SERVICE = 'ceilometer-agent-central'


class Pacemaker(object):
    """What the guard asks of it. off: the controllers that are, in this word (in_ccm), None: it does not answer;
    quorum: of this partition; turns: how many have been given; forgetful: whether it has forgotten all of them."""

    def __init__(self):
        self.off, self.word, self.quorum, self.turns, self.forgetful = [], 'false', '1', 0, False

    def query(self, patience=None):
        if self.word is None:
            raise NotDone('cibadmin: no connection')
        states = ''.join('<node_state uname="%s" in_ccm="%s"/>' % (node, self.word) for node in self.off)
        return ElementTree.fromstring(
            '<cib have-quorum="%s"><configuration><nodes/><resources/><constraints/></configuration>'
            '<status>%s</status></cib>' % (self.quorum, states))

    def give_turn(self):
        if self.word is None:
            raise NotDone('attrd_updater: no connection')
        self.turns, self.forgetful = self.turns + 1, False

    def has_turn(self, cib, node):
        return self.turns > 0 and not self.forgetful


def guard_of(store, number, folder):
    """The guard of a controller; begun once more, it has what it remembers of the one before."""
    run = folder / ('run-%s' % number)
    run.mkdir(exist_ok=True)
    deployment = store.deployment(number)
    deployment['agents'] = {'p_' + SERVICE: {'service': SERVICE, 'config': 'ceilometer'}}
    return loop.guard_of(deployment, str(run))


def said(guard):
    """What it says after one look."""
    guard.look()
    return guard.verdicts[SERVICE]


def is_settled(guard_):
    """Whether it has seen the store accept writes for so long that silence counts."""
    guard_.look()
    return guard_.store_since and clock.uptime() - guard_.store_since > decision.GRACE + 1

# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker says here of the cluster, asked once a look."""

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker import guard as pacemaker_guard
from ceilometer_redis.pacemaker import state, tools


class Cluster(object):
    """The cluster as a controller, by its name, sees it at the last look.

    offline: the names of the nodes that are off. inquorate: whether it says that it has no quorum. lost: why nothing
    can be said of the others, as words; None usually. forgot_turn: whether it says that the agents here have no turn.
    """

    def __init__(self, node):
        self.node = node
        self.offline, self.inquorate, self.lost, self.forgot_turn = [], False, None, False

    def look(self):
        """Ask Pacemaker.

        A controller that has lost the others is off to them: they end its members, and are right about it.
        """
        self.offline, self.inquorate, self.lost, self.forgot_turn = [], False, None, False
        try:
            cib = tools.query()
        except (NotDone, EnvironmentError):
            self.lost = 'Pacemaker does not answer here'
            return
        self.offline, self.inquorate = state.offline(cib), cib.get('have-quorum') != '1'
        self.forgot_turn = not pacemaker_guard.has_turn(cib, self.node)
        self.lost = 'this controller has no quorum' if self.inquorate else None

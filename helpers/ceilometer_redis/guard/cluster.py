# SPDX-License-Identifier: Apache-2.0
"""What Pacemaker says here of the cluster, asked once a look."""

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker import state, tools


class Cluster(object):
    """The cluster as this controller sees it at the last look.

    offline: the names of the nodes that are off. inquorate: whether it says that it has no quorum. lost: why nothing
    can be said of the others, as words; None usually.
    """

    def __init__(self):
        self.offline, self.inquorate, self.lost = [], False, None

    def look(self):
        """Ask Pacemaker.

        A controller that has lost the others is off to them: they end its members, and are right about it.
        """
        self.offline, self.inquorate, self.lost = [], False, None
        try:
            cib = tools.query()
        except (NotDone, EnvironmentError):
            self.lost = 'Pacemaker does not answer here'
            return
        self.offline, self.inquorate = state.offline(cib), cib.get('have-quorum') != '1'
        self.lost = 'this controller has no quorum' if self.inquorate else None

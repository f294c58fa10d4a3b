# SPDX-License-Identifier: Apache-2.0
"""Polls, kept lean: a million of them are a few tens of megabytes, since they are of few resources."""

import array
import collections


class Polls(object):
    """The polls between two moments; a sample that the message queue delivered twice is one poll still.

    Attributes:
        kinds: Each Poll there is, once.
        which: The number of the kind of each poll.
        times: When each poll was, in seconds since the epoch.
        redelivered: How many samples were there already.
        outside: How many were before or after.

    Args:
        samples: Samples in any order.
        since: Seconds since the epoch; None: from the first on.
        until: Likewise, to the last.
    """

    def __init__(self, samples, since=None, until=None):
        self.kinds = []
        self.which = array.array('L')
        self.times = array.array('d')
        self.redelivered = self.outside = 0
        since = float('-inf') if since is None else since
        until = float('inf') if until is None else until
        numbers, seen = {}, set()
        add_time, add_number = self.times.append, self.which.append
        for identity, time, poll in samples:
            if not since <= time <= until:
                self.outside += 1
                continue
            if identity is not None:
                # Its hash takes a third of the memory; two that share one are among a million once in 10**7 times.
                key = hash(identity)
                if key in seen:
                    self.redelivered += 1
                    continue
                seen.add(key)
            number = numbers.get(poll)
            if number is None:
                number = numbers[poll] = len(self.kinds)
                self.kinds.append(poll)
            add_number(number)
            add_time(time)

    def rows_by_meter(self):
        """Return the numbers of the polls of each meter, by its name."""
        rows = collections.defaultdict(lambda: array.array('L'))
        of_kind = [rows[kind.meter] for kind in self.kinds]
        for row, number in enumerate(self.which):
            of_kind[number].append(row)
        return dict(rows)

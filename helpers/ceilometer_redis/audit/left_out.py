# SPDX-License-Identifier: Apache-2.0
"""What an audit does not judge, and why."""

from ceilometer_redis.errors import printable

#: So much of what is no sample is named, each in so many characters.
NAMED = 3
WIDTH = 200


class LeftOut(object):
    """Counts of it, by reason.

    Attributes:
        notifications: How many samples were made of notifications.
        others: How many are of meters that are not asked about.
        odd: How much is no sample.
        redelivered: How many samples were there already.
        far: How many are too far from all others, as of a clock that was wrong.
        first: The first of what is no sample, each a sentence.
        where: What these sentences begin with.
    """

    def __init__(self):
        self.notifications = self.others = self.odd = self.redelivered = self.far = 0
        self.first = []
        self.where = ''

    def no_sample(self, error):
        """Count what is no sample."""
        self.odd += 1
        if self.odd <= NAMED:
            self.first.append(printable('%s%s' % (self.where, error), WIDTH))

    def counts(self):
        """Return how many were left out, by reason, and the first of what is no sample."""
        return {'notifications': self.notifications, 'other_meters': self.others, 'no_samples': self.odd,
                'redelivered': self.redelivered, 'too_far': self.far, 'first': self.first}

    def sentences(self):
        """Return what was left out, in words, each reason of which there is any."""
        reasons = ((self.notifications, 'made of notifications'), (self.others, 'of other meters'),
                   (self.redelivered, 'delivered twice'), (self.far, 'of times too far from all others'),
                   (self.odd, 'that are no samples: %s%s' % ('; '.join(self.first), '; ...' * (self.odd > NAMED))))
        return ['%d %s' % reason for reason in reasons if reason[0]]

# SPDX-License-Identifier: Apache-2.0
"""What the guard decides from what store and host show."""

import pytest

from ceilometer_redis.guard import decision

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


def test_every_verdict_has_a_reason_that_names_the_groups():
    assert decision.decide(RIGHT._replace(missing=['a', 'b'])) == ('rejoin', 'beats, but is missing from a, b')


def test_pauses_between_restarts_grow_up_to_a_bound():
    assert [decision.pause_after(count) for count in range(8)] == [0, 30, 60, 120, 240, 480, 960, 960]


@pytest.mark.parametrize('what, view, verdict', [
    ('all is well', RIGHT, 'ok'),
    ('the agent does not run here', RIGHT._replace(running=None, missing=['g']), 'ok'),
    ('the service is away', RIGHT._replace(store_up=None, missing=['g']), 'wait'),
    ('the agent has just started', RIGHT._replace(running=3, member=None), 'wait'),
    ('the agent started when nobody could tell', RIGHT._replace(member=None, silent=600), 'restart'),
    ('the member has just ended, its parent not yet', RIGHT._replace(member=None), 'wait'),
    ('the service is just back from a long absence', RIGHT._replace(store_up=29, member=None, silent=600), 'wait'),
    ('nobody has known for a while', RIGHT._replace(member=None, silent=29), 'wait'),
    ('nobody has known for as long as one may', RIGHT._replace(running=30, store_up=30, member=None, silent=30),
     'restart'),
    ('one of its loops has ended', RIGHT._replace(ended=1), 'restart'),
    ('the service is just back', RIGHT._replace(store_up=3, missing=['g']), 'wait'),
    ('a living member is missing', RIGHT._replace(missing=['g']), 'restart'),
    ('one cycle failed on an unknown node', RIGHT._replace(unknown=1), 'ok'),
    ('two cycles failed on an unknown node', RIGHT._replace(unknown=2), 'restart'),
])
def test_the_verdict_at_a_service_when(what, view, verdict):
    assert decision.decide_by_groups(view)[0] == verdict, what

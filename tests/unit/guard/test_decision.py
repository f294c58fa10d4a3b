# SPDX-License-Identifier: Apache-2.0
"""What the guard decides from what store and host show."""

import pytest

from ceilometer_redis.guard import decision

RIGHT = decision.View(running=600, store_up=600, member='m', beating=True, silent=2, missing=[], joined=True,
                      rejoined=None, unknown=0, ended=0)


@pytest.mark.parametrize('what, view, verdict', [
    ('all is well', RIGHT, 'ok: is a member'),
    ('the agent does not run here', RIGHT._replace(running=None), 'ok: does not run here'),
    ('the store is down', RIGHT._replace(store_up=None, beating=False), 'wait: the store accepts no writes'),
    ('the store is down and the log complains', RIGHT._replace(store_up=None, unknown=5),
     'wait: the store accepts no writes'),
    ('the agent has just started', RIGHT._replace(running=3, member=None, beating=False, joined=False),
     'wait: has not beaten yet'),
    ('the store is just back and no beat has come yet', RIGHT._replace(store_up=3, beating=False),
     'wait: has not beaten yet'),
    ('the store is just back from a long absence', RIGHT._replace(store_up=29, beating=False, silent=600),
     'wait: has not beaten yet'),
    ('the agent is younger than the silence', RIGHT._replace(running=29, beating=False, silent=600),
     'wait: has not beaten yet'),
    ('nothing of it has beaten for as long as it may',
     RIGHT._replace(running=30, store_up=30, member=None, beating=False, silent=30),
     'restart: runs, but nothing of it beats'),
    ('a member has not beaten for a while', RIGHT._replace(beating=False, silent=29), 'wait: has not beaten yet'),
    ('nothing of a running agent beats', RIGHT._replace(member=None, beating=False, silent=600),
     'restart: runs, but nothing of it beats'),
    ('what beat of it has just ended', RIGHT._replace(member=None, beating=False), 'wait: has not beaten yet'),
    ('a member has stopped to beat', RIGHT._replace(beating=False, silent=60),
     'restart: runs, but nothing of it beats'),
    ('its last beat, a moment ago, is not in the store', RIGHT._replace(beating=False), 'wait: has not beaten yet'),
    ('a peer has taken a living member out', RIGHT._replace(missing=['central-global']),
     'rejoin: beats, but is missing from central-global'),
    ('that right after the return of the store', RIGHT._replace(missing=['central-global'], store_up=0),
     'rejoin: beats, but is missing from central-global'),
    ('again, long after it was put back', RIGHT._replace(missing=['g'], rejoined=600),
     'rejoin: beats, but is missing from g'),
    ('again, two looks after it was put back', RIGHT._replace(missing=['g'], rejoined=10),
     'rejoin: beats, but is missing from g'),
    ('again, before that', RIGHT._replace(missing=['g'], rejoined=9),
     'restart: was put back into g and is missing again'),
    ('again, at once after it was put back', RIGHT._replace(missing=['g'], rejoined=5),
     'restart: was put back into g and is missing again'),
    ('a young member has not joined yet', RIGHT._replace(running=10, joined=False), 'wait: has not joined yet'),
    ('an old member has never joined', RIGHT._replace(joined=False), 'restart: beats, but is in no group'),
    ('one cycle failed on an unknown node', RIGHT._replace(unknown=1), 'ok: is a member'),
    ('two cycles failed on an unknown node', RIGHT._replace(unknown=2),
     'restart: says "Unknown node" every cycle, so it polls nothing'),
    ('one of its loops has ended', RIGHT._replace(ended=1), 'restart: says that an error has ended one of its loops'),
    ('that while the store is down', RIGHT._replace(ended=1, store_up=None), 'wait: the store accepts no writes'),
])
def test_the_verdict_when(what, view, verdict):
    assert ': '.join(decision.decide(view)) == verdict, what


def test_a_reason_names_all_groups():
    missing = RIGHT._replace(missing=['a', 'b'])
    assert decision.decide(missing) == ('rejoin', 'beats, but is missing from a, b')
    assert decision.decide(missing._replace(rejoined=1)) == ('restart', 'was put back into a, b and is missing again')
    assert decision.decide_by_groups(missing) == ('restart', 'runs, but is missing from a, b')


def test_pauses_between_restarts_grow_up_to_a_bound():
    assert [decision.pause_after(count) for count in range(8)] == [0, 30, 60, 120, 240, 480, 960, 960]


@pytest.mark.parametrize('what, view, verdict', [
    ('all is well', RIGHT, 'ok: is a member'),
    ('the agent does not run here', RIGHT._replace(running=None, missing=['g']), 'ok: does not run here'),
    ('the service is away', RIGHT._replace(store_up=None, missing=['g']), 'wait: the store accepts no writes'),
    ('the agent has just started', RIGHT._replace(running=3, member=None), 'wait: has not joined yet'),
    ('the agent started when nobody could tell', RIGHT._replace(member=None, silent=600),
     'restart: runs, but which member it is nobody knows'),
    ('the member has just ended, its parent not yet', RIGHT._replace(member=None), 'wait: has not joined yet'),
    ('the service is just back from a long absence', RIGHT._replace(store_up=29, member=None, silent=600),
     'wait: has not joined yet'),
    ('nobody has known for a while', RIGHT._replace(member=None, silent=29), 'wait: has not joined yet'),
    ('nobody has known for as long as one may', RIGHT._replace(running=30, store_up=30, member=None, silent=30),
     'restart: runs, but which member it is nobody knows'),
    ('one of its loops has ended', RIGHT._replace(ended=1), 'restart: says that an error has ended one of its loops'),
    ('the service is just back', RIGHT._replace(store_up=3, missing=['g']), 'wait: runs, but is missing from g'),
    ('a living member is missing', RIGHT._replace(missing=['g']), 'restart: runs, but is missing from g'),
    ('one cycle failed and nobody knows the member', RIGHT._replace(unknown=1, member=None),
     'wait: has not joined yet'),
    ('one cycle failed on an unknown node', RIGHT._replace(unknown=1), 'ok: is a member'),
    ('two cycles failed on an unknown node', RIGHT._replace(unknown=2),
     'restart: says "Unknown node" every cycle, so it polls nothing'),
])
def test_the_verdict_at_a_service_when(what, view, verdict):
    assert ': '.join(decision.decide_by_groups(view)) == verdict, what

# SPDX-License-Identifier: Apache-2.0
"""Waiting for several answers at once."""

import time

import pytest

from ceilometer_redis import clock
from ceilometer_redis.waiting import within


def test_what_has_no_answer_in_time_has_none():
    begun = clock.uptime()
    assert within(0.2, [lambda: 1, lambda: time.sleep(5), lambda: 'x']) == [1, None, 'x']
    assert clock.uptime() - begun < 2


def test_an_error_of_one_is_an_error():
    with pytest.raises(ZeroDivisionError):
        within(5, [lambda: 1, lambda: 1 / 0])


def test_nothing_asked_is_nothing_answered():
    assert within(1, []) == []

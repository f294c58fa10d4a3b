# SPDX-License-Identifier: Apache-2.0
"""Waiting for what daemons come to."""

import time

import redis

from ceilometer_redis import clock


def wait(condition, seconds=60):
    """The first true value of condition(). An error of redis-py or of a file is no value.

    It is asked every 0.05 s, later every 0.2 s: what many tests ask at once keeps daemons from what they wait for.
    """
    begun = clock.uptime()
    while True:
        try:
            value = condition()
            if value:
                return value
        except (redis.RedisError, EnvironmentError):
            pass
        waited = clock.uptime() - begun
        assert waited < seconds, 'not within %s s' % seconds
        time.sleep(0.05 if waited < 0.5 else 0.2)

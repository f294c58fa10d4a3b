# SPDX-License-Identifier: Apache-2.0
"""Waiting for what daemons come to."""

import time

import redis

from ceilometer_redis import clock


def wait(condition, seconds=60):
    """The first true value of condition(), asked every 0.05 s. An error of redis-py or of a file is no value."""
    end = clock.uptime() + seconds
    while True:
        try:
            value = condition()
            if value:
                return value
        except (redis.RedisError, EnvironmentError):
            pass
        assert clock.uptime() < end, 'not within %s s' % seconds
        time.sleep(0.05)

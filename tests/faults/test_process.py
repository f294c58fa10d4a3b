"""A process of the store ends or hangs."""

import pytest

REDIS, SENTINEL = 'redis-server .*:6379', 'redis-sentinel'


@pytest.mark.core
def test_the_redis_master_is_killed(scene):
    """The process of the redis master is killed."""
    master = scene.master
    scene.fault(f'redis master on {master.name} killed')
    master.kill(REDIS)
    scene.check()

"""What a daemon is configured by is lost."""

SENTINEL = 'redis-server .*sentinel'
CONF = '/etc/ceilometer-redis/redis/sentinel.conf'


def test_a_sentinel_loses_its_file(scene):
    """A sentinel's file is emptied and it ends: it starts again and knows what the others know."""
    host = scene.others(scene.master)[0]
    scene.fault(f'sentinel.conf of {host.name} emptied, its sentinel killed')
    host.run(f': >{CONF}')
    host.kill(SENTINEL)
    scene.check()
    assert scene.unwritable() == 0

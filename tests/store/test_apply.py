# SPDX-License-Identifier: Apache-2.0
"""What a deployment applies to a controller's redis server and sentinel together."""

from ceilometer_redis.store import peers, sentinel
from ceilometer_redis.store.master import RUNNING, find_master
from ceilometer_redis.store.server import apply_redis
from waiting import wait


def test_a_new_controller_that_met_a_dying_master_gets_its_successor(store):
    """Nobody tells it: who is new is known to those alone who know the master that it follows and watches."""
    store.kill(0)
    store.add(3)
    store.start_redis(3)
    store.start_sentinel(3)
    store.remove(0)
    deployment, folder = store.deployment(3), store.folders[3]
    found = apply_redis(deployment, check=True, conf_dir=folder)
    # Who was promoted may say so already, before the sentinels do.
    assert found == [] or find_master(deployment, folder).source in RUNNING, 'nobody is master yet'
    wait(lambda: find_master(deployment, folder).source == 'sentinel')
    for apply, changes in ((apply_redis, ['slaveof']), (sentinel.apply_sentinel, ['monitor'])):
        assert apply(deployment, check=True, conf_dir=folder)[:1] == changes
        assert apply(deployment, conf_dir=folder)[:1] == changes
        assert apply(deployment, check=True, conf_dir=folder) == []
    for number in (1, 2):
        peers.apply_peers(store.deployment(number), conf_dir=store.folders[number])
    wait(store.complete)


def test_applying_twice_changes_nothing(shared_store):
    for number in range(3):
        for apply in (apply_redis, sentinel.apply_sentinel):
            assert apply(shared_store.deployment(number), conf_dir=shared_store.folders[number]) == []
            assert apply(shared_store.deployment(number), check=True, conf_dir=shared_store.folders[number]) == []


def test_changed_settings_reach_the_running_daemons_and_outlive_their_restart(store):
    deployment = store.deployment(1, down_after=4000, parallel_syncs=2)
    deployment['redis']['min_slaves_max_lag'] = 12
    folder = store.folders[1]
    changes = ['down-after-milliseconds', 'parallel-syncs']
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == changes
    assert sentinel.apply_sentinel(deployment, conf_dir=folder) == changes
    assert apply_redis(deployment, conf_dir=folder) == ['min-slaves-max-lag']
    store.kill(1)
    store.start(1, 'redis')
    store.start(1, 'sentinel', '--sentinel')
    assert sentinel.apply_sentinel(deployment, check=True, conf_dir=folder) == []
    assert apply_redis(deployment, check=True, conf_dir=folder) == []
    assert store.redis(1).info()['role'] == 'slave'

# SPDX-License-Identifier: Apache-2.0
"""What the daemons that run are asked."""

import signal

from ceilometer_redis.store.queries import redis_info


def test_a_hung_redis_server_is_no_answer(store):
    store.signal(1, 'redis', signal.SIGSTOP)
    assert redis_info(store.deployment(0), store.addresses[1]) is None
    store.signal(1, 'redis', signal.SIGCONT)
    assert redis_info(store.deployment(0), store.addresses[1])['role'] == 'slave'

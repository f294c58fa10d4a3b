# SPDX-License-Identifier: Apache-2.0
"""What a deployment applies to a running redis server."""

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.store import connection, handover
from ceilometer_redis.store.server import apply_redis


def test_a_master_whose_replicas_would_refuse_what_it_sends_needs_none(store, monkeypatch):
    monkeypatch.setattr('ceilometer_redis.store.server.SINCE_MIN_SLAVES', (99,))
    needed = [] if store.version < (2, 8, 10) else ['min-slaves-to-write']
    for number in range(3):
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == needed
        assert store.redis(number).config_get('min-slaves-to-write') == {'min-slaves-to-write': '0'}
        assert apply_redis(store.deployment(number), conf_dir=store.folders[number]) == []
    assert handover.handover(store.deployment(0)) in store.addresses[1:]


def test_an_unanswering_daemon_is_an_error_within_the_bound(stopped_store, monkeypatch):
    monkeypatch.setattr(connection, 'START_TIMEOUT', 1)
    with pytest.raises(NotDone) as refusal:
        apply_redis(stopped_store.deployment(0), conf_dir=stopped_store.folders[0])
    assert str(refusal.value) == 'an answer of the redis server here: not within 1 s'

# SPDX-License-Identifier: Apache-2.0
"""Replies of redis and Sentinel, with what a daemon of another version may leave out or say otherwise."""

import pytest
import redis
import three_controllers
from fuzz.mutations import trees
from fuzz.property import answer
from hypothesis import given
from hypothesis import strategies as st

from ceilometer_redis.store import health, queries

MASTER = ['name', 'ceilometer-redis', 'ip', three_controllers.FIRST, 'port', '6379', 'flags', 'master',
          'num-slaves', '2', 'num-other-sentinels', '2', 'quorum', '2', 'config-epoch', '3']
REPLICA = ['name', 'x', 'ip', three_controllers.SECOND, 'port', '6379', 'flags', 'slave,s_down']
INFO = {'redis_version': '2.8.4', 'role': 'master', 'connected_slaves': 2}
REPLIES = {'master': MASTER, 'slaves': [REPLICA, REPLICA], 'sentinels': [REPLICA, REPLICA],
           'get-master-addr-by-name': [three_controllers.FIRST, '6379']}
TEXTS = st.one_of(st.none(), st.sampled_from(['', '0', '-1', 'x', '9' * 30, three_controllers.GONE, 's_down,o_down']),
                  st.text(max_size=5), st.just([]))


@given(data=st.data())
def test_a_reply_of_any_form_is_a_row_or_no_answer(data):
    replies = data.draw(trees(REPLIES, TEXTS))
    info = data.draw(trees(INFO, TEXTS))
    deployment = dict(three_controllers.deployment(), controllers=[
        {'name': 'node-1', 'address': address} for address in three_controllers.ADDRESSES])

    def reply(_, command, *__):
        if not isinstance(replies, dict) or command not in replies:
            raise redis.ResponseError('ERR unknown')
        return replies[command]

    with pytest.MonkeyPatch.context() as patch:
        for module in (queries, health):
            patch.setattr(module, 'sentinel_command', reply)
            patch.setattr(module, 'redis_info', lambda *_, **__: info if isinstance(info, dict) else None)
            patch.setattr(module, 'connect_sentinel', lambda *_: None)
        patch.setattr(health, 'in_tilt', lambda *_: False)
        answer(health.status, deployment)

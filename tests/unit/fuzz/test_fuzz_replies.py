# SPDX-License-Identifier: Apache-2.0
"""Replies of redis and Sentinel, with what a daemon of another version may leave out or say otherwise."""

import json

import pytest
import redis
import snapshots
import three_controllers
from fuzz.mutations import trees
from fuzz.property import answer
from hypothesis import given
from hypothesis import strategies as st

from ceilometer_redis.health import judgement, members, nagios, prometheus, screen, summary
from ceilometer_redis.store import inspection, queries

MASTER = ['name', 'ceilometer-redis', 'ip', three_controllers.FIRST, 'port', '6379', 'flags', 'master',
          'num-slaves', '2', 'num-other-sentinels', '2', 'quorum', '2', 'config-epoch', '3', 'last-ok-ping-reply', '10',
          'role-reported-time', '100000', 'down-after-milliseconds', '5000', 'failover-timeout', '15000',
          'parallel-syncs', '1']
REPLICA = ['name', 'x', 'ip', three_controllers.SECOND, 'port', '6379', 'flags', 'slave,s_down']
INFO = {'redis_version': '2.8.4', 'role': 'master', 'connected_slaves': 2, 'slave_priority': 100, 'used_memory': 1,
        'slave0': {'ip': three_controllers.SECOND, 'lag': 1}, 'min_slaves_good_slaves': 2, 'connected_clients': 3}
REPLIES = {'master': MASTER, 'slaves': [REPLICA, REPLICA], 'sentinels': [REPLICA, REPLICA],
           'get-master-addr-by-name': [three_controllers.FIRST, '6379'], 'info': {'sentinel_tilt': 0},
           'server': [INFO, {'maxmemory': '0', 'maxclients': '10'}, {'min-slaves-to-write': '1'}, {'save': ''}, {}]}
TEXTS = st.one_of(st.none(), st.sampled_from(['', '0', '-1', 'x', '9' * 30, 10 ** 9, float('inf'), float('nan'),
                                               three_controllers.GONE, 's_down,o_down']),
                  st.text(max_size=5), st.just([]))


STORE = {'SRANDMEMBER': [b'central-global', b'\xff'], 'HLEN': 2, 'HKEYS': [b'a', b'\x1b'], 'PTTL': 5000,
         'HGETALL': [b'a', b'["central-global"]'], 'PING': True, 'HEXISTS': 1}


class Client(object):
    """A client of a daemon with these replies."""

    def __init__(self, replies):
        self.replies = replies if isinstance(replies, dict) else {}

    def execute_command(self, _, command, *__):
        if command not in self.replies:
            raise redis.ResponseError('ERR unknown')
        return self.replies[command]

    def info(self):
        return self.replies.get('info')

    def pipeline(self, transaction):
        return self

    def config_get(self, pattern):
        pass

    def execute(self):
        return self.replies.get('server')


@given(data=st.data())
def test_replies_of_any_form_are_what_a_daemon_says_or_no_answer(data):
    client, deployment = Client(data.draw(trees(REPLIES, TEXTS))), three_controllers.deployment()
    with pytest.MonkeyPatch.context() as patch:
        for module in (queries, inspection):
            patch.setattr(module, 'connect_sentinel', lambda *_: client)
            patch.setattr(module, 'connect_redis', lambda *_, **__: client)
        server = answer(inspection.redis_server, deployment, three_controllers.FIRST, 1)
        sentinel = answer(inspection.sentinel, deployment, three_controllers.FIRST, 1)
    assert 'refusal' in server
    assert sentinel is None or sentinel['sentinels'] >= 1

    def change(found):
        found['controllers'][0].update(redis=server, sentinel=sentinel)
    seen = snapshots.snapshot(change)
    findings, code = nagios.with_ranges(seen, judgement.judge(seen), None, None)
    assert len(nagios.line(seen, findings, code).splitlines()) == 1
    found = summary.summarize(seen, findings)
    assert json.dumps(found) and screen.render(found).replace('\n', '').isprintable()
    assert prometheus.render(prometheus.metrics(seen, findings, code))


@given(data=st.data())
def test_groups_of_any_form_are_read_or_nobody_knows(data):
    class Store(Client):
        def execute_command(self, *words):
            self.asked.append(words[0])

        def execute(self, raise_on_error):
            asked, self.asked = self.asked, []
            return [data.draw(st.one_of(st.just(STORE[name]), trees(STORE[name], TEXTS))) for name in asked]

        asked = []
    found = members.read(Store(None), snapshots.deployment())
    assert found is None or set(found['groups']) <= {'central-global', 'alarm_evaluator'}
    seen = snapshots.snapshot(lambda changed: changed.update(store=found))
    assert screen.render(summary.summarize(seen, judgement.judge(seen))).replace('\n', '').isprintable()


# SPDX-License-Identifier: Apache-2.0
"""Answers of daemons that lack something, or are of another shape."""

import pytest
import redis
from three_controllers import FIRST, SECOND, deployment

from ceilometer_redis.store import inspection, queries

INFO = {'redis_version': '2.8.4', 'role': 'slave', 'connected_slaves': 0, 'master_host': FIRST,
        'master_link_status': 'up'}
STATE = ['ip', FIRST, 'port', '6379', 'flags', 'master', 'config-epoch', '1', 'quorum', '2', 'num-slaves', '2',
         'num-other-sentinels', '2', 'last-ok-ping-reply', '9']


class Daemon(object):
    """A daemon that gives the same answer to whatever it is asked."""

    def __init__(self, reply):
        self.reply = reply

    def info(self, section=None):
        return self.reply

    def execute_command(self, *words):
        if words[1] == 'get-master-addr-by-name' and isinstance(self.reply, list) and self.reply[:1] == ['ip']:
            return self.reply[1:4:2]
        return self.reply


@pytest.mark.parametrize('reply', [None, '', [], 7, {}, {'raw': 'x'}] + [
    dict((name, INFO[name]) for name in INFO if name != lacking) for lacking in INFO] + [
    dict(INFO, redis_version='x'), dict(INFO, redis_version=7), dict(INFO, connected_slaves='many'),
    dict(INFO, connected_slaves=float('inf'))])
def test_an_info_that_lacks_something_is_none(monkeypatch, reply):
    monkeypatch.setattr(queries, 'connect_redis', lambda *_, **__: Daemon(reply))
    assert queries.redis_info(deployment(), FIRST) is None


@pytest.mark.parametrize('reply', [None, '', 'OK', [], [[]], 7, ['ip'], {}] + [
    STATE[:at] + STATE[at + 2:] for at in range(4, len(STATE), 2)] + [
    STATE[:at + 1] + ['x'] + STATE[at + 2:] for at in range(6, len(STATE), 2)])
def test_a_state_of_a_master_that_lacks_something_is_none(monkeypatch, reply):
    for module in (queries, inspection):
        monkeypatch.setattr(module, 'connect_sentinel', lambda *_: Daemon(reply))
    assert queries.master_state(deployment(), FIRST) is None
    assert queries.subjectively_down(deployment(), FIRST) == []
    assert inspection.sentinel(deployment(), FIRST, 1) is None


def test_a_server_that_names_any_number_of_replicas_costs_no_time(monkeypatch):
    class Server(Daemon):
        def pipeline(self, transaction):
            return self

        def config_get(self, pattern):
            pass

        def execute(self):
            return [dict(INFO, connected_slaves=10 ** 18, slave0={'ip': SECOND, 'lag': 1})] + [{}] * 4
    monkeypatch.setattr(inspection, 'connect_redis', lambda *_, **__: Server(None))
    assert inspection.redis_server(deployment(), FIRST, 1)['lags'] == {SECOND: 1}


@pytest.mark.parametrize('words', ['', 'ERR x'])
def test_a_refusal_is_one_whatever_its_words_are(monkeypatch, words):
    def refuse(*_, **__):
        raise redis.ResponseError(words)
    monkeypatch.setattr(inspection, 'connect_redis', refuse)
    assert inspection.redis_server(deployment(), FIRST, 1) == {'refusal': words or 'it refuses'}


def test_what_is_whole_is_an_answer(monkeypatch):
    monkeypatch.setattr(queries, 'connect_redis', lambda *_, **__: Daemon(INFO))
    monkeypatch.setattr(queries, 'connect_sentinel', lambda *_: Daemon(STATE))
    assert queries.redis_info(deployment(), FIRST) == INFO
    assert queries.master_state(deployment(), FIRST)['ip'] == FIRST


def test_an_instance_that_lacks_something_hides_no_other():
    replies = [None, [], ['ip', FIRST], ['ip', FIRST, 'port', 'x'], ['ip', SECOND, 'port', '6379']]
    assert queries.endpoints(replies) == set([(SECOND, 6379)])

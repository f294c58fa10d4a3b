# SPDX-License-Identifier: Apache-2.0
"""Which redis server is taken for the master."""

import threading

import pytest
from three_controllers import ADDRESSES, FIRST, GONE, SECOND, THIRD, deployment

from ceilometer_redis.store.master import find_master


class Silent(object):
    """Daemons of controllers that are off. Asked, each answers None when so many have been asked, or after 1 s;
    ``together`` says of each which it was."""

    def __init__(self, count):
        self.left = count
        self.together = []
        self.lock = threading.Lock()
        self.all_asked = threading.Event()

    def answer(self, *asked):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.all_asked.set()
        self.together.append(self.all_asked.wait(1))


def test_a_server_that_starts_waits_once_for_all_daemons_that_are_away(monkeypatch, tmpdir):
    daemons = Silent(2 * len(ADDRESSES))
    monkeypatch.setattr('ceilometer_redis.store.master.master_state', daemons.answer)
    monkeypatch.setattr('ceilometer_redis.store.master.redis_info', daemons.answer)
    assert find_master(deployment(), str(tmpdir)) == (THIRD, 6379, 'fuel')
    assert daemons.together == [True] * 6


def conf(address, epoch=None):
    """What a sentinel keeps of the last master it knew."""
    lines = ['sentinel monitor another-store 10.0.0.7 6379 2', 'sentinel config-epoch another-store 99',
             'sentinel monitor ceilometer-redis %s 6379 2' % address]
    if epoch is not None:
        lines.append('sentinel config-epoch ceilometer-redis %d' % epoch)
    return '\n'.join(lines)


@pytest.mark.parametrize('what, sentinels, servers, kept, master', [
    ('nothing has ever run', {}, {}, '', (THIRD, 'fuel')),
    ('the store has stopped', {}, {}, conf(FIRST, 4), (FIRST, 'sentinel.conf')),
    ('no server but replicas has started', {}, {SECOND: ('slave', 0)}, conf(FIRST, 4), (FIRST, 'sentinel.conf')),
    ('no server but replicas has started and nobody remembers', {}, {SECOND: ('slave', 0)}, '', (THIRD, 'fuel')),
    ('a stranger is named', {SECOND: (GONE, 99)}, {THIRD: ('master', 1)}, conf(GONE, 99), (THIRD, 'redis')),
    ('a stranger is named and another sentinel knows', {SECOND: (GONE, 99), FIRST: (THIRD, 1)}, {}, '',
     (THIRD, 'sentinel')),
    ('a stranger is named and the master has just died', {SECOND: (GONE, 99), FIRST: (GONE, 99)},
     {SECOND: ('slave', 0, FIRST, 6379), THIRD: ('slave', 0, FIRST, 6379)}, '', (FIRST, 'replica')),
    ('a stranger is named and followed', {SECOND: (GONE, 99)}, {SECOND: ('slave', 0, GONE, 6379)}, conf(GONE, 99),
     (THIRD, 'fuel')),
    ('another port is followed', {}, {SECOND: ('slave', 0, FIRST, 7777)}, '', (THIRD, 'fuel')),
    ('all is well', {FIRST: (THIRD, 1), SECOND: (THIRD, 1), THIRD: (THIRD, 1)},
     {FIRST: ('slave', 0), SECOND: ('slave', 0), THIRD: ('master', 2)}, conf(THIRD, 1), (THIRD, 'sentinel')),
    ('the own sentinel missed a failover', {SECOND: (GONE, 9), FIRST: (THIRD, 10)}, {THIRD: ('master', 1)}, '',
     (THIRD, 'sentinel')),
    ('another sentinel missed a failover', {SECOND: (THIRD, 10), FIRST: (GONE, 9)}, {THIRD: ('master', 1)}, '',
     (THIRD, 'sentinel')),
    ('the sentinels that are back missed a failover', {FIRST: (FIRST, 9)}, {FIRST: ('master', 0)}, conf(THIRD, 10),
     (THIRD, 'sentinel.conf')),
    ('the own sentinel has missed one since it stopped', {FIRST: (THIRD, 10)}, {}, conf(GONE, 9), (THIRD, 'sentinel')),
    ('the file is of the same epoch', {FIRST: (THIRD, 10)}, {}, conf(GONE, 10), (THIRD, 'sentinel')),
    ('no failover has ever been', {FIRST: (THIRD, 0)}, {}, conf(GONE), (THIRD, 'sentinel')),
    ('the master has just died', {FIRST: (THIRD, 1)}, {FIRST: ('slave', 0)}, '', (THIRD, 'sentinel')),
    ('the master has died, a server that was just created runs', {FIRST: (THIRD, 1)}, {SECOND: ('master', 0)}, '',
     (THIRD, 'sentinel')),
    ('the sentinels were reset to a former master', {FIRST: (THIRD, 0)}, {THIRD: ('slave', 0), FIRST: ('master', 2)},
     '', (FIRST, 'redis')),
    ('the named master is a replica and nobody a master', {FIRST: (THIRD, 1)}, {THIRD: ('slave', 0)}, '',
     (THIRD, 'sentinel')),
    ('without sentinels one server is a master', {}, {THIRD: ('master', 0), SECOND: ('slave', 0)}, conf(GONE, 1),
     (THIRD, 'redis')),
    ('without sentinels another server was just created', {},
     {FIRST: ('master', 0), SECOND: ('master', 0), THIRD: ('master', 1)}, '', (THIRD, 'redis')),
])
def test_the_master_when(monkeypatch, tmpdir, what, sentinels, servers, kept, master):
    def state(_, address):
        if address in sentinels:
            ip, epoch = sentinels[address]
            return {'ip': ip, 'port': '6379', 'config-epoch': str(epoch)}

    def info(_, address, conf_dir):
        if address in servers:
            return dict(zip(('role', 'connected_slaves', 'master_host', 'master_port'), servers[address]))

    tmpdir.join('sentinel.conf').write(kept)
    monkeypatch.setattr('ceilometer_redis.store.master.master_state', state)
    monkeypatch.setattr('ceilometer_redis.store.master.redis_info', info)
    found = find_master(deployment(), str(tmpdir))
    assert ((found.address, found.source), found.port) == (master, 6379), what

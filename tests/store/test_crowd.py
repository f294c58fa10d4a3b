# SPDX-License-Identifier: Apache-2.0
"""A store that a client has filled with names."""

import json

from ceilometer_redis import clock
from ceilometer_redis.guard import groups
from ceilometer_redis.health import judgement, screen, summary

SOON = 4

#: A thousand of them; Redis makes them in no time, python-redis takes long. More at once, and a busy machine's
#: sentinels take it for down.
NAMES = """\
for number = ARGV[1], ARGV[1] + 999 do
    redis.call('sadd', KEYS[1], 'central-' .. number)
    redis.call('set', 'x' .. number, 1)
    redis.call('hset', KEYS[2], 'm' .. number, 1)
end
"""


def test_names_by_the_hundred_thousand_cost_no_time_and_hide_no_group(store):
    client = store.redis(0)
    for begin in range(0, 100000, 1000):
        client.eval(NAMES, 2, groups.GROUPS, groups.GROUP + 'alarm_evaluator', begin)
    own = store.deployment(0)['node']['fqdn']
    client.sadd(groups.GROUPS, 'central-global', 'central-x')
    for group in ('alarm_evaluator', 'central-77777'):
        client.hset(groups.GROUP + group, 'one', 1)
    client.hset(groups.REGISTRY + own, 'one', json.dumps(['alarm_evaluator', 'central-global', 'central-77777']))
    client.hset(groups.GROUP + 'central-global', 'one', 1)
    client.setex(groups.BEAT + 'one', 60, 1)
    client.hset(groups.REGISTRY + own, 'odd', '["alarm_evaluator\\ud800"]')
    begun = clock.uptime()
    seen = store.snapshot()
    text = screen.render(summary.summarize(seen, judgement.judge(seen)))
    took = clock.uptime() - begun
    assert took < SOON and len(text) < 10000
    assert seen['store']['groups'] == {'central-global': ['one'], 'central-77777': ['one'], 'alarm_evaluator': ['one']}
    assert not {'nothing-is-polled', 'no-alarms'}.intersection(name for name, _ in store.wrong())

# SPDX-License-Identifier: Apache-2.0
"""How evenly the agents' hash rings share resources, and how much moves when an agent joins or leaves.

Simulated with the rings' points as `ceilometer-redis status` computes them, for random ids of agents and resources.
"""

import hashlib
import uuid

import numpy

from bench import figures
from ceilometer_redis.health import ring

AGENTS = (1, 2, 3, 5, 10, 100, 1000)
RESOURCES = (100, 1000, 10000, 100000, 1000000)
DRAWS = 20

#: Numbers of resources of which the picture shows the speed-up.
SHOWN = (100, 1000, 1000000)

#: Whose ring, those of Fuel's releases first: the points of an agent, and the ring's bits.
RINGS = {'ceilometer Kilo to Ocata': (lambda agent: ring.classic_points(agent, agent), 32),
         'tooz (ceilometer since Pike)': (ring.tooz_points, 128)}

#: Bits of a place that are compared: two points of the wider ring differ in the first 64.
BITS = 64


def measure(folder):
    """{ring: {agents: balance by resources, share moved by a join and by a leave}}."""
    hashes = places(str(uuid.uuid4()) for _ in range(max(RESOURCES)))
    found = {}
    for name, kind in RINGS.items():
        found[name] = {}
        for count in AGENTS:
            found[name][count] = summary(count, [draw_of(kind, count, hashes) for _ in range(DRAWS)])
            print('  %-30s %4d agents: %s' % (name, count, said(found[name][count])), flush=True)
    return found


def places(keys):
    """Where keys fall on a ring: the first bits of their MD5."""
    return numpy.array([int.from_bytes(hashlib.md5(key.encode()).digest()[:BITS // 8], 'big') for key in keys],
                       dtype=numpy.uint64)


def points_of(kind, agents):
    """The points of agents on a ring: their places, ascending, and the number of the agent at each."""
    points, bits = kind
    found = {}
    for number, agent in enumerate(agents):
        found.update((place >> max(0, bits - BITS), number) for place, _ in points(agent))
    ascending = sorted(found)
    return numpy.array(ascending, dtype=numpy.uint64), numpy.array([found[place] for place in ascending])


def owners(kind, agents, hashes):
    """The number of the agent that each resource belongs to: the one at the next point."""
    ascending, numbers = points_of(kind, agents)
    keys = hashes >> numpy.uint64(max(0, BITS - kind[1]))
    return numbers[numpy.searchsorted(ascending, keys, side='right') % len(ascending)]


def draw_of(kind, count, hashes):
    """One draw of agents' ids: {resources: largest share over the mean}, share moved by a join, by a leave."""
    # The last one joins, the one before it leaves.
    agents = [str(uuid.uuid4()) for _ in range(count + 1)]
    before = owners(kind, agents[:count], hashes)
    joined = (before != owners(kind, agents, hashes)).mean()
    left = (before != owners(kind, agents[:count - 1], hashes)).mean() if count > 1 else 1
    balance = {many: largest(before[:many], count) for many in RESOURCES if many >= count}
    return balance, joined, left


def largest(numbers, count):
    """The share of the agent with the most resources, over the mean."""
    return numpy.bincount(numbers, minlength=count).max() * count / len(numbers)


def summary(count, draws):
    """The spread of draws, with the speed-up at most: a cycle lasts as long as that of the agent with the most."""
    balances, joins, leaves = zip(*draws, strict=True)
    return {'largest_over_mean': {many: figures.spread(each[many] for each in balances) for many in balances[0]},
            'speed_up': {many: figures.spread(count / each[many] for each in balances) for many in balances[0]},
            'moved_by_a_join': figures.spread(joins, 4), 'moved_by_a_leave': figures.spread(leaves, 4)}


def said(found):
    most = found['largest_over_mean'][max(RESOURCES)]
    return 'largest share %.2f (%.2f to %.2f) of the mean, moved by a join %.1f %%, by a leave %.1f %%' % (
        most['median'], most['minimum'], most['maximum'], 100 * found['moved_by_a_join']['median'],
        100 * found['moved_by_a_leave']['median'])


def draw(found, path):
    figures.draw(lambda *axes: plot(found, *axes), path, columns=3)


def plot(found, balance, speed, moved):
    """Balance, the speed-up that it leaves, and what moves, by the number of agents."""
    for colour, (name, counts) in zip(figures.COLOURS, found.items(), strict=False):
        numbers = [int(count) for count in counts]
        figures.band(balance, numbers, [each['largest_over_mean'][str(max(RESOURCES))] for each in counts.values()],
                     color=colour, label=name)
        figures.band(moved, numbers, [each['moved_by_a_join'] for each in counts.values()], color=colour, label=name)
    for colour, many in zip(figures.COLOURS, SHOWN, strict=False):
        sped = [(int(count), each['speed_up'][str(many)]) for count, each in next(iter(found.values())).items()
                if str(many) in each['speed_up']]
        figures.band(speed, *zip(*sped, strict=True), color=colour, label=f'{many:,} resources')
    speed.plot(AGENTS, AGENTS, color=figures.INK, linestyle=':', label='the number of agents')
    moved.plot(AGENTS, [1 / (count + 1) for count in AGENTS], color=figures.INK, linestyle=':', label='the least')
    balance.set(xscale='log', xlabel='agents', title='largest share over the mean')
    speed.set(xscale='log', yscale='log', xlabel='agents', title='speed-up at most (Kilo to Ocata)')
    moved.set(xscale='log', yscale='log', xlabel='agents before', title='share moved when one joins')
    for axes in balance, speed, moved:
        axes.legend(frameon=False)

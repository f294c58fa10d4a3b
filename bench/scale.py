# SPDX-License-Identifier: Apache-2.0
"""What more agents give: real polling agents of ceilometer that ask a slow Swift for each project's account.

Keystone and Swift are a stand-in (cloud.py), the store and its sentinels are real. One agent is what Fuel has without
the plugin; without a store, several agents each poll everything.
"""

import collections
import shutil

from bench import cycles, figures, hosts
from bench.agents import PROGRAM, Agents
from bench.cloud import Cloud

PROJECTS = 120

#: Seconds from cycle to cycle; how many cycles of each agent are looked at, after two that are not.
INTERVAL, CYCLES, BEFORE = 12, 3, 1

#: How often everything is played, and what is: agents, and whether they share a store.
ROUNDS = 3
ALONE = '1 alone'
PLAYED = {ALONE: (1, False), '1 with a store': (1, True), '2 with a store': (2, True), '3 with a store': (3, True),
          '5 with a store': (5, True), '3 without a store': (3, False)}


def measure(folder):
    """{configuration: seconds of a cycle, speed-up over one alone, its limit, polls}."""
    if not PROGRAM.exists():
        raise figures.Skipped(f'{PROGRAM} is not there: make bench installs it')
    seen = collections.defaultdict(list)
    place = folder.resolve() / 'agents'
    with hosts.three_controllers(folder) as controllers:
        for turn in range(ROUNDS):
            for name, (count, shared) in PLAYED.items():
                shutil.rmtree(place, ignore_errors=True)
                seen[name].append(play(place, controllers[0], count, shared))
                print('  round %d, %-17s: %s' % (turn + 1, name, said(seen[name][-1])), flush=True)
    alone = [figures.spread(cycle['seconds'] for cycle in played)['median'] for played in seen[ALONE]]
    return {name: summary(PLAYED[name][0], rounds, alone) for name, rounds in seen.items()}


def play(place, controller, count, shared):
    """The cycles of so many agents, as cycles.whole() has them."""
    store = controller.redis()
    store.flushall()
    cloud = Cloud(PROJECTS)
    agents = Agents(place, cloud, INTERVAL, hosts.backend_url(controller) if shared else None)
    try:
        agents.start_in_turn(count, store)
        cycles.wait_for(cloud, BEFORE + CYCLES + 1, INTERVAL)
        return cycles.whole(list(cloud.asked), CYCLES, cloud.projects)
    finally:
        agents.end()
        cloud.end()


def summary(count, rounds, alone):
    """The spread over all cycles; alone: seconds of one agent's in each round, as the machine changes with time."""
    found = [cycle for played in rounds for cycle in played]
    once = [PROJECTS / cycle['most'] for cycle in found if cycle['polls'] == PROJECTS]
    return {'agents': count,
            'seconds': figures.spread(cycle['seconds'] for cycle in found),
            'speed_up': figures.spread(one / cycle['seconds'] for one, played in zip(alone, rounds, strict=True)
                                       for cycle in played),
            'speed_up_of_the_ring': figures.spread(once) if once else None,
            'polls_of_a_project': figures.spread(cycle['polls'] / PROJECTS for cycle in found),
            'missed': figures.spread(cycle['missed'] for cycle in found)}


def said(played):
    return ', '.join('%.2f s (%d polls, at most %d of one agent, %d missed)' % (
        cycle['seconds'], cycle['polls'], cycle['most'], cycle['missed']) for cycle in played)


def draw(found, path):
    figures.draw(lambda *axes: plot(found, *axes), path, columns=2)


def plot(found, speed, polls):
    """Speed-up beside its limits; how often each project is polled in a cycle."""
    shared = {name: each for name, each in found.items() if PLAYED[name][1]}
    numbers = [each['agents'] for each in shared.values()]
    speed.plot(numbers, numbers, color=figures.INK, linestyle=':', label='the number of agents')
    for colour, what, label in ((figures.COLOURS[1], 'speed_up_of_the_ring', 'what the ring leaves of it'),
                                (figures.COLOURS[0], 'speed_up', 'measured')):
        figures.band(speed, numbers, [each[what] for each in shared.values()], color=colour, label=label)
    speed.set(xlabel='agents that share the work', title='speed-up over one agent', xticks=numbers)
    speed.set_ylim(bottom=0)
    speed.legend(frameon=False)
    names = list(found)
    polls.barh(names, [each['polls_of_a_project']['median'] for each in found.values()], color=figures.COLOURS[2])
    polls.invert_yaxis()
    polls.set(title='polls of a project in a cycle', xlabel='1 is right')

# SPDX-License-Identifier: Apache-2.0
"""What the plugin's daemons and commands cost, with members as compute agents are: each in a group of its own.

Three controllers are namespaces of this machine with real daemons, each with two agents that its guard guards.
Pacemaker, which has a cost of its own, is stood in for.
"""

import itertools
import time

from bench import figures, hosts
from namespaces import ip

LEVELS = (0, 100, 250, 500, 1000)

#: Of each level: how often the daemons are looked at, and for how many seconds.
WINDOWS, SECONDS = 3, 10

COMMANDS = ('--version', 'status', 'check')
TIMES = 7

#: Members of one group, at which an agent looks before each polling cycle.
CROWD, LOOKS = 'crowd', 20


def measure(folder):
    """Daemons by members, the helper's commands, the store, and the look at one group of all members."""
    with hosts.three_controllers(folder) as controllers:
        agents = [hosts.start_guard(controller) for controller in controllers]
        crowd = hosts.Members(hosts.backend_url(controllers[0]))
        try:
            return {'by_members': by_members(controllers, crowd), 'watching': watching(controllers[0], crowd),
                    'one_controller_off': one_off(controllers)}
        finally:
            for each in [crowd, *itertools.chain(*agents)]:
                each.end()


def by_members(controllers, crowd):
    """{members: daemons, store and commands at that level}."""
    found, present = {}, 0
    for level in LEVELS:
        crowd.ask('grow', [[f'compute-{number}', f'compute-node-{number}'] for number in range(present, level)])
        present = level
        found[level] = {**observed(controllers, crowd), 'commands': commands(controllers[0])}
        print('  %4d members: %s' % (level, said(found[level])), flush=True)
    return found


def observed(controllers, crowd):
    """What daemons use, and the store takes, in some windows of time."""
    windows = [window(controllers, crowd) for _ in range(WINDOWS)]
    daemons = {name for daemons, _ in windows for name in daemons}
    master = controllers[0].redis()
    return {
        'daemons': {name: {
            'processor_percent': figures.spread(100 * each[0] for daemons, _ in windows for each in daemons[name]),
            'megabytes': figures.spread((each[1] for daemons, _ in windows for each in daemons[name]), 1)}
            for name in sorted(daemons)},
        'store': {name: figures.spread((store[name] for _, store in windows), 1) for name in windows[0][1]},
        'keys': master.dbsize(), 'store_megabytes': round(master.info('memory')['used_memory'] / 2 ** 20, 2)}


def window(controllers, crowd):
    """{daemon: [(processors used, megabytes) on each controller]}, and {what the master does: how often a second}."""
    watched = [(name, controller, pid) for controller in controllers for name, pid in hosts.daemons(controller).items()]
    before = [hosts.processor_seconds(controller, pid) for _, controller, pid in watched]
    counted, begun = counters(controllers[0], crowd), time.monotonic()
    time.sleep(SECONDS)
    seconds, daemons = time.monotonic() - begun, {}
    store = {name: (value - counted[name]) / seconds for name, value in counters(controllers[0], crowd).items()}
    for (name, controller, pid), used in zip(watched, before, strict=True):
        daemons.setdefault(name, []).append(((hosts.processor_seconds(controller, pid) - used) / seconds,
                                             hosts.megabytes(controller, pid)))
    return daemons, store


def counters(controller, crowd):
    """What only grows; the journal's size shrinks when redis writes it anew."""
    info = controller.redis().info()
    return {'beats_per_second': crowd.ask('beats'), 'commands_per_second': info['total_commands_processed'],
            'replicated_bytes_per_second': info['master_repl_offset']}


def commands(controller):
    """{command of the helper: seconds, and those of a processor}."""
    found = {}
    for command in COMMANDS:
        seconds, worked = zip(*(hosts.seconds_of(controller, command) for _ in range(TIMES)), strict=True)
        found[command] = {'seconds': figures.spread(seconds), 'processor_seconds': figures.spread(worked)}
    return found


def one_off(controllers):
    """The commands when a controller does not answer at all."""
    network = controllers[0].network
    ip('link set host0-2 down')
    try:
        return commands(controllers[0])
    finally:
        ip(f'link set host0-2 up master {network.bridge}')


def watching(controller, crowd):
    """{members of one group: seconds of a look at them, and those of redis' processor}."""
    found, present = {}, 0
    pid = controller.pid('redis-server')
    for level in LEVELS[1:]:
        crowd.ask('grow', [[f'agent-of-{number}', CROWD] for number in range(present, level)])
        present = level
        used = hosts.processor_seconds(controller, pid)
        seconds = crowd.ask('watch', CROWD, LOOKS)
        redis = (hosts.processor_seconds(controller, pid) - used) / LOOKS
        found[level] = {'seconds': figures.spread(seconds, 4), 'redis_processor_seconds': round(redis, 5)}
        print('  %4d agents in one group: a look takes %.4f s, redis %.5f s of it' % (
            level, found[level]['seconds']['median'], redis), flush=True)
    return found


def said(level):
    daemons = ['%s %.2f %% %.0f MB' % (name, each['processor_percent']['median'], each['megabytes']['median'])
               for name, each in level['daemons'].items()]
    return ', '.join(daemons + ['%s %.2f s' % (name, each['seconds']['median'])
                                for name, each in level['commands'].items()])


def draw(found, path):
    figures.draw(lambda *axes: plot(found['by_members'], *axes), path, columns=2)


def plot(levels, processor, memory):
    """Processor and memory of each daemon, by members."""
    numbers = [int(level) for level in levels]
    for colour, name in zip(figures.COLOURS, levels['0']['daemons'], strict=True):
        for axes, what in (processor, 'processor_percent'), (memory, 'megabytes'):
            figures.band(axes, numbers, [level['daemons'][name][what] for level in levels.values()], color=colour,
                         label=name)
    processor.set(xlabel='members, a beat a second each', title='percent of one processor')
    memory.set(xlabel='members, a beat a second each', title='megabytes')
    for axes in processor, memory:
        axes.set_ylim(bottom=0)
    processor.legend(frameon=False)

# SPDX-License-Identifier: Apache-2.0
"""Single faults, each with its repair, and the order in which a seed has them.

What a walk does depends on its seed alone: which controller has a role is found out when its step is played.
"""

import collections
import contextlib
import functools
import random

import polling
from lab import astute, cluster, network, waiting

PROCESSES = {'redis': polling.REDIS, 'sentinel': polling.SENTINEL, 'guard': polling.GUARD,
             'central agent': polling.AGENT, 'evaluator': polling.EVALUATOR}
CONTROLD = 'pacemaker-controld'

#: The controller of a role.
ROLES = {'master': lambda scene: scene.master,
         'first replica': lambda scene: scene.others(scene.master)[0],
         'last replica': lambda scene: scene.others(scene.master)[-1]}

# Seconds that a fault may last: less than Corosync's token and down-after, less than Pacemaker waits, more than both.
LASTS = (2, 8, 40)
AT_ONCE = (0,)

# How often the next fault comes only when all invariants have been right again, and after how many steps at the latest.
CHECKED, UNCHECKED = 1 / 4, 5

Move = collections.namedtuple('Move', 'fault repair play lasts roles', defaults=(AT_ONCE, tuple(ROLES)))
Move.__doc__ = """A fault and its repair, in words.

``play``, of a Scene and a host, is a context in which the fault is; its end repairs it, or waits for who does.
"""

Step = collections.namedtuple('Step', 'move role seconds checked')
Step.__doc__ = 'A move on the controller of a role, how long it lasts, and whether all invariants are asked then.'


def walk(seed):
    """The steps of a walk, one after another without an end: the same ones for the same seed."""
    chance, unchecked = random.Random(seed), 0
    while True:
        move = chance.choice(MOVES)
        role, seconds, checked = chance.choice(move.roles), chance.choice(move.lasts), chance.random() < CHECKED
        unchecked = 0 if checked else unchecked + 1
        if unchecked == UNCHECKED:
            checked, unchecked = True, 0
        yield Step(move, role, seconds, checked)


@contextlib.contextmanager
def killed(pattern, scene, host):
    """Processes are killed; Pacemaker starts others."""
    former = host.kill(pattern)
    yield
    waiting.until(lambda: set(host.pids(pattern)) - set(former), 90, f'{pattern} on {host.name} again')


@contextlib.contextmanager
def hanging(pattern, scene, host):
    """Processes hang (SIGSTOP) and go on, unless they have been ended meanwhile."""
    hung = host.kill(pattern, 'STOP')
    yield
    host.run(f'kill -CONT {" ".join(map(str, hung))}', check=False)


@contextlib.contextmanager
def frozen(scene, host):
    """A controller stands still."""
    host.freeze()
    yield
    host.thaw()
    await_online(scene, host)


@contextlib.contextmanager
def cut_off(scene, host):
    """A controller does not reach the others."""
    network.partition([host], scene.others(host))
    yield
    network.heal([host])
    await_online(scene, host)


@contextlib.contextmanager
def switched_off(end, scene, host):
    """A controller is off, by a function of the host."""
    end(host)
    yield
    host.boot()
    await_online(scene, host)


@contextlib.contextmanager
def on_standby(scene, host):
    """A controller is on standby."""
    witness = scene.others(host)[0]
    witness.run(f'crm node standby {host.fqdn}')
    waiting.until(lambda: not host.pids(PROCESSES['redis']), 90, f'the end of redis on {host.name}')
    yield
    witness.run(f'crm node online {host.fqdn}')
    waiting.until(lambda: host.pids(PROCESSES['redis']), 90, f'redis on {host.name}')


@contextlib.contextmanager
def controld_killed(scene, host):
    """The part of Pacemaker that runs the resources is killed; Pacemaker starts another."""
    with killed(CONTROLD, scene, host):
        yield
    await_online(scene, host)


@contextlib.contextmanager
def pacemaker_restarted(scene, host):
    """Pacemaker is restarted, and with it all that it runs."""
    host.run('systemctl restart pacemaker', timeout=180)
    yield
    await_online(scene, host)


@contextlib.contextmanager
def out_of_its_group(scene, host):
    """The central agent of a controller is taken out of its group; its guard sees to it."""
    master = scene.master
    scene.redis(master, f'HDEL _tooz_group:{polling.GROUP} {polling.known(host)}')
    yield
    waiting.until(lambda: len(polling.members(master)) == len(scene.controllers), 90, 'all agents are members')


@contextlib.contextmanager
def misconfigured(directive, scene, host):
    """Redis has 0 for a directive."""
    scene.redis(host, f'CONFIG SET {directive} 0')
    yield
    host.run('ceilometer-redis apply redis')


@contextlib.contextmanager
def handed_over(scene, host):
    """The master is handed over."""
    host.run('ceilometer-redis handover')
    yield
    scene.successor(host)


@contextlib.contextmanager
def deployed(scene, host):
    """Everything is deployed again, which changes nothing."""
    changed = [f'{run.task} on {run.node}' for run in astute.deploy(scene.lab, say=lambda text: None) if run.changed]
    assert not changed, f'changed: {", ".join(changed)}'
    yield


def await_online(scene, host):
    """Wait until a controller is in the cluster, as another one sees it."""
    witness = scene.others(host)[0]
    waiting.until(lambda: host.fqdn in cluster.online(witness), 90, f'{host.name} in the cluster')


MOVES = (
    *(Move(f'{name} killed', 'another runs', functools.partial(killed, pattern))
      for name, pattern in PROCESSES.items()),
    *(Move(f'{name} hangs', 'it goes on', functools.partial(hanging, pattern), LASTS)
      for name, pattern in PROCESSES.items()),
    Move('frozen', 'thawed', frozen, LASTS),
    Move('cut off', 'reachable again', cut_off, LASTS),
    Move('loses power', 'power is back', functools.partial(switched_off, lambda host: host.power_off()), LASTS),
    Move('shut down', 'switched on', functools.partial(switched_off, lambda host: host.shutdown()), LASTS),
    Move('put on standby', 'online again', on_standby, LASTS),
    Move('controld of Pacemaker killed', 'another runs', controld_killed),
    Move('Pacemaker restarted', 'in the cluster again', pacemaker_restarted),
    Move('central agent out of its group', 'a member again', out_of_its_group),
    Move('replica-priority 0', 'applied', functools.partial(misconfigured, 'slave-priority'), LASTS),
    Move('min-replicas-to-write 0', 'applied', functools.partial(misconfigured, 'min-slaves-to-write'), LASTS),
    Move('hands the master over', 'handed over', handed_over, roles=('master',)),
    # Of all controllers at once, whoever is the master.
    Move('deployed again, as are the others', 'deployed', deployed, roles=('master',)),
)

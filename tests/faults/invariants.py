# SPDX-License-Identifier: Apache-2.0
"""What holds at the end of every scenario, asked of the hosts that live.

An invariant is a function of a Scene that says what it sees wrong, sentence by sentence, and nothing when all is right.
"""

import collections
import concurrent.futures
import json
import pathlib
import time

import polling
import recorder

FACTS = pathlib.Path(__file__).with_name('facts.py')
SEARCH = pathlib.Path(__file__).with_name('search.py')
GROUPS = {polling.GROUP: polling.AGENT, 'alarm_evaluator': polling.EVALUATOR}
CHECKS = ('deployment', 'apply redis', 'apply sentinel', 'apply resources', 'apply agents')

Invariant = collections.namedtuple('Invariant', 'name within wrong')
Invariant.__doc__ = 'Its sentence, the seconds it may take until it holds, and the function.'

Verdict = collections.namedtuple('Verdict', 'name seconds wrong')
Verdict.__doc__ = 'Of one invariant: when it was seen, in seconds since the last note, and what was wrong with it.'


def store(scene):
    """One redis master takes writes, the others follow it, each sentinel names it and counts all controllers."""
    seen = recorder.latest(scene.living)
    silent = [name for name, look in seen.items() if not look]
    if silent:
        return [f'{name}: its probe says nothing' for name in silent]
    masters = [name for name, look in seen.items() if recorder.is_master(look)]
    if len(masters) != 1:
        return [f'{len(masters)} masters take writes: {", ".join(masters) or "none"}']
    address = next(host.address for host in scene.controllers if host.name == masters[0])
    count = len(scene.controllers)
    wanted = {'named': address, 'sentinels': count, 'replicas': count - 1, 'quorum': count // 2 + 1}
    wrong = [f'{name}: {field} is {look[field]}, not {value}'
             for name, look in seen.items() for field, value in wanted.items() if look[field] != value]
    return wrong + [f'{name}: redis is {look["role"]}, link {look["link"]}' for name, look in seen.items()
                    if name not in masters and (look['role'], look['link']) != ('slave', 'up')]


def groups(scene):
    """Every agent that runs is a member of its group and beats, and nobody else is."""
    master = next((host for host in scene.living if scene.redis(host, 'ROLE')[:1] == ['master']), None)
    if not master:
        return ['no redis master to ask']
    beating = {name.partition(':')[2] for name in scene.redis(master, 'KEYS _tooz_beats:*')}
    wrong = []
    for group, agent in GROUPS.items():
        grouped = {name for name in scene.redis(master, f'HKEYS _tooz_group:{group}') if not name.startswith('__')}
        running = [host.name for host in scene.living if host.pids(agent)]
        if not grouped <= beating or len(grouped) != len(running):
            wrong.append(f'{group}: agents run on {", ".join(running) or "no controller"}, members are {len(grouped)},'
                         f' {len(grouped - beating)} of them without a beat')
    return wrong


def kept(scene):
    """What redis and Sentinel would start from is what they run with."""
    configuration = scene.configuration

    def ask(host):
        answer = host.run(f'python3 - {configuration.redis} {configuration.sentinel}', check=False,
                          input=FACTS.read_text())
        if answer.returncode:
            return [answer.stderr.strip().splitlines()[-1]]
        return [f'{name}: {file} in the file, {daemon} in the daemon'
                for name, (file, daemon) in json.loads(answer.stdout).items()
                if file != daemon and name not in configuration.unsaid]
    return on_all(scene.living, ask)


def deployed(scene):
    """The plugin's own tasks would change nothing."""
    script = '\n'.join(f'said=$(ceilometer-redis {command} --check 2>&1) || echo "{command}: $said"'
                       for command in CHECKS)
    return on_all(scene.living, lambda host: host.run(script).stdout.splitlines())


def healthy(scene):
    """`ceilometer-redis check` on each host finds nothing wrong but that controllers are off which are meant to be."""
    away = {host.name for host in scene.controllers if host not in scene.living}

    def ask(host):
        found = [problem for problem in polling.status(host)['problems']
                 if problem['name'] != 'controller-offline' or problem['where'] not in away]
        code, line = polling.check(host)
        return [f'{problem["name"]}: {problem["what"]}' for problem in found] or (
            [line] if code != (1 if away else 0) else [])
    return on_all(scene.living, ask)


def secret(scene):
    """The password is on no command line, in no log, in no file that everybody may read."""
    return on_all(scene.living, lambda host: host.run('python3 -', input=SEARCH.read_text()).stdout.splitlines())


def on_all(hosts, ask):
    """What is wrong on each host, asked of all at once."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = zip(hosts, pool.map(ask, hosts))
        return [f'{host.name}: {line}' for host, wrong in answers for line in wrong]


STORE = Invariant('one master, named and followed by all', 45, store)
MEMBERS = Invariant('the members are the agents that run', 70, groups)
KEPT = Invariant('what is kept is what runs', 10, kept)
ON_HOSTS = (
    KEPT,
    Invariant('nothing is left to deploy', 30, deployed),
    Invariant('the check finds nothing wrong', 60, healthy),
    Invariant('the password is nowhere to be read', 0, secret),
)


def judge(invariant, scene):
    """Wait until an invariant holds, as long as it may take; the Verdict."""
    deadline = scene.deadline(time.time() + invariant.within)
    while True:
        wrong = invariant.wrong(scene)
        if not wrong or time.time() > deadline:
            return Verdict(invariant.name, time.time() - scene.noted, wrong)
        time.sleep(1)

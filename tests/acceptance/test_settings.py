# SPDX-License-Identifier: Apache-2.0
"""Settings that are changed in a deployed environment: each reaches every daemon, and the store stays up meanwhile."""

import pytest

from lab import astute, master, waiting
from lab.failure import Failure
from polling import AGENT, EVALUATOR, GUARD, pids, status

DAEMONS = ('redis-server .*:6379', 'redis-server .*sentinel')


@pytest.fixture
def saved(settled):
    """The settings as they are, by name; whatever the test makes of them, they are deployed again when it ends."""
    before = settings(settled)
    yield before
    if settings(settled) != before:
        astute.deploy(settled, before)


class Secret(str):
    """A password, which a failing test does not show."""

    def __repr__(self):
        return '<a password>'


def settings(lab):
    group = master.api(lab.master, 'clusters/1/attributes')['editable'][master.PLUGIN]
    values = {name: attribute['value'] for name, attribute in group['metadata']['versions'][0].items()
              if name != 'metadata'}
    return {**values, 'redis_password': Secret(values['redis_password'])}


def sentinel(host, command):
    """What a controller's sentinel answers, as a dictionary of its pairs."""
    lines = host.run(f'redis-cli -h {host.address} -p 26379 sentinel {command} ceilometer-redis').stdout.split('\n')
    return dict(zip(lines[::2], lines[1::2]))


def epochs(lab):
    return {sentinel(host, 'master')['config-epoch'] for host in lab.controllers}


def downs(lab):
    """How often each sentinel has taken a server or another sentinel for down."""
    count = 'grep --count "[+]sdown" /var/log/redis/redis-sentinel.log'
    return {host.name: int(host.run(count, check=False).stdout) for host in lab.controllers}


def deployment_changes_nothing(lab, settings=None):
    return [(run.task, run.node) for run in astute.deploy(lab, settings) if run.changed] == []


def test_another_down_after_reaches_every_sentinel_and_restarts_nothing(settled, saved, visible):
    lab = settled
    before, agents = undisturbed(lab), pids(lab, GUARD, AGENT, EVALUATOR)
    with visible():
        astute.deploy(lab, {'down_after': '7'})
    assert {sentinel(host, 'master')['down-after-milliseconds'] for host in lab.controllers} == {'7000'}
    assert (undisturbed(lab), pids(lab, GUARD, AGENT, EVALUATOR)) == (before, agents)
    assert deployment_changes_nothing(lab)
    victim = lab.controllers[1]
    killed = victim.kill(DAEMONS[1])
    waiting.until(lambda: victim.pids(DAEMONS[1]) not in ([], killed), 60, 'the sentinel again')
    waiting.until(lambda: status(victim)['problems'] == [], 60, 'a healthy store')
    assert sentinel(victim, 'master')['down-after-milliseconds'] == '7000'


def test_another_port_is_refused_by_its_name_and_nothing_is_changed(settled, saved):
    lab = settled
    before, agents = undisturbed(lab), pids(lab, GUARD, AGENT, EVALUATOR)
    with pytest.raises(Failure, match='ceilometer-redis deployment'):
        astute.deploy(lab, {'redis_port': '16379'})
    assert 'redis_port must be 6379, the port in ' in lab.controllers[0].run('cat /var/log/puppet.log').stdout
    assert deployment_changes_nothing(lab, {'redis_port': saved['redis_port']})
    assert (undisturbed(lab), pids(lab, GUARD, AGENT, EVALUATOR)) == (before, agents)


def undisturbed(lab):
    """What stays the same unless a daemon was restarted, moved or taken for down."""
    return {'pids': pids(lab, *DAEMONS), 'master': status(lab.controllers[0])['master'], 'epochs': epochs(lab),
            'downs': downs(lab)}

# SPDX-License-Identifier: Apache-2.0
"""The alarm evaluators share the alarms: each alarm is evaluated once per cycle, by one of them, whoever ends."""

import calendar
import re
import time

import pytest

from ceilometer_redis.audit import judge, samples
from lab import astute, cluster, waiting
from polling import EVALUATOR, WRITTEN, await_rest, members, pass_time

GROUP = 'alarm_evaluator'
ALARMS = 40
INTERVAL = 10  # seconds, as in aodh.conf
# What evaluators of either era log: when, and which alarm.
EVALUATED = re.compile(r'(\S+ [\d:]+)\.(\d{3}) .*\bevaluating alarm (\S+)', re.IGNORECASE)
# By aodh's own code, as its API is not on the lab. Alarms for the turn of the year alone are evaluated without asking
# another service for anything.
CREATE = '''
import datetime, sys, uuid
from aodh import service, storage
from aodh.storage import models

now = datetime.datetime.utcnow()
connection = storage.get_connection_from_config(service.prepare_service([]))
for number in range(int(sys.argv[1])):
    fields = dict(
        alarm_id=str(uuid.uuid4()), name='alarm-%d' % number, type='gnocchi_resources_threshold', enabled=True,
        description='', timestamp=now, user_id='lab', project_id='lab', state='ok', state_timestamp=now,
        state_reason='', ok_actions=[], alarm_actions=[], insufficient_data_actions=[], repeat_actions=False, rule={},
        severity='low', evaluate_timestamp=now,
        time_constraints=[dict(name='never', description='', start='0 0 1 1 *', duration=1, timezone='')])
    known = models.Alarm.__init__.__code__.co_varnames
    connection.create_alarm(models.Alarm(**dict((name, fields[name]) for name in fields if name in known)))
'''


@pytest.fixture(scope='module')
def alarms(deployed, guarded):
    """There are alarms in the database that the evaluators share."""
    await_rest(deployed, guarded)
    # With the Python that the evaluators run on.
    deployed.controllers[0].run(f"$(sed -n '1s/^#!//p' /usr/bin/aodh-evaluator) - {ALARMS}", input=CREATE)
    yield
    deployed.services.run("mariadb aodh --execute 'DELETE FROM alarm'")
    # It lists the evaluator that was killed as failed.
    deployed.controllers[0].run('crm_resource --cleanup')


@pytest.fixture(autouse=True)
def shared(lab, alarms):
    """Every controller's evaluator is a member, and knows the others."""
    await_evaluators(lab, len(lab.controllers))
    pass_time(time.time() + INTERVAL)


def await_evaluators(lab, count):
    """Wait until so many evaluators are members; when that was."""
    waiting.until(lambda: len(members(lab.controllers[0], GROUP)) == count, 90, f'{count} members of {GROUP}', 1)
    return time.time()


def evaluations(lab):
    """Every evaluation that an evaluator has logged, as the audit reads a poll."""
    found = []
    for host in lab.controllers:
        lines = host.run('cat /var/log/aodh/aodh-evaluator.log').stdout.splitlines()
        for match in filter(None, map(EVALUATED.match, lines)):
            date, milliseconds, alarm = match.groups()
            seconds = calendar.timegm(time.strptime(date, '%Y-%m-%d %H:%M:%S')) + int(milliseconds) / 1000
            found.append(samples.Sample((host.name, match.string), seconds, samples.Poll('alarm', alarm, host.fqdn)))
    return found


def cycles(lab, count, since):
    """The audit's report of at least so many whole cycles from a moment on; waits until they are over."""
    until = since + (count + 1) * INTERVAL
    pass_time(until + WRITTEN)
    return judge.judge(evaluations(lab), INTERVAL, since, until, ALARMS)


def evaluators(report):
    return {host for cycle in report['cycles'] for host in cycle['by']}


def test_each_alarm_is_evaluated_once_per_cycle_by_one_of_several_evaluators(lab):
    report = cycles(lab, 6, time.time())
    assert len(report['cycles']) >= 6
    assert report['exactly_once'], report
    assert len(evaluators(report)) > 1


def test_the_alarms_of_an_evaluator_that_was_killed_are_shared_by_the_others_and_with_its_successor(lab, measured):
    victim = lab.controllers[1]
    with cluster.unattended(lab.controllers[0]):
        killed = time.time()
        victim.kill(EVALUATOR)
        ended = await_evaluators(lab, len(lab.controllers) - 1)
        measured('evaluator killed: membership ended after', ended - killed)
        report = cycles(lab, 3, ended + INTERVAL)
        assert report['exactly_once'], report
        assert victim.fqdn not in evaluators(report)
    # Its successor evaluates for the first time an interval after it has started.
    report = cycles(lab, 3, await_evaluators(lab, len(lab.controllers)) + 2 * INTERVAL)
    assert report['exactly_once'], report


@pytest.mark.long
def test_the_evaluator_is_fuels_again_without_its_role_and_shares_the_alarms_when_it_has_it_again(lab, visible):
    first, resource = lab.controllers[0], 'p_aodh-evaluator'
    with visible():
        astute.deploy(lab, {'coordinate_alarms': False})
        again = [(run.task, run.node) for run in astute.deploy(lab) if run.changed]
    running = cluster.running_on(first, resource)
    assert (len(running), again) == (1, [])
    for host in lab.controllers:
        assert bool(host.pids(EVALUATOR)) == (host.fqdn in running)
        assert 'backend_url' not in host.run('cat /etc/aodh/aodh.conf').stdout
    assert 'clone_p_aodh-evaluator' not in first.run('cibadmin --query --scope constraints').stdout
    since = time.time() + 2 * INTERVAL
    report = cycles(lab, 3, since)
    assert report['exactly_once'], report
    with visible():
        astute.deploy(lab, {'coordinate_alarms': True})
    report = cycles(lab, 3, await_evaluators(lab, len(lab.controllers)) + 3 * INTERVAL)
    assert report['exactly_once'], report
    assert len(evaluators(report)) > 1

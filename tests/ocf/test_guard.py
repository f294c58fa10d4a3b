# SPDX-License-Identifier: Apache-2.0
"""What the agent guard does: the daemon beside Ceilometer's agents, of which a namespace has none."""

import json
import os
import re
import signal
import stat
import xml.etree.ElementTree as ElementTree

import pytest

from ceilometer_redis.pacemaker import clones, guard
from controller import ERROR, NOT_INSTALLED, NOT_RUNNING, OK, TIMEOUTS, UNIMPLEMENTED, wait

AGENT = 'guard'
RUN = '/run/ceilometer-redis-guard'
STATE = RUN + '/guard.json'
TAKEN, GIVEN = (f'attrd_updater --name {guard.TURN} --update {value}' for value in (0, 1))

pytestmark = pytest.mark.any_redis


def guards(controller):
    return controller.processes('ceilometer-redis guard')


def looked(controller):
    return json.loads(controller.read(STATE))['uptime']


def uptime():
    with open('/proc/uptime') as text:
        return float(text.read().split()[0])


def test_it_runs_from_its_start_to_its_stop_and_takes_the_turn_away(controller):
    assert controller.act(AGENT, 'monitor').code == NOT_RUNNING
    began = uptime()
    controller.start(AGENT)
    assert looked(controller) >= began - 1
    pid, = guards(controller)
    assert controller.act(AGENT, 'monitor').code == OK
    for path in STATE, RUN + '/guard.err':
        assert stat.S_IMODE(os.stat(controller.path(path)).st_mode) == 0o600
    controller.start(AGENT)
    assert list(guards(controller)) == [pid]
    stop = controller.act(AGENT, 'stop')
    assert (stop.code, guards(controller), controller.calls()[-1]) == (OK, {}, TAKEN)
    assert stop.seconds < 8, 'it is told to end before it is killed'
    assert controller.act(AGENT, 'monitor').code == NOT_RUNNING
    assert controller.act(AGENT, 'stop').code == OK


def test_a_start_waits_for_its_own_first_look_and_keeps_what_is_known(controller):
    """Not for one that another guard left behind."""
    controller.shell(f'mkdir {RUN}')
    controller.write(STATE, '{\n  "uptime": 1\n}')
    controller.write(RUN + '/repairs.json', '{"x": {"count": 1, "time": 2}}')
    began = uptime()
    controller.start(AGENT)
    assert looked(controller) >= began - 1
    assert controller.act(AGENT, 'monitor').code == OK
    assert json.loads(controller.read(RUN + '/repairs.json')) == {'x': {'count': 1, 'time': 2}}


def test_its_turn_is_given_when_the_store_takes_writes(controller):
    controller.start('redis-server', 'redis-sentinel', AGENT)
    wait(lambda: GIVEN in controller.calls())


@pytest.mark.alone
def test_one_that_has_not_looked_for_a_minute_is_an_error_and_ends_by_force(controller):
    controller.start(AGENT)
    pid, = guards(controller)
    controller.signal(pid, signal.SIGSTOP)
    for silence, code in ((55, OK), (61, ERROR)):
        controller.write(STATE, '{\n  "agents": {},\n  "uptime": %.2f\n}' % (uptime() - silence))
        monitor = controller.act(AGENT, 'monitor')
        assert monitor.code == code
    reason, = monitor.reasons
    assert re.fullmatch(rf'the guard \(pid {pid}\) has not looked at the agents for 6[12] s, '
                        'see ceilometer-redis-guard in syslog', reason)
    start = controller.act(AGENT, 'start')
    assert start.code == OK
    assert 10 < start.seconds < TIMEOUTS[AGENT]['stop'], 'it ends the old one, as a stop does'
    new, = guards(controller)
    assert new != pid
    assert controller.act(AGENT, 'monitor').code == OK


def test_one_without_a_look_is_an_error(controller):
    controller.start(AGENT)
    pid, = guards(controller)
    controller.signal(pid, signal.SIGSTOP)
    controller.shell(f'rm {STATE}')
    monitor = controller.act(AGENT, 'monitor')
    assert monitor.code == ERROR
    assert monitor.reasons == [f'the guard (pid {pid}) has not looked at the agents yet, '
                               'see ceilometer-redis-guard in syslog']


def test_one_that_was_killed_is_not_running(controller):
    controller.start(AGENT)
    pid, = guards(controller)
    controller.signal(pid, signal.SIGKILL)
    wait(lambda: not guards(controller))
    assert controller.act(AGENT, 'monitor').code == NOT_RUNNING
    controller.start(AGENT)
    assert controller.act(AGENT, 'monitor').code == OK


def test_another_users_process_with_its_words_means_nothing(controller):
    words = 'x /usr/local/bin/ceilometer-redis guard'
    pid = int(controller.shell('setpriv --reuid=redis --regid=redis --clear-groups bash -c '
                               f'"exec -a \'{words}\' sleep 300" >/dev/null 2>&1 & echo $!'))
    wait(lambda: pid in guards(controller))
    assert controller.act(AGENT, 'monitor').code == NOT_RUNNING
    assert controller.act(AGENT, 'stop').code == OK
    controller.start(AGENT)
    assert pid in guards(controller)


def test_one_is_found_whatever_became_of_its_files(controller):
    controller.start(AGENT)
    pid, = guards(controller)
    controller.shell(f'rm -r {RUN}')
    assert controller.act(AGENT, 'monitor').code == ERROR
    controller.start(AGENT)
    assert len(guards(controller)) == 1
    assert pid not in guards(controller)
    controller.shell(f'rm -r {RUN}')
    assert (controller.act(AGENT, 'stop').code, guards(controller)) == (OK, {})


@pytest.fixture
def small_run(controller):
    """The guard's directory has room for four pages, of which nothing is left when this fills it."""
    controller.shell(f'mkdir {RUN}; mount -t tmpfs -o size=16k small {RUN}')
    yield lambda: controller.shell(f'head -c 100000 /dev/zero >{RUN}/others 2>/dev/null || true')
    controller.shell(f'umount --lazy {RUN}')


def test_a_full_run_is_the_reason_of_a_start_that_leaves_nothing_behind(controller, small_run):
    small_run()
    start = controller.act(AGENT, 'start')
    assert (start.code, start.seconds < 5, guards(controller)) == (ERROR, True, {})
    reason, = start.reasons
    assert re.fullmatch(f'fallocate: .*{STATE}: .*No space left on device|fallocate: .*No space left on device', reason)
    controller.shell(f'rm {RUN}/others')
    controller.start(AGENT)


def test_a_run_that_is_full_by_now_ends_no_guard_and_hinders_no_restart(controller, small_run):
    controller.start(AGENT)
    small_run()
    before = looked(controller)
    wait(lambda: looked(controller) > before)
    pid, = guards(controller)
    controller.signal(pid, signal.SIGKILL)
    wait(lambda: not guards(controller))
    controller.start(AGENT)
    assert controller.act(AGENT, 'monitor').code == OK


def test_a_run_that_cannot_be_written_is_the_reason_of_a_start(controller):
    controller.shell(f'mkdir {RUN}; mount -t tmpfs -o ro small {RUN}')
    try:
        start = controller.act(AGENT, 'start')
    finally:
        controller.shell(f'umount --lazy {RUN}')
    assert (start.code, guards(controller)) == (ERROR, {})
    assert start.reasons == [f"touch: cannot touch '{RUN}/guard.err': Read-only file system"]


def test_one_that_ends_at_once_fails_the_start(controller):
    controller.shell('rm /etc/ceilometer-redis/deployment.yaml')
    start = controller.act(AGENT, 'start')
    assert start.code == ERROR
    assert start.seconds < TIMEOUTS[AGENT]['start'] / 2
    assert start.reasons == ['the guard has ended at once: '
                             '/etc/ceilometer-redis/deployment.yaml must be a file that can be read: '
                                 'No such file or directory']


def test_one_that_says_nothing_when_it_ends_at_once_is_looked_up_in_syslog(controller):
    controller.replace_helper('')
    start = controller.act(AGENT, 'start')
    assert (start.code, start.reasons) == (
        ERROR, ['the guard has ended at once: see ceilometer-redis-guard in syslog'])


def test_one_that_cannot_be_started_fails_the_start(controller):
    controller.shell('mv /usr/sbin/start-stop-daemon /mnt/away')
    controller.replace('/usr/sbin/start-stop-daemon', 'echo start-stop-daemon: no more processes >&2; exit 2')
    start = controller.act(AGENT, 'start')
    controller.shell('mv /mnt/away /usr/sbin/start-stop-daemon')
    assert (start.code, start.reasons) == (
        ERROR, ['the guard does not start: start-stop-daemon: no more processes'])
    assert start.seconds < 3


@pytest.mark.parametrize('updater', ['', "trap '' TERM; sleep 40; sleep 40"], ids=['missing', 'hangs'])
def test_a_turn_that_cannot_be_taken_away_keeps_nobody_from_stopping(controller, updater):
    controller.start(AGENT)
    controller.shell('mv /usr/sbin/attrd_updater /mnt/away')
    if updater:
        controller.replace('/usr/sbin/attrd_updater', updater)
    stop = controller.act(AGENT, 'stop')
    controller.shell('mv /mnt/away /usr/sbin/attrd_updater')
    assert (stop.code, guards(controller)) == (OK, {})
    assert f'stop: the attribute {guard.TURN} stays' in stop.said


def test_a_node_without_the_helper_cannot_have_one(controller):
    controller.shell('rm /usr/local/bin/ceilometer-redis')
    for action in ('validate-all', 'start'):
        refused = controller.act(AGENT, action)
        assert (refused.code, refused.reasons) == (
            NOT_INSTALLED, ['/usr/local/bin/ceilometer-redis is missing: deploy the plugin again'])
    assert [controller.act(AGENT, action).code for action in ('monitor', 'stop')] == [NOT_RUNNING, OK]


def test_a_helper_that_is_there_is_all_it_needs(controller):
    assert controller.act(AGENT, 'validate-all').code == OK


def test_meta_data_are_valid_and_say_what_the_primitive_has(controller):
    said = controller.act(AGENT, 'meta-data')
    assert said.code == OK
    root = ElementTree.fromstring(said.said)
    assert (root.get('name'), root.findall('parameters/parameter')) == (AGENT, [])
    actions = {action.get('name'): action.attrib for action in root.findall('actions/action')}
    assert set(actions) == set(TIMEOUTS[AGENT])
    for name, interval, timeout in clones.OPERATIONS[AGENT]:
        assert (name, actions[name]['timeout'], actions[name].get('interval', '0')) == (name, timeout, interval)


def test_an_action_it_does_not_have_is_unimplemented(controller):
    usage = 'usage: guard start|stop|monitor|validate-all|meta-data\n'
    for action in ('promote', 'notify', ''):
        said = controller.act(AGENT, action)
        assert (said.code, said.said) == (UNIMPLEMENTED, usage)
    for action in ('usage', 'help'):
        said = controller.act(AGENT, action)
        assert (said.code, said.said) == (OK, usage)

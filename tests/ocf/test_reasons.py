# SPDX-License-Identifier: Apache-2.0
"""Why an action failed, as crm_mon shows it: the exit reason, one line that needs no log to be understood.

Those of what a single agent does are in its own file.
"""

import re

import pytest

from controller import CONF, ERROR, NOT_INSTALLED, NOT_RUNNING, OK, PASSWORD

HELPER = '/usr/local/bin/ceilometer-redis'
RUN = {'redis-server': '/run/ceilometer-redis', 'redis-sentinel': '/run/ceilometer-redis',
       'guard': '/run/ceilometer-redis-guard'}

#: What Pacemaker tells an agent of the monitor that it repeats, and of the one by which it finds out what runs.
REPEATED, PROBE = ({'OCF_RESKEY_CRM_meta_interval': interval} for interval in ('10000', '0'))

#: Bytes that are no text in any encoding that Pacemaker knows, before what can be read.
BYTES = r"printf '\377\200\033[1m\000no memory\n'"


@pytest.fixture(params=list(CONF))
def agent(request, controller):
    """An agent whose server is a replica, which waits for no successor when its data seem to be broken."""
    controller.replace_helper('echo 192.0.2.1 6379')
    return request.param


@pytest.fixture(params=list(RUN))
def any_agent(request, controller):
    controller.replace_helper('echo 192.0.2.1 6379')
    return request.param


def reason_of(controller, agent, action='start', code=ERROR, **settings):
    """The only one that an action gives, which fails with this code."""
    done = controller.act(agent, action, **settings)
    assert done.code == code, done
    reason, = done.reasons
    assert PASSWORD not in reason
    return reason


def configure(controller, agent, *lines):
    """Put lines behind both of a daemon's files."""
    for path in CONF[agent], CONF[agent].replace('/redis/', '/'):
        controller.write(path, controller.read(path) + ''.join(line + '\n' for line in lines))


def test_a_log_that_cannot_be_written(controller, agent):
    configure(controller, agent, 'logfile /etc/ceilometer-redis/daemon.log')
    assert re.fullmatch(f"{agent} does not start with (line \\d+ of )?{CONF[agent]}: "
                        "Can't open the log file: Permission denied", reason_of(controller, agent))


def test_a_directive_that_the_daemon_does_not_know(controller, agent):
    """Without the directive's value: it may be a password."""
    configure(controller, agent, f'requirepas {PASSWORD}')
    line = len(controller.read(CONF[agent]).splitlines())
    assert reason_of(controller, agent) == (f'{agent} does not start with line {line} of {CONF[agent]}: '
                                            'Bad directive or wrong number of arguments')


@pytest.mark.any_redis
def test_a_user_that_there_is_not(controller, agent):
    controller.shell("sed -i 's/^redis:/gone:/' /etc/passwd")
    try:
        assert reason_of(controller, agent) == "chown: invalid user: 'redis:redis'"
    finally:
        controller.shell("sed -i 's/^gone:/redis:/' /etc/passwd")


@pytest.mark.any_redis
def test_a_directory_for_pid_files_that_cannot_be_made(controller, any_agent):
    controller.write(RUN[any_agent], '')
    assert reason_of(controller, any_agent) == f"mkdir: cannot create directory '{RUN[any_agent]}': File exists"


@pytest.mark.any_redis
def test_a_configuration_that_cannot_be_made_anew(controller, agent):
    controller.shell(f'rm {CONF[agent]}; mkdir -p {CONF[agent]}.made/directory')
    assert reason_of(controller, agent) == f"rm: cannot remove '{CONF[agent]}.made': Is a directory"


@pytest.mark.any_redis
def test_what_does_not_run_any_more_is_no_failure_of_a_probe(controller, any_agent):
    where = 'ceilometer-redis-guard in syslog for what it ended for' if any_agent == 'guard' else (
        f'/var/log/redis/{any_agent}.log')
    who = 'the guard' if any_agent == 'guard' else any_agent
    repeated = reason_of(controller, any_agent, 'monitor', NOT_RUNNING, **REPEATED)
    assert repeated == f'{who} does not run, see {where}'
    probe = controller.act(any_agent, 'monitor', **PROBE)
    assert (probe.code, probe.said) == (NOT_RUNNING, '')


@pytest.mark.any_redis
def test_an_error_that_the_daemon_answers(controller, agent):
    controller.start(agent)
    answer = 'MISCONF Redis is configured to save RDB snapshots'
    controller.replace('/usr/bin/redis-cli', f"echo OK; echo '{answer}'")
    assert reason_of(controller, agent, 'monitor') == f'{agent} (pid {controller.pid(agent)}) answers: {answer}'


@pytest.mark.any_redis
def test_bytes_that_are_no_text(controller, agent):
    controller.replace('/usr/bin/redis-server', f'{BYTES} >&2; exit 1')
    assert reason_of(controller, agent) == f'{agent} does not start with {CONF[agent]}: ???[1mno memory', 'no NUL'
    log = f'/var/log/redis/{agent}.log'
    controller.replace('/usr/bin/redis-server', f'[ "$1" = --version ] || {BYTES} >>{log}')
    assert reason_of(controller, agent) == f'{agent} has ended at once, see {log}: ???[1m?no memory'


@pytest.mark.any_redis
def test_the_log_is_read_as_its_user(controller, agent):
    """Who breaks into redis could name any file as its log, and crm_mon shows everybody what is read from it."""
    log = f'/var/log/redis/{agent}.log'
    controller.replace('/usr/bin/redis-server', f'ln -sf /etc/shadow {log}')
    assert reason_of(controller, agent) == f'{agent} has ended at once, see {log}'


@pytest.mark.any_redis
def test_a_log_of_a_start_before_is_no_reason(controller, agent):
    log = f'/var/log/redis/{agent}.log'
    controller.write(log, 'all is well\n')
    controller.shell(f'chown redis {log}')
    controller.replace('/usr/bin/redis-server', '')
    assert reason_of(controller, agent) == f'{agent} has ended at once, see {log}'


def test_a_start_that_mends_what_it_finds_gives_none(controller, agent):
    """Pacemaker keeps the reason of an action whatever came of it."""
    controller.shell(f'cp -a {HELPER} /mnt/helper; install /mnt/made/packed {HELPER}')
    controller.start('redis-server', agent)
    if agent == 'redis-server':
        controller.redis().slaveof(controller.address, 6379)
    else:
        controller.sentinel().execute_command('sentinel', 'remove', 'ceilometer-redis')
    start = controller.act(agent, 'start')
    assert (start.code, start.reasons) == (OK, [])
    assert 'start: ' + agent in start.said, 'the log has why it was ended'


@pytest.mark.any_redis
def test_it_fits_what_pacemaker_keeps(controller, any_agent):
    """Its executor cuts a reason after 128 characters; what the plugin itself says is shorter."""
    controller.shell('rm -r /etc/ceilometer-redis')
    for settings in (REPEATED, PROBE):
        for action in ('start', 'monitor', 'validate-all'):
            for reason in controller.act(any_agent, action, **settings).reasons:
                assert len(reason) <= 128, reason


@pytest.mark.any_redis
def test_older_functions_log_it(controller, any_agent):
    """resource-agents has exit reasons since 3.9.6, and Ubuntu 14.04 has 3.9.3."""
    controller.shell(f'rm {HELPER}; mkdir -p /mnt/older')
    controller.write('/mnt/older/ocf-shellfuncs', """\
OCF_FUNCTIONS_DIR=/usr/lib/ocf/lib/heartbeat
. "$OCF_FUNCTIONS_DIR/ocf-shellfuncs"
unset -f ocf_exit_reason
""")
    refused = controller.act(any_agent, 'start', OCF_FUNCTIONS_DIR='/mnt/older')
    assert (refused.code, refused.reasons) == (NOT_INSTALLED, [])
    assert f'ERROR: start: {HELPER} is missing: deploy the plugin again' in refused.said

# SPDX-License-Identifier: Apache-2.0
"""Which processes are an agent: real ones, all with an agent's words."""

import os
import pwd
import subprocess
import time

import pytest

from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import processes, supervisor
from ceilometer_redis.pacemaker import tools
from waiting import wait

SERVICE = 'ceilometer-agent-central'
#: Those of an agent, for this one of pytest-xdist's workers, which share a host.
WORDS = 'ceilometer-polling-%d' % os.getpid()


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A host that has neither pid files nor systemd nor upstart; the agents' user is that of the test."""
    for name in ('PID_FILES', 'SYSTEMD', 'JOBS'):
        monkeypatch.setattr(supervisor, name, str(tmp_path / name))
    monkeypatch.setattr(supervisor, 'UNITS', (str(tmp_path / 'units'),))
    monkeypatch.setitem(processes.PROGRAMS, SERVICE, WORDS)
    return tmp_path


@pytest.fixture
def start():
    """Start a process with the words of an agent, or something that becomes one; ends them after the test."""
    started = []

    def begin(*command, **options):
        started.append(subprocess.Popen(command or ('bash', '-c', 'exec -a %s sleep 60' % WORDS), **options))
        return started[-1]
    yield begin
    for each in started:
        if each.poll() is None:
            each.kill()
        each.wait()


def pids(supervisors=None):
    found = (supervisors or supervisor.Supervisors({})).living([SERVICE])[SERVICE]
    return sorted(process.pid for process in found)


def all_pids():
    return sorted(process.pid for process in processes.of_services([SERVICE])[SERVICE])


def write_pid(host, content):
    folder = host / 'PID_FILES' / SERVICE
    if not folder.is_dir():
        folder.mkdir(parents=True)
    path = folder / (SERVICE + '.pid')
    if content is not None:
        path.write_text(u'%s' % content)
    return path


def test_it_is_what_the_pid_file_of_pacemakers_agent_names_and_what_that_started(host, start):
    main = start('bash', '-c', '(exec -a %s sleep 60) & exec -a %s sleep 61' % (WORDS, WORDS), preexec_fn=os.setsid)
    other = start()
    wait(lambda: len(all_pids()) >= 3)
    write_pid(host, main.pid)
    try:
        own = pids()
        assert main.pid in own and other.pid not in own and len(own) == 2
    finally:
        os.killpg(main.pid, 9)


@pytest.mark.parametrize('content', [None, '', 'x', '1', '-1', '99999999', '1' * 100, '0'])
def test_a_pid_file_that_names_no_agent_is_the_word_that_none_runs(host, start, content):
    start()
    wait(all_pids)
    write_pid(host, content)
    found = supervisor.Supervisors({})
    assert (pids(found), found.unsupervised) == ([], set())


@pytest.mark.parametrize('make', [os.mkfifo, os.mkdir, lambda path: os.symlink('/dev/zero', path)])
def test_what_is_in_place_of_a_pid_file_is_not_waited_for(host, start, make):
    start()
    wait(all_pids)
    make(str(write_pid(host, None)))
    assert pids() == []


def test_a_main_process_stays_the_agent_when_its_pid_file_is_removed_until_another_is_named(host, start):
    first, second = start(), start()
    wait(lambda: len(all_pids()) >= 2)
    found, path = supervisor.Supervisors({}), write_pid(host, first.pid)
    assert pids(found) == [first.pid]
    path.unlink()
    assert pids(found) == [first.pid]
    write_pid(host, second.pid)
    assert pids(found) == [second.pid]
    second.kill()
    second.wait()
    assert pids(found) == []


def test_the_pid_file_and_the_user_are_those_of_the_primitive(host, start, monkeypatch, tmp_path):
    agent = start()
    wait(all_pids)
    (tmp_path / 'own.pid').write_text(u'%d\n' % agent.pid)
    cib = '<cib><configuration><crm_config/><nodes/><resources><primitive id="p_x"><instance_attributes id="i">' \
          '<nvpair id="1" name="pid" value="%s"/><nvpair id="2" name="user" value="%s"/></instance_attributes>' \
          '</primitive></resources><constraints/></configuration><status/></cib>'
    monkeypatch.setattr(tools, 'run', lambda command, **_: (
        cib % (tmp_path / 'own.pid', pwd.getpwuid(os.getuid()).pw_name)).encode('ascii'))
    found = supervisor.parameters({'p_x': {'service': SERVICE}, 'p_y': {'service': 'aodh-evaluator'}})
    assert sorted(found) == [SERVICE]
    assert pids(supervisor.Supervisors(found)) == [agent.pid]

    def refuse(command, **_):
        raise NotDone('cibadmin: no connection')
    monkeypatch.setattr(tools, 'run', refuse)
    assert supervisor.parameters({'p_x': {'service': SERVICE}}) == {}


@pytest.mark.skipif(os.getuid() != 0, reason='only root becomes another user')
def test_a_users_own_process_never_is(host, start):
    def become_nobody():
        os.setgid(65534)
        os.setuid(65534)
    foreign = start(preexec_fn=become_nobody)
    wait(all_pids)
    found = supervisor.Supervisors({})
    assert foreign.pid not in pids(found)
    assert found.unsupervised == set([SERVICE])
    write_pid(host, foreign.pid)
    assert pids() == []
    path = write_pid(host, start().pid)
    os.chown(str(path), 65534, 65534)
    assert pids() == []


@pytest.mark.parametrize('group, is_ours', [
    ('/system.slice/ceilometer-agent-central.service', True),
    ('/system.slice/ceilometer-agent-central.service/workers', True),
    ('/openstack.slice/openstack-polling.slice/ceilometer-agent-central.service', True),
    ('/system.slice/ceilometer-agent-central-2.service', False),
    ('/system.slice/my-polling.service', False),
    ('/user.slice/user-1000.slice/user@1000.service/system.slice/ceilometer-agent-central.service', False),
    ('/user.slice/user-1000.slice/session-3.scope', False),
    ('/system.slice/docker-0123.scope/system.slice/ceilometer-agent-central.service', False),
    ('/machine.slice/x.scope/system.slice/ceilometer-agent-central.service', False),
    ('/ceilometer-agent-central.service', False),
    ('', False),
])
@pytest.mark.parametrize('root', ['', '/lab.slice/node-1.service'])
def test_it_is_what_is_in_the_control_group_of_its_unit(host, start, monkeypatch, root, group, is_ours):
    (host / 'SYSTEMD').mkdir()
    (host / 'units').mkdir()
    (host / 'units' / (SERVICE + '.service')).write_text(u'')
    agent = start()
    wait(all_pids)
    monkeypatch.setattr(processes, 'control_group', lambda pid: root + ('/init.scope' if pid == 1 else group))
    assert (agent.pid in pids()) is is_ours


@pytest.mark.parametrize('lines, group', [
    ('0::/system.slice/x.service\n', '/system.slice/x.service'),
    ('12:pids:/a\n1:name=systemd:/system.slice/x.service\n0::/\n', '/system.slice/x.service'),
    ('4:memory:/a:b\n', ''),
    ('', ''),
])
def test_a_control_group_is_systemds(monkeypatch, tmpdir, lines, group):
    path = tmpdir.join('cgroup')
    path.write(lines)
    monkeypatch.setattr(processes, 'open', lambda *_: open(str(path), 'rb'), raising=False)
    assert processes.control_group(4711) == group


def test_it_is_what_upstart_says_who_is_asked_once(host, start, monkeypatch, tmp_path):
    (host / 'JOBS').mkdir()
    (host / 'JOBS' / (SERVICE + '.conf')).write_text(u'')
    job = start()
    start()
    wait(lambda: len(all_pids()) >= 2)
    command, asked = tmp_path / 'initctl', tmp_path / 'asked'
    command.write_text(u'#!/bin/sh\necho $* >>%s\necho "$2 start/running, process %d"\n' % (asked, job.pid))
    command.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    found = supervisor.Supervisors({})
    assert [pids(found) for _ in range(3)] == [[job.pid]] * 3
    assert asked.read_text() == 'status %s\n' % SERVICE
    command.write_text(u'#!/bin/sh\necho "$2 stop/waiting"\n')
    job.kill()
    job.wait()
    assert pids(found) == []


def test_an_upstart_that_hangs_names_nobody(monkeypatch, tmp_path):
    command = tmp_path / 'initctl'
    command.write_text(u'#!/bin/sh\nsleep 30\n')
    command.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(supervisor, 'PATIENCE', 1)
    before = time.time()
    assert supervisor.pid_of_job(SERVICE) is None
    assert time.time() - before < 5


def test_where_no_supervisor_has_a_word_the_user_and_an_executable_of_roots_count(host, start, tmp_path):
    usual = start()
    program = tmp_path / 'sleep'
    subprocess.check_call(['cp', '/bin/sleep', str(program)])
    own = start('bash', '-c', 'exec -a %s %s 60' % (WORDS, program))
    if os.getuid() == 0:
        os.chown(str(program), 65534, 65534)
    wait(lambda: len(all_pids()) >= 2)
    found = supervisor.Supervisors({})
    assert usual.pid in pids(found) and own.pid not in pids(found)
    assert found.unsupervised == set([SERVICE])


@pytest.mark.skipif(os.getuid() != 0, reason='only root makes namespaces')
@pytest.mark.parametrize('kind', ['--pid', '--mount'])
def test_an_agent_in_a_container_is_none_of_the_hosts(host, start, kind):
    contained = start('unshare', '--fork', '--kill-child', kind, 'bash', '-c', 'exec -a %s sleep 60' % WORDS)
    wait(all_pids)
    assert pids() == []
    if kind == '--pid':
        write_pid(host, all_pids()[0])
        assert pids() == []
    assert contained.poll() is None


def test_a_look_is_cheap(host, start):
    for _ in range(5):
        start()
    before = time.time()
    for _ in range(10):
        pids()
    assert (time.time() - before) / 10 < 0.2

# SPDX-License-Identifier: Apache-2.0
"""Which processes of this host are agents, and what they have open."""

import os
import subprocess
import sys
import time

import pytest

from ceilometer_redis.guard import processes
from ceilometer_redis.guard.processes import Process, of_services, started, workers


@pytest.mark.parametrize('service, command_line, is_agent', [
    ('ceilometer-agent-central', '/usr/bin/python /usr/bin/ceilometer-agent-central --config-file=c', True),
    ('ceilometer-agent-central', '/usr/bin/python2.7 /usr/bin/ceilometer-polling --polling-namespaces central', True),
    ('ceilometer-agent-central', 'ceilometer-polling: AgentManager worker(0)', True),
    ('ceilometer-agent-central', 'ceilometer-polling: master process [/usr/bin/ceilometer-polling --x central]', True),
    ('ceilometer-agent-central', '/usr/bin/python3 /usr/bin/ceilometer-polling --polling-namespaces compute', False),
    ('ceilometer-agent-central', 'tail -f /var/log/ceilometer/ceilometer-polling.log', False),
    ('ceilometer-agent-central', 'su ceilometer -s /bin/sh -c /usr/bin/ceilometer-polling', False),
    ('ceilometer-agent-central', 'python3 -m pytest ceilometer-polling', False),
    ('ceilometer-alarm-evaluator', '/usr/bin/python /usr/bin/ceilometer-alarm-evaluator', True),
    ('aodh-evaluator', '/usr/bin/python3 /usr/bin/aodh-evaluator --config-file=/etc/aodh/aodh.conf', True),
    ('aodh-evaluator', 'aodh-evaluator: AlarmEvaluationService worker(0)', True),
    ('aodh-evaluator', '/usr/bin/python3 /usr/bin/aodh-notifier', False),
    ('ceilometer-agent-notification', '/usr/bin/python /usr/bin/ceilometer-agent-notification --log-file=l', True),
    ('ceilometer-agent-notification', 'ceilometer-agent-notification: NotificationService worker(1)', True),
    ('ceilometer-agent-notification', '/usr/bin/python /usr/bin/ceilometer-agent-central', False),
])
def test_an_agent_is_known_by_its_program(service, command_line, is_agent):
    assert processes.is_agent(service, command_line) is is_agent


def test_of_a_service_the_children_work_and_a_process_without_any_works_itself():
    parent = subprocess.Popen(['sh', '-c', 'cat; wait'], stdin=subprocess.PIPE)
    try:
        child = wait_for_child(parent.pid)
        both = [Process(pid, started(pid)) for pid in (parent.pid, child)]
        assert workers(both) == [both[1]]
        assert workers(both[:1]) == both[:1]
    finally:
        parent.communicate()
    assert workers(both) == both


def wait_for_child(pid):
    """The pid of a process's first child, as soon as there is one."""
    while True:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as children:
            found = children.read().split()
        if found:
            return int(found[0])


def test_a_command_line_that_is_no_text_is_some_other_program():
    other = subprocess.Popen(['sh', '-c', 'read line', b'\xff'], stdin=subprocess.PIPE)
    try:
        of_services(['ceilometer-agent-central'])
    finally:
        other.communicate()


def test_a_process_of_any_name_has_a_start(tmpdir):
    program = os.path.join(str(tmpdir).encode('ascii'), b'\xff) \n(')
    os.symlink(b'/bin/sleep', program)
    other = subprocess.Popen([program, b'60'])
    try:
        assert 0 <= processes.age(Process(other.pid, started(other.pid))) < 60
    finally:
        other.kill()
        other.wait()


def test_a_command_line_made_to_be_searched_for_long_is_not():
    other = subprocess.Popen(['python' * 15000 + '/' * 20000] + ['-' + 'python' * 15000] * 3,
                             executable='/bin/cat', stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        before = time.time()
        of_services(list(processes.PROGRAMS))
        assert time.time() - before < 2
    finally:
        other.communicate()


@pytest.mark.parametrize('end, printed', [
    ('0100007F:1F90', '127.0.0.1:8080'),
    ('B80D0120000000000000000001000000:0016', '[2001:db8::1]:22'),
])
@pytest.mark.skipif(sys.byteorder != 'little', reason='the examples are of a little-endian host')
def test_an_end_of_a_connection_is_read_as_redis_prints_it(end, printed):
    assert processes.as_redis_prints(end) == printed

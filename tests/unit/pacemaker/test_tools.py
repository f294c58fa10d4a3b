# SPDX-License-Identifier: Apache-2.0
"""Pacemaker's own tools: the real cibadmin and crm_diff, on a file."""

import os
import subprocess

import pytest
from simulated_cluster import NODES, definition, deployment

from ceilometer_redis import clock
from ceilometer_redis.errors import NotDone
from ceilometer_redis.guard import notes
from ceilometer_redis.pacemaker import attributes, daemons, tools


def writer(name, *others):
    """A change of one of several who write at once: the others' come between its first query and its update."""
    waiting, tries = list(others), []

    def change(cib):
        tries.append(name)
        while waiting:
            waiting.pop()()
        return [name] if attributes.put(cib, NODES[0], name, '1') else []

    change.tries = tries
    return change


def configured():
    subprocess.check_call(['crm_attribute', '--name', 'cluster-delay', '--update', '61s'])


def told_of_a_node():
    subprocess.check_call(['cibadmin', '--modify', '--scope', 'status', '--xml-text',
                           '<status><node_state id="9" uname="node-9.example.com"/></status>'])


@pytest.mark.parametrize('content, said', [
    (b'', 'Pacemaker: what it gives for its CIB is no XML'),
    (b'<cib', 'Pacemaker: what it gives for its CIB is no XML'),
    (b'<cib epoch="1"/>\0', 'Pacemaker: what it gives for its CIB is no XML'),
    (b'\xff\xfe<cib/>', 'Pacemaker: what it gives for its CIB is no XML'),
    (b'<cib/>', 'Pacemaker: its CIB has no configuration/nodes'),
    (b'<cib><configuration><nodes/></configuration></cib>', 'Pacemaker: its CIB has no configuration/resources'),
])
def test_what_is_no_cib_is_one_line(monkeypatch, content, said):
    monkeypatch.setattr(tools, 'run', lambda *_, **__: content)
    with pytest.raises(NotDone) as refused:
        tools.query()
    assert str(refused.value) == said


def test_of_two_writers_the_one_that_is_overtaken_tries_again_and_nothing_is_lost(unsettled):
    second = writer('second')
    first = writer('first', lambda: tools.update(second))
    assert tools.update(first) == ['first']
    assert (first.tries, second.tries) == (['first'] * 2, ['second'])
    assert [attributes.get(unsettled.cib(), NODES[0], name) for name in ('first', 'second')] == ['1', '1']


def test_an_update_that_another_overtakes_is_computed_again_from_the_newer_configuration(unsettled):
    overtaken = [configured]

    def change(cib):
        while overtaken:
            overtaken.pop()()
        return daemons.define_daemons(cib, deployment(NODES[0]))

    assert tools.update(change)
    assert unsettled.xpath(".//nvpair[@name='cluster-delay']")[0].get('value') == '61s'
    assert unsettled.xpath(".//clone[@id='clone_p_redis-server']")


@pytest.mark.parametrize('others', [configured, told_of_a_node])
def test_pacemaker_here_refuses_an_overtaken_update_with_a_code_that_is_known(unsettled, monkeypatch, others):
    monkeypatch.setattr(tools, 'TRIES', 1)
    with pytest.raises(tools.ToolFailed) as refusal:
        tools.update(writer('overtaken', others))
    assert refusal.value.code in tools.OVERTAKEN
    assert attributes.get(unsettled.cib(), NODES[0], 'overtaken') is None


@pytest.fixture
def refusing(unsettled, tmpdir, monkeypatch):
    """Let cibadmin refuse the first patch with an exit code and no word."""
    real = subprocess.check_output(['sh', '-c', 'command -v cibadmin']).decode().strip()
    refused, script = tmpdir.join('refused'), tmpdir.mkdir('bin').join('cibadmin')

    def refuse(code):
        script.write('#!/bin/sh\nif [ "$1" = --patch ] && [ ! -e {0} ]; then touch {0}; exit {1}; fi\nexec {2} "$@"\n'
                     .format(refused, code, real))
        script.chmod(0o755)
        monkeypatch.setenv('PATH', str(script.dirpath()), prepend=os.pathsep)

    return refuse


@pytest.mark.parametrize('code', tools.OVERTAKEN)
def test_an_update_is_tried_again_when_it_was_overtaken_in_the_code_of_any_release(refusing, code):
    refusing(code)
    change = writer('again')
    assert tools.update(change) == ['again']
    assert len(change.tries) == 2


@pytest.mark.parametrize('what, code', [('an error of any kind', 1), ('no connection since 2.0', 102),
                                        ('no connection before', 107), ('a schema that it does not fit', 78)])
def test_an_update_that_is_refused_for_another_reason_is_not_tried_again(refusing, what, code):
    refusing(code)
    change = writer('once')
    with pytest.raises(tools.ToolFailed) as refusal:
        tools.update(change)
    assert (str(refusal.value), refusal.value.code) == ('cibadmin: exit code %d' % code, code), what
    assert len(change.tries) == 1


@pytest.fixture
def hanging(tmpdir, monkeypatch):
    """Let cibadmin hang, whatever signal it gets, and a program that it started, which has its output open as well."""
    script = tmpdir.mkdir('bin').join('cibadmin')
    script.write("#!/bin/sh\ntrap '' TERM\nsleep 30\nsleep 30\n")
    script.chmod(0o755)
    monkeypatch.setenv('PATH', str(script.dirpath()), prepend=os.pathsep)


def test_a_tool_that_hangs_is_one_line_that_says_for_how_long_it_was_waited_for(hanging):
    began = clock.uptime()
    with pytest.raises(tools.ToolFailed) as refusal:
        tools.run(['cibadmin', '--query'], patience=1)
    assert str(refusal.value) == 'cibadmin: no answer within 1 s'
    assert clock.uptime() - began < 5


def test_two_tools_that_hang_take_less_than_the_silence_of_a_hung_guard():
    assert 2 * tools.PATIENCE < notes.SILENCE - 10


def test_a_tool_that_is_not_installed_is_one_line():
    with pytest.raises(NotDone) as refusal:
        tools.run(['no-such-tool'])
    assert str(refusal.value).startswith('no-such-tool: ')


def test_what_is_queried_is_what_pacemaker_has(unsettled):
    assert definition(tools.query()) == definition(unsettled.cib())


def test_a_patch_is_what_makes_one_configuration_of_the_other_or_nothing(unsettled):
    cib = unsettled.cib()
    assert tools.difference(cib, cib) == b''
    newer = unsettled.cib()
    newer.set('epoch', '99')
    assert b'epoch' in tools.difference(cib, newer)


def test_a_tool_without_a_cluster_is_one_clear_error(monkeypatch):
    monkeypatch.setenv('CIB_file', '/nonexistent/cib.xml')
    with pytest.raises(NotDone) as refusal:
        tools.query()
    assert str(refusal.value).startswith('cibadmin: ')
    assert '\n' not in str(refusal.value)


def test_a_node_that_pacemaker_does_not_know_is_named(unsettled):
    with pytest.raises(NotDone) as refused:
        tools.update(lambda cib: attributes.put(cib, 'node-9', 'name', '1'))
    assert str(refused.value) == 'Pacemaker knows no node node-9'

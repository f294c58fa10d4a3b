# SPDX-License-Identifier: Apache-2.0
"""What the host shows: processes, and the logs of the agents. What a look passes over it may not end by."""

import re

import pytest
from fuzz.mutations import contents
from fuzz.property import answer
from hypothesis import given
from hypothesis import strategies as st

from ceilometer_redis.coordination import agents_python, meters
from ceilometer_redis.guard import agent_logs, processes

LOG = b'2017-03-01 12:00:00.123 4711 ERROR ceilometer UnknownNode: ring\n2017 ERROR in fixed duration looping call\n'
CONF = b'[DEFAULT]\npipeline_cfg_file = pipeline.yaml\n[coordination]\nbackend_url: redis://x\n'
PIPELINE = b"sources:\n- {name: a, meters: ['!image*', 'cpu?']}\n"


@given(contents(LOG))
def test_a_log_of_any_bytes_is_counted(content):
    for words in agent_logs.COMPLAINTS.values():
        assert isinstance(len(words.findall(content)), int)


@given(st.one_of(contents(b'/usr/bin/python2.7\0/usr/bin/ceilometer-agent-central\0--x\0'), st.binary(max_size=30)))
def test_a_command_line_of_any_bytes_is_an_agents_or_not(content):
    line = content.decode('utf-8', 'replace').replace('\0', ' ')
    assert all(processes.is_agent(service, line) in (True, False) for service in processes.PROGRAMS)


@given(data=st.data())
def test_the_first_line_of_a_program_of_any_bytes_names_a_python_or_none(data, tmp_path_factory):
    path = tmp_path_factory.mktemp('bin') / 'ceilometer-polling'
    path.write_bytes(data.draw(contents(b'#!/usr/bin/env python2.7 -s\nimport sys\n')))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agents_python, 'AGENTS', (str(path),))
        assert isinstance(agents_python.interpreters(), list)


@given(data=st.data())
def test_configuration_and_pipelines_of_any_bytes_are_understood_or_refused(data, tmp_path_factory):
    directory = tmp_path_factory.mktemp('ceilometer')
    for name, content in (('ceilometer.conf', CONF), ('other.conf', CONF), ('pipeline.yaml', PIPELINE)):
        (directory / name).write_bytes(data.draw(contents(content)))
    answer(meters.refuse_overlaps, 'prefix', str(directory))


@given(st.from_regex(re.compile('[0-9A-F]{8}([0-9A-F]{24})?:[0-9A-F]{4}', re.ASCII), fullmatch=True))
def test_an_end_of_a_connection_is_as_redis_prints_it(end):
    assert processes.as_redis_prints(end).rpartition(':')[2].isdigit()

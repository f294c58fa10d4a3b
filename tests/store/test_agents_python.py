# SPDX-License-Identifier: Apache-2.0
"""The oldest python-redis and none at all: the helper's own commands, and the Pythons that the agents run on."""

import os
import subprocess
import sys

import pytest

import era
from ceilometer_redis.coordination import agents_python, backend_url, coordinator, python_redis
from ceilometer_redis.deployment import build
from ceilometer_redis.errors import BadInput
from ceilometer_redis.guard import joining

HELPERS = os.path.join(era.PROJECT, 'helpers')
SECRET = 'S3cretS3cret'

#: By tooz: our own URL, of a store that nobody can reach.
URLS = {tooz: backend_url.render(['10.255.255.1', '10.255.255.2'], 26379, SECRET, build.MASTER_NAME, version)
        for tooz, version in (('newest', (9, 1)), ('1.34', (1, 34)), ('0.13', (0, 13, 1)))}


@pytest.fixture(scope='module')
def without(tmp_path_factory):
    """A function that gives a Python of an era with another module, or none (None), in the place of a package."""
    def python(tooz, package, content):
        folder = tmp_path_factory.mktemp(f'{tooz}-{package}')
        if content is None:
            content = f'raise ImportError("No module named {package}")\n'
        (folder / f'{package}.py').write_text(content)
        script = folder / 'python'
        script.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {era.python_of(tooz)} "$@"\n')
        script.chmod(0o755)
        return str(script)
    return python


@pytest.mark.parametrize('command', [['apply', 'predecessor', '--check'], ['apply', 'sentinel'], ['guard'], ['join']])
def test_python_redis_2_7_2_is_refused_by_every_command_in_a_line(command):
    result = subprocess.run([era.python_of('trusty'), '-m', 'ceilometer_redis', *command], text=True, check=False,
                            capture_output=True, env={'PATH': '/usr/bin:/bin', 'PYTHONPATH': HELPERS})
    assert (result.returncode, result.stdout) == (2, '')
    assert result.stderr == f'ceilometer-redis: python-redis must be 2.10 or newer, not 2.7.2: {python_redis.ADVICE}\n'


@pytest.mark.parametrize('tooz', URLS)
def test_a_python_with_tooz_and_its_client_is_proven_without_a_connection(tooz):
    coordinator.prove(URLS[tooz], [era.python_of(tooz)])


@pytest.mark.parametrize('url', ['kazoo://user:S3cret@10.255.255.1:2181', 'memcached://10.255.255.1:11211'])
@pytest.mark.parametrize('tooz', URLS)
def test_so_it_is_for_an_existing_service(tooz, url):
    coordinator.prove(url, [era.python_of(tooz)])


@pytest.mark.parametrize('tooz, package, content, said', [
    ('newest', 'redis', None, '2.10 or newer for the agents: ImportError: No module named'),
    ('1.34', 'redis', None, 'the agents: ImportError: No module named redis'),
    ('0.13', 'redis', None, 'the agents: ImportError: No module named redis'),
    ('1.34', 'redis', '', 'the agents: it has python-redis without a version'),
    ('0.13', 'redis', '1 +', 'the agents: SyntaxError: '),
    ('1.34', 'tooz', None, 'the agents: ImportError: No module named tooz'),
    ('newest', 'kazoo', None, 'must have tooz and python-kazoo for the agents: ImportError: No module'),
])
def test_what_the_python_of_the_agents_lacks_is_said_in_a_line_with_the_python(without, tooz, package, content, said):
    python = without(tooz, package, content)
    with pytest.raises(BadInput) as refused:
        coordinator.prove('zookeeper://10.255.255.1' if package == 'kazoo' else URLS[tooz], [python])
    line, = str(refused.value).splitlines()
    assert line.startswith(f'{python} must have tooz and python-') and line.endswith(python_redis.ADVICE)
    assert said in line and SECRET not in line


def test_the_agents_python_redis_2_7_2_is_named():
    python = era.python_of('trusty')
    with pytest.raises(BadInput) as refused:
        coordinator.prove(URLS['0.13'], [python])
    assert str(refused.value) == (f'{python} must have tooz and python-redis 2.10 or newer for the agents: '
                                  f'it has python-redis 2.7.2; {python_redis.ADVICE}')


def test_a_url_that_tooz_cannot_read_is_refused_in_its_own_words_without_the_password():
    with pytest.raises(BadInput) as refused:
        coordinator.prove(f'redis://:{SECRET}@10.255.255.1:26379?timeout={SECRET}', [era.python_of('1.34')])
    assert 'ValueError: ' in str(refused.value) and SECRET not in str(refused.value).replace(f"'{SECRET}'", '')


@pytest.mark.parametrize('command, said', [
    (['/no/such/python'], 'the agents: No such file or directory'),
    (['/bin/false'], 'tooz has ended without an answer'),
])
def test_a_program_that_is_no_python_is_named(command, said):
    with pytest.raises(BadInput) as refused:
        coordinator.prove(URLS['1.34'], command)
    assert str(refused.value).startswith(command[0]) and said in str(refused.value)


@pytest.fixture
def agents(tmp_path, monkeypatch):
    """A function that gives agents' programs their Pythons; others there are none."""
    def make(**pythons):
        for name, python in pythons.items():
            (tmp_path / name).write_text(f'#!{python} -E\n')
        monkeypatch.setattr(joining, 'PROGRAMS', f'{tmp_path}/')
        monkeypatch.setattr(agents_python, 'AGENTS', (str(tmp_path / 'central'),))
    return make


CONTROLLER = {'node': {}, 'options': {}, 'services': ['notification'], 'coordination': {'backend_url': URLS['1.34']},
              'redis': {}, 'agents': {'p_aodh-evaluator': {'service': 'evaluator', 'config': 'aodh'}}}
COMPUTE = {'node': {}, 'services': ['compute'],
           'options': {'coordination/backend_url': {'value': URLS['1.34'].replace('S3', '$$'), 'secret': True}}}


@pytest.mark.parametrize('deployed, program', [
    (CONTROLLER, 'central'), (CONTROLLER, 'evaluator'), (CONTROLLER, 'notification'), (COMPUTE, 'compute')])
def test_the_python_of_each_agent_here_that_coordinates_has_to_serve(agents, deployed, program):
    good, bad = era.python_of('1.34'), era.python_of('trusty')
    agents(**{name: good for name in ('central', 'evaluator', 'notification', 'compute')})
    joining.join(deployed)
    agents(**{program: bad})
    with pytest.raises(BadInput, match=f'^{bad} -E must have tooz and python-redis 2.10 or newer'):
        joining.join(deployed)


def test_an_agent_that_does_not_coordinate_may_run_on_any_python(agents):
    agents(central=era.python_of('1.34'), evaluator=sys.executable, elsewhere=era.python_of('trusty'))
    joining.join(CONTROLLER)


def test_a_compute_node_whose_agent_does_not_coordinate_has_nothing_to_prove():
    with pytest.raises(BadInput, match='^coordinate_compute must be on '):
        joining.join({'node': {}, 'options': {}, 'services': []})

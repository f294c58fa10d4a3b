# SPDX-License-Identifier: Apache-2.0
"""helpers/ as one executable file."""

import os
import sys
import zipfile

import pytest

from project import PROJECT, run


@pytest.fixture
def bare(tmp_path):
    """A directory to be the whole PATH: nothing but a shell's own commands, and what a test puts there."""
    directory = tmp_path / 'bin'
    directory.mkdir()
    return directory


def offer(directory, name, python, setting=''):
    """Put a Python on PATH under a name."""
    (directory / name).write_text(f'#!/bin/sh\n{setting} exec {python} "$@"\n')
    (directory / name).chmod(0o755)


@pytest.fixture
def without_yaml(tmp_path):
    """The setting by which a Python has no PyYAML."""
    (tmp_path / 'hidden').mkdir()
    (tmp_path / 'hidden/yaml.py').write_text('raise ImportError()\n')
    return f'PYTHONPATH={tmp_path / "hidden"}'


@pytest.fixture
def python3():
    return sys.executable


@pytest.mark.parametrize('name, fixture', [('python2.7', 'python2'), ('python3', 'python3')])
def test_it_runs_under_the_python_that_is_there(request, built, bare, name, fixture):
    offer(bare, name, request.getfixturevalue(fixture))
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', '--help', env={'PATH': str(bare)})
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith('usage: ceilometer-redis ')


def test_it_passes_over_a_python_that_does_not_run(built, bare, python3):
    offer(bare, 'python2.7', '/bin/false')
    offer(bare, 'python3', python3)
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', '--help', env={'PATH': str(bare)})
    assert (result.returncode, result.stderr) == (0, '')


def test_it_passes_over_a_python_without_yaml(built, bare, without_yaml, python2, python3):
    offer(bare, 'python2.7', python2, without_yaml)
    offer(bare, 'python3', python3, 'PYTHONPATH=')
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', 'deployment', '--help', env={'PATH': str(bare)})
    assert (result.returncode, result.stderr) == (0, '')
    assert result.stdout.startswith('usage: ceilometer-redis deployment ')


@pytest.mark.parametrize('names', [(), ('python2.7',), ('python3',), ('python2.7', 'python3')])
def test_without_what_it_needs_it_says_so_in_one_line(request, built, bare, without_yaml, names):
    """With no Python, and with those that have no PyYAML."""
    for name in names:
        offer(bare, name, request.getfixturevalue(name.partition('.')[0]), without_yaml)
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', '--help', env={'PATH': str(bare)})
    assert (result.returncode, result.stdout) == (2, '')
    assert result.stderr == 'ceilometer-redis: needs python2.7 or python3 with PyYAML\n'


def test_its_exit_code_and_its_arguments_are_the_helpers_own(built, tmp_path):
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', 'deployment', '--astute', tmp_path / 'no such',
                 '--output', tmp_path / 'deployment.yaml', env=dict(os.environ))
    assert result.returncode == 2
    assert result.stderr.count('\n') == 1 and 'no such' in result.stderr


def test_it_holds_the_helpers_and_nothing_else(built):
    with zipfile.ZipFile(built / 'plugin/deployment_scripts/ceilometer-redis') as archive:
        packed = set(archive.namelist())
    helpers = PROJECT / 'helpers'
    assert packed == {'__main__.py'} | {str(path.relative_to(helpers)) for path in helpers.rglob('*.py')}


def test_without_helpers_nothing_is_packed(python3, tmp_path):
    result = run(python3, PROJECT / 'tools/pack.py', tmp_path, tmp_path / 'ceilometer-redis')
    assert (result.returncode, list(tmp_path.iterdir())) == (2, [])
    assert result.stderr == f'pack.py: {tmp_path}: no ceilometer_redis/__main__.py in it\n'


def test_either_python_packs_the_same(python2, python3, tmp_path):
    contents = []
    for python in (python2, python3):
        assert run(python, PROJECT / 'tools/pack.py', PROJECT / 'helpers', tmp_path / 'packed').returncode == 0
        with zipfile.ZipFile(tmp_path / 'packed') as archive:
            contents.append([(entry.filename, entry.date_time, entry.CRC) for entry in archive.infolist()])
    assert contents[0] == contents[1]

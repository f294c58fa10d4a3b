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


def offer(directory, name, python):
    """Put a Python on PATH under a name."""
    (directory / name).write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (directory / name).chmod(0o755)


@pytest.fixture
def python3():
    return sys.executable


@pytest.mark.parametrize('name, fixture', [('python2.7', 'python2'), ('python3', 'python3')])
def test_it_runs_under_the_python_that_is_there(request, built, bare, name, fixture):
    offer(bare, name, request.getfixturevalue(fixture))
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', '--help', env={'PATH': str(bare)})
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith('usage: ceilometer-redis ')


def test_it_passes_over_a_python_without_yaml(built, bare, python3):
    offer(bare, 'python2.7', '/bin/false')
    offer(bare, 'python3', python3)
    result = run(built / 'plugin/deployment_scripts/ceilometer-redis', '--help', env={'PATH': str(bare)})
    assert (result.returncode, result.stderr) == (0, '')


@pytest.mark.parametrize('options', [None, '-S'], ids=['no Python', 'a Python without yaml'])
def test_without_what_it_needs_it_says_so_in_one_line(built, bare, python3, options):
    if options:
        offer(bare, 'python3', f'{python3} {options}')
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

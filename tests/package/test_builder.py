# SPDX-License-Identifier: Apache-2.0
"""The builder's own judgement, and the builder as it is, on Python 2.7."""

import os
import re
import shutil
import sys

import pytest

from project import PROJECT, project_files, run

RPM = 'ceilometer-redis-2.0-2.0.2-1.noarch.rpm'


@pytest.fixture(scope='module')
def fpb(python2):
    """A function that runs fpb 4.2.0, unmodified, on Python 2.7."""
    path = f'{python2.parent}:{os.environ["PATH"]}'
    return lambda *words, cwd: run(python2.parent / 'fpb', *words, cwd=cwd, env={**os.environ, 'PATH': path})


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project's files."""
    directory = tmp_path / 'checkout'
    for path in project_files('.'):
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / path, directory / path)
    return directory


def packed(rpm):
    return run('rpm', '-qpl', rpm).stdout.splitlines()


def test_plain_fpb_finds_the_checkout_valid(fpb, checkout):
    result = fpb('--check', '.', cwd=checkout)
    assert (result.returncode, result.stdout) == (0, 'Plugin is valid\n'), result.stderr


def test_plain_fpb_builds_the_checkout_with_all_that_ships(fpb, checkout, built):
    result = fpb('--build', '.', cwd=checkout)
    assert (result.returncode, result.stdout) == (0, 'Plugin is built\n'), result.stderr
    assert set(packed(built / RPM)) <= set(packed(checkout / RPM))


def test_plain_fpb_builds_the_tree_that_make_plugin_leaves_into_the_same_files(fpb, built, tmp_path):
    tree = shutil.copytree(built / 'plugin', tmp_path / 'plugin')
    result = fpb('--build', 'plugin', cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, 'Plugin is built\n'), result.stderr
    assert packed(tree / RPM) == packed(built / RPM)


@pytest.mark.parametrize('name, good, bad', [
    ('metadata.yaml', 'name: ceilometer-redis', 'name: Ceilometer Redis'),
    ('deployment_tasks.yaml', 'id: ceilometer-redis-deployment', 'id: ceilometer redis deployment'),
    ('environment_config.yaml', "value: '5'", 'value: 5'),
])
def test_a_tree_the_builder_refuses_is_not_built(checkout, tmp_path, name, good, bad):
    text = (checkout / name).read_text()
    assert good in text
    (checkout / name).write_text(text.replace(good, bad))
    result = run(sys.executable, checkout / 'tools/build.py', tmp_path / 'plugin', tmp_path, cwd=tmp_path)
    assert result.returncode == 1
    assert re.match(f"build.py: File '.*{name}', ", result.stderr)
    assert list(tmp_path.glob('*.rpm')) == []

# SPDX-License-Identifier: Apache-2.0
"""What the tests of the package share: one build, and a Python 2.7."""

import shutil

import pytest

from project import PROJECT, build, run


@pytest.fixture(scope='session')
def built(tmp_path_factory):
    """The directory of a build that the tests share and leave as it is."""
    return build(tmp_path_factory.mktemp('built'))


@pytest.fixture(scope='session')
def python2():
    """A Python 2.7 that has fuel-plugin-builder 4.2.0, unmodified, with its dependencies (PyYAML among them)."""
    python = run(PROJECT / 'tools/python2').stdout.strip()
    if not python:
        pytest.skip('no Python 2.7 on PATH or in pyenv')
    binaries = PROJECT / '.cache/fpb-2.7/bin'
    if not (binaries / 'fpb').exists():
        run(PROJECT / '.venv/bin/virtualenv', '--python', python, binaries.parent)
        result = run(binaries / 'pip', 'install', 'fuel-plugin-builder==4.2.0')
        assert result.returncode == 0, result.stderr
    # Debian has no createrepo, which the builder asks for; it runs it for CentOS alone.
    if not (binaries / 'createrepo').exists():
        (binaries / 'createrepo').symlink_to(shutil.which('createrepo_c'))
    return binaries / 'python'

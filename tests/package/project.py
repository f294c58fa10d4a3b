# SPDX-License-Identifier: Apache-2.0
"""The project as the tests of the package see it: its files, its build, and commands run on both."""

import pathlib
import subprocess
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **options):
    """Run a command to its end; returns the finished process with its output as text, whatever its exit code."""
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=120, check=False,
                          **options)


def project_files(*rooms):
    """Relative paths of the project's own files in the named rooms: nothing built or cached."""
    # A checkout may belong to another user than the one who tests it.
    listing = run('git', '-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard',
                  '--', *rooms, cwd=PROJECT)
    assert listing.returncode == 0, listing.stderr
    return {pathlib.Path(name) for name in listing.stdout.split('\0') if name and (PROJECT / name).exists()}


def build(directory):
    """Build the plugin into a directory: its tree as `plugin`, beside the products. Returns the directory."""
    result = run(sys.executable, PROJECT / 'tools/build.py', directory / 'plugin', directory, cwd=directory)
    assert result.returncode == 0, result.stdout + result.stderr
    return directory


def read(name):
    """One of the project's YAML files."""
    return yaml.safe_load((PROJECT / name).read_text(encoding='utf-8'))

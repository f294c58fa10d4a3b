# SPDX-License-Identifier: Apache-2.0
"""The lab's modules are in tests/acceptance, the faults' in tests/faults, the guide's in doc/extensions. They are for
Python 3 alone, and so is what fuzzes: Python 2.7 runs the helpers' tests only."""

import os
import sys

import pytest
from deployments import Host
from recorded import data

if sys.version_info[0] == 2:
    collect_ignore_glob = ['bench', 'lab', 'faults', 'fuzz']
else:
    TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:0] = [os.path.join(TESTS, name) for name in ('acceptance', 'faults', '../doc/extensions')]


@pytest.fixture(autouse=True)
def no_journal(tmpdir, monkeypatch):
    """This machine's own history is none of the tests'."""
    monkeypatch.setattr('ceilometer_redis.history.journal.PATH', str(tmpdir.join('journal', 'history.log')))


@pytest.fixture
def host(tmpdir, capsys, monkeypatch):
    """A controller of Fuel 9.2 on which nothing was deployed yet."""
    monkeypatch.setattr('ceilometer_redis.coordination.agents_python.AGENTS', ())
    host = Host(tmpdir, capsys)
    host.fuel_says(data('9.2/node-2.'))
    return host

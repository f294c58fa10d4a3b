# SPDX-License-Identifier: Apache-2.0
"""The lab and the plugin on it, for the tests here: one lab for all of them.

Tests that use testinfra's fixture `host` alone also run against a real environment: --hosts=ssh://node-1,ssh://node-2,...
"""

import math
import time

import pytest

from lab import astute, hosts, master, plugin
from lab.failure import Failure
from lab.lab import Lab
from polling import await_rest, switch_on

MEASURED = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption('--guard', choices=('on', 'off'), default='on', help='deploy with the guard or not')
    parser.addoption('--rounds', type=int, default=1, help="how often to play the guard's scenarios")


def pytest_configure(config):
    config.stash[MEASURED] = []
    if not config.option.hosts:
        config.option.hosts = ','.join(f'ssh://{host.name}' for host in Lab().controllers)
        config.option.ssh_config = str(hosts.STATE / 'ssh_config')


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[MEASURED]:
        terminalreporter.section('measured')
        terminalreporter.write_line('\n'.join(config.stash[MEASURED]))


@pytest.fixture(scope='session')
def measured(pytestconfig):
    """Call it with what was measured and its seconds (infinite: not seen): the summary lists them."""
    def note(what, seconds):
        pytestconfig.stash[MEASURED].append(f'{what}: ' + (f'{seconds:.1f} s' if seconds < math.inf else 'not seen'))
    return note


@pytest.fixture(scope='session')
def visible(pytestconfig):
    """A context in which the progress of long work is seen."""
    return pytestconfig.pluginmanager.getplugin('capturemanager').global_and_fixture_disabled


@pytest.fixture(scope='session')
def packages():
    """The plugin as `make lab-plugin` builds it: path of the package by its extension."""
    return plugin.packages()


@pytest.fixture(scope='session')
def lab(visible, measured):
    """The lab: one that is up already is used and left up, otherwise one is brought up and taken down again."""
    try:
        yield Lab.attach()
    except Failure:
        lab = Lab()
        started = time.monotonic()
        try:
            with visible():
                lab.up()
        except Failure as failure:
            # Every test would end with it.
            pytest.exit(f'lab: {failure}', returncode=2)
        measured('lab up', time.monotonic() - started)
        yield lab
        lab.down()


@pytest.fixture(scope='session')
def guarded(pytestconfig):
    """Whether the guard is on."""
    return pytestconfig.option.guard == 'on'


@pytest.fixture(scope='session')
def deployed(lab, packages, guarded, visible, measured):
    """The lab with the plugin installed on its master and deployed on its controllers."""
    switch_on(lab)
    with visible():
        started = time.monotonic()
        # Not the rpm: of one version the client installs only the first, and a lab may outlive a build.
        master.install(lab.master, packages['fp'])
        astute.deploy(lab, settings={'guard': guarded})
    measured('installation and deployment', time.monotonic() - started)
    return lab


@pytest.fixture
def settled(deployed, guarded):
    """The deployed lab at rest: all controllers on, the store healthy, all agents members, each image polled once."""
    await_rest(deployed, guarded)
    return deployed

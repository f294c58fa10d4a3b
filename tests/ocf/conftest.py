# SPDX-License-Identifier: Apache-2.0
"""Controllers for the tests. One that is alone is, for each test, as if nothing had run there before."""

import functools
import itertools
import os
import subprocess
import sys

import pytest

from controller import PROJECT, Controllers, Era, begin

#: Every Redis, both Pythons, the shell of Ubuntu and Debian and the other one. A test that asks nothing of Redis is
#: marked any_redis and has the last two.
ERAS = ['2.8.17-dash', '3.0.5-bash', 'Debian-dash']

#: Numbers of networks: each of up to 17 workers of pytest-xdist has its own, and never two networks for long.
WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').lstrip('gw'))
NUMBERS = itertools.cycle(range(15 * WORKER, 15 * WORKER + 15))


def pytest_addoption(parser):
    parser.addoption('--era', action='append', metavar='REDIS-SHELL',
                     help='only this one (again for more): Debian, or what .cache/redis-REDIS has, and dash or bash')


def pytest_configure(config):
    config.addinivalue_line('markers', 'alone: takes long by itself, so no other test waits for it')
    config.addinivalue_line('markers', 'any_redis: asks nothing of Redis')


@functools.lru_cache(None)
def era_of(name):
    """The same Era for all tests: pytest keeps a fixture for a parameter that is the same object."""
    return Era(*name.split('-'))


def pytest_generate_tests(metafunc):
    eras = metafunc.config.getoption('era') or ERAS
    if metafunc.definition.get_closest_marker('any_redis'):
        eras = eras[-2:]
    if 'era' in metafunc.fixturenames:
        metafunc.parametrize('era', [era_of(name) for name in eras], ids=eras, scope='session')


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    """Let one worker play what shares controllers; each test that is marked `alone` has its own."""
    for item in items:
        if not item.get_closest_marker('alone'):
            era = '-'.join(item.callspec.params['era'])
            item.add_marker(pytest.mark.xdist_group(f'{item.path.stem} {era}'))


@pytest.fixture(scope='session')
def helper(tmp_path_factory):
    """The helper as it is on nodes: packed."""
    path = str(tmp_path_factory.mktemp('helper') / 'packed')
    subprocess.run([sys.executable, os.path.join(PROJECT, 'tools', 'pack.py'), os.path.join(PROJECT, 'helpers'), path],
                   check=True)
    return path


@pytest.fixture(scope='session')
def lasting_controller(era, helper):
    controllers = Controllers(next(NUMBERS), 1, era, helper)
    yield controllers.all[0]
    controllers.end()


@pytest.fixture
def controller(lasting_controller):
    """The only controller of an environment."""
    lasting_controller.renew()
    return lasting_controller


@pytest.fixture(scope='session')
def lasting_controllers(era, helper):
    controllers = Controllers(next(NUMBERS), 3, era, helper)
    yield controllers.all
    controllers.end()


@pytest.fixture
def controllers(lasting_controllers):
    """Three controllers on which nothing runs."""
    for each in lasting_controllers:
        each.renew()
    return lasting_controllers


@pytest.fixture
def store(lasting_controllers):
    """Three controllers with a complete store, of which earlier tests have chosen the master and left data."""
    begin(lasting_controllers)
    return lasting_controllers

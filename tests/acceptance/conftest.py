"""The lab and the plugin on it, for the tests here: one lab for all of them."""

import pathlib

import pytest
from lab import astute, master
from lab.failure import Failure
from lab.lab import Lab

BUILT = pathlib.Path(__file__).parents[2] / '.cache' / 'lab'


@pytest.fixture(scope='session')
def packages():
    """The plugin as `make lab-plugin` builds it: path of the package by its extension."""
    found = {kind: list(BUILT.glob(f'*.{kind}')) for kind in ('fp', 'rpm')}
    assert all(len(paths) == 1 for paths in found.values()), f'run `make lab-plugin` first; {BUILT} has {found}'
    return {kind: paths[0] for kind, paths in found.items()}


@pytest.fixture(scope='session')
def lab(pytestconfig):
    """The lab: one that is up already is used and left up, otherwise one is brought up and taken down again."""
    capture = pytestconfig.pluginmanager.getplugin('capturemanager')
    try:
        yield Lab.attach()
    except Failure:
        lab = Lab()
        with capture.global_and_fixture_disabled():
            lab.up()
        yield lab
        lab.down()


@pytest.fixture(scope='session')
def deployed(lab, packages, pytestconfig):
    """The lab with the plugin installed on its master and deployed on its controllers."""
    with pytestconfig.pluginmanager.getplugin('capturemanager').global_and_fixture_disabled():
        master.install(lab.master, packages['rpm'])
        astute.deploy(lab)
    return lab

# SPDX-License-Identifier: Apache-2.0
"""A lab for the scenarios here, restored for each of them; and the report of a run."""

import contextlib
import hashlib
import math
import os
import pathlib
import sys
import tarfile
import time

import pytest

# Each of pytest-xdist's workers has a lab of its own. Before the lab's modules, which read it when they are imported.
if worker := os.environ.get('PYTEST_XDIST_WORKER'):
    os.environ['LAB'] = str(int(os.environ.get('LAB', '0')) + int(worker.removeprefix('gw')))

import polling  # noqa: E402
import recorder  # noqa: E402
import report  # noqa: E402
from configuration import OURS  # noqa: E402
from lab import astute, hosts, master, plugin, telemetry  # noqa: E402
from lab.failure import Failure  # noqa: E402
from lab.lab import Lab  # noqa: E402

PASSED = pytest.StashKey()
# The disks before any deployment, by the name they are kept by.
BARE = 'bare'
FOLDER = pathlib.Path(__file__).parents[2] / '.cache' / 'faults'


def pytest_addoption(parser):
    parser.addoption('--leave', action='store_true', help='leave the labs, for another run')


def pytest_configure(config):
    config.pluginmanager.register(Rows())


def pytest_collection_modifyitems(config, items):
    # Deployments take longest, and xdist gives each worker a stretch of the list: each begins with its share of them,
    # so that at the end no lab plays one while the others are done.
    labs = getattr(config, 'workerinput', {}).get('workercount', 1)
    deployments = [item for item in items if item.path.name == 'test_operations.py']
    others = [item for item in items if item not in deployments]
    share = math.ceil(len(others) / labs)
    items[:] = [item for lab in range(labs)
                for item in deployments[lab::labs] + others[lab * share:(lab + 1) * share]]


@pytest.fixture(scope='session')
def visible(pytestconfig):
    """A context in which the progress of long work is seen."""
    capture = pytestconfig.pluginmanager.getplugin('capturemanager')

    @contextlib.contextmanager
    def visible():
        # The standard output of pytest-xdist's workers goes nowhere.
        with capture.global_and_fixture_disabled(), contextlib.redirect_stdout(sys.stderr):
            yield
    return visible


@pytest.fixture(scope='session')
def give_up(visible):
    """Call it with why to end the run: pytest-xdist says of a worker's end that it was an interrupt, and no more."""
    def give_up(reason):
        with visible():
            print(reason, flush=True)
        pytest.exit(reason, returncode=2)
    return give_up


@pytest.fixture(scope='session')
def lab(pytestconfig, visible, give_up):
    """A lab with the plugin installed on its master, its disks kept; one that an earlier run left for this plugin is
    used."""
    lab, made_of = Lab(), digest()
    try:
        with visible():
            if lab.kept(BARE) != made_of:
                make(lab, made_of)
    except Failure as failure:
        give_up(f'lab: {failure}')
    yield lab
    if not pytestconfig.option.leave:
        lab.down()


def digest():
    """What a kept lab was made of: the plugin's files and the lab's trees."""
    made = hashlib.sha256()
    for name, host in sorted(hosts.table().items()):
        made.update(f'{name} {host.tree.path}'.encode())
    # Not the package: it has the time of its build in it.
    with tarfile.open(plugin.packages()['fp']) as package:
        for member in package:
            made.update(member.name.encode() + (package.extractfile(member).read() if member.isfile() else b''))
    return made.hexdigest()


def make(lab, made_of):
    """Bring the lab up, install the plugin on its master, and keep the disks."""
    if lab.kept(BARE):
        lab.down()
    lab.up()
    master.install(lab.master, plugin.packages()['fp'])
    astute.configure(lab.master, {})
    lab.keep(BARE, made_of)


@pytest.fixture
def configuration():
    """What is deployed in a scenario."""
    return OURS


@pytest.fixture
def deployed(lab, configuration, visible, give_up):
    """The lab with a configuration on its controllers and at rest once, its disks kept by the configuration's name."""
    made_of = configuration.digest(lab.kept(BARE))
    try:
        with visible():
            if lab.kept(configuration.name) != made_of:
                deploy(lab, configuration)
                lab.keep(configuration.name, made_of)
    except Failure as failure:
        give_up(f'lab, {configuration.name}: {failure}')
    return lab


def deploy(lab, configuration):
    """Bring the lab to a configuration and to rest."""
    def prepare():
        lab.restore(BARE)
        configuration.make(lab)
        for host in lab.controllers:
            recorder.install(host, configuration.redis)
    come_to_rest(lab, configuration, prepare)


@pytest.fixture
def logs(request, deployed):
    """The logs of all hosts are kept if the scenario fails, also before it begins."""
    yield
    if not request.node.stash.get(PASSED, False):
        report.keep_logs(deployed, FOLDER / 'logs' / request.node.name)


@pytest.fixture
def scene(request, lab, configuration, logs, record_property):
    """The Scene of one scenario: the lab as it was kept, booted, at rest."""
    begun = time.monotonic()
    boot(lab, configuration)
    lab.controllers[0].run('crm_resource --cleanup')
    scene, ready = configuration.scene(lab), time.monotonic()
    yield scene
    polling.pass_time(time.time() + polling.WRITTEN)
    record_property('scene', {'sentence': request.function.__doc__, 'scenario': request.function.__name__,
                              'configuration': configuration.name, **report.row(scene), 'restored': ready - begun,
                              'played': time.monotonic() - ready})


def boot(lab, configuration):
    """Boot the lab as it was kept and wait until it is at rest."""
    def prepare():
        lab.restore(configuration.name)
        lab.services.run(f': >{telemetry.SAMPLES}')
    come_to_rest(lab, configuration, prepare)


def come_to_rest(lab, configuration, prepare):
    """Prepare the lab, as often as the configuration allows, until it is at rest."""
    for left in reversed(range(configuration.boots)):
        prepare()
        try:
            return configuration.rest(configuration.scene(lab))
        except Failure:
            if not left:
                raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == 'call':
        item.stash[PASSED] = outcome.passed
    return outcome


class Rows:
    """What each scenario recorded, from pytest-xdist's workers too, and the report of it at the end."""

    def __init__(self):
        self.rows = {}

    def pytest_runtest_logreport(self, report):
        row = self.rows.setdefault(report.nodeid, {'name': report.nodeid.rpartition('::')[2], 'failure': ''})
        row.update(dict(report.user_properties).get('scene', {}))
        if report.failed:
            row['failure'] += report.longreprtext
        if row['failure'] and report.when == 'teardown':
            # Beside the logs, for who does not want to wait for the end of the run.
            logs = FOLDER / 'logs' / row['name']
            logs.mkdir(parents=True, exist_ok=True)
            (logs / 'failure.txt').write_text(row['failure'])

    def pytest_sessionfinish(self, session):
        if self.rows and not hasattr(session.config, 'workerinput'):
            report.write(list(self.rows.values()), FOLDER)

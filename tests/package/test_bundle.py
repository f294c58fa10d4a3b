# SPDX-License-Identifier: Apache-2.0
"""BUNDLE: packages from a signed repository, made here and served on loopback, chosen and verified by the real apt."""

import functools
import hashlib
import http.server
import os
import pathlib
import shutil
import threading

import pytest

from project import PROJECT, run

# name, version, priority, dependencies. libc6 and the Pythons are a controller's own; liblzf1 comes with Redis.
COMMON = [
    ('libc6', '2.36', 'optional', ''),
    ('dpkg', '1.21', 'required', 'libc6'),
    ('media-types', '10', 'optional', ''),
    ('python3', '3.11', 'optional', 'libc6, media-types'),
    ('liblzf1', '3.6', 'optional', 'libc6'),
    ('redis-tools', '5:7.0', 'optional', 'libc6, liblzf1'),
    ('redis-server', '5:7.0', 'optional', 'redis-tools (= 5:7.0)'),
    ('unrelated', '1', 'optional', ''),
]
SENTINEL = ('redis-sentinel', '5:7.0', 'optional', 'redis-tools (= 5:7.0)')
PYTHON3_REDIS = ('python3-redis', '4.3', 'optional', 'python3')
SUITES = {
    'trusty': [*COMMON, ('python-redis', '2.7.2', 'optional', '')],
    'cloud': [('python-redis', '2.10.1', 'optional', '')],
    'epoch': [*COMMON, ('python-redis', '1:2.9.1', 'optional', '')],
    'bookworm': [*COMMON, SENTINEL, PYTHON3_REDIS],
    'clientless': [*COMMON, SENTINEL],
    'broken': [*(package for package in COMMON if package[0] != 'liblzf1'), SENTINEL, PYTHON3_REDIS],
}
REDIS = ['liblzf1_3.6_all.deb', 'redis-server_7.0_all.deb', 'redis-tools_7.0_all.deb']
BUNDLED = {
    'trusty': REDIS,
    'bookworm': sorted([*REDIS, 'redis-sentinel_7.0_all.deb']),
    'clientless': sorted([*REDIS, 'redis-sentinel_7.0_all.deb']),
}
WITH_CLIENT = {
    'trusty,cloud': sorted([*REDIS, 'python-redis_2.10.1_all.deb']),
    'bookworm': sorted([*BUNDLED['bookworm'], 'python3-redis_4.3_all.deb']),
}


def make_package(directory, name, version, priority, depends):
    """Build an empty .deb; returns its stanza for Packages."""
    control = [f'Package: {name}', f'Version: {version}', f'Priority: {priority}', 'Architecture: all',
               'Maintainer: nobody <nobody@example.com>', f'Description: {name}']
    if depends:
        control.append(f'Depends: {depends}')
    tree = directory / 'tree' / f'{name}_{version}'
    (tree / 'DEBIAN').mkdir(parents=True)
    (tree / 'DEBIAN/control').write_text('\n'.join(control) + '\n')
    deb = directory / 'pool' / f'{name}_{version.split(":")[-1]}_all.deb'
    assert run('dpkg-deb', '--build', '--root-owner-group', tree, deb).returncode == 0
    content = deb.read_bytes()
    return '\n'.join([*control, f'Filename: pool/{deb.name}', f'Size: {len(content)}',
                      f'SHA256: {hashlib.sha256(content).hexdigest()}']) + '\n'


def make_suite(mirror, suite, stanzas, sign):
    """Write the indexes of a suite, of the components main and (on Ubuntu) universe."""
    release = ['Date: Thu, 01 Jan 2015 00:00:00 UTC', f'Suite: {suite}', f'Codename: {suite}', 'Architectures: amd64',
               'Components: main universe', 'SHA256:']
    for component, text in (('main', '\n'.join(stanzas)), ('universe', '')):
        index = f'{component}/binary-amd64/Packages'
        path = mirror / 'dists' / suite / index
        path.parent.mkdir(parents=True)
        path.write_text(text)
        release.append(f' {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {index}')
    sign('\n'.join(release) + '\n', mirror / 'dists' / suite / 'InRelease')


class Key:
    """A throwaway key: signs, and lies as a keyring in a file."""

    def __init__(self, home):
        home.mkdir(mode=0o700)
        self.gpg = functools.partial(run, 'gpg', '--homedir', home, '--batch', '--passphrase', '')
        self.gpg('--quick-generate-key', home.name, 'rsa2048', 'sign', 'never')
        self.keyring = home / 'keyring.gpg'
        self.gpg('--output', self.keyring, '--export')
        run('gpgconf', '--homedir', home, '--kill', 'all')

    def sign(self, text, path):
        assert self.gpg('--output', path, '--clear-sign', input=text).returncode == 0


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    """Two keys: the mirror's, and one that signed nothing."""
    directory = tmp_path_factory.mktemp('keys')
    keys = Key(directory / 'mirror'), Key(directory / 'stranger')
    yield keys
    for name in ('mirror', 'stranger'):
        run('gpgconf', '--homedir', directory / name, '--kill', 'all')


@pytest.fixture(scope='module')
def mirror(keys, tmp_path_factory):
    """A running mirror with the suites; .requests are the paths asked of it."""
    directory = tmp_path_factory.mktemp('mirror')
    (directory / 'pool').mkdir()
    packages = {package for suite in SUITES.values() for package in suite}
    stanzas = {package: make_package(directory, *package) for package in packages}
    for suite, members in SUITES.items():
        make_suite(directory, suite, [stanzas[package] for package in members], keys[0].sign)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *_):
            self.server.requests.append(self.path)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=directory))
    server.requests = []
    server.url = f'http://127.0.0.1:{server.server_port}'
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def plugin(tmp_path):
    """A plugin's directory with its own cache, and a package of an earlier build in its repository."""
    shutil.copytree(PROJECT / 'tools', tmp_path / 'tools')
    (tmp_path / 'repositories/trusty').mkdir(parents=True)
    (tmp_path / 'repositories/trusty/earlier_1_all.deb').touch()
    return tmp_path


@pytest.fixture
def bundle(plugin, mirror, keys):
    """A function that bundles with the variables given, from the mirror unless told otherwise."""
    def bundle(name='trusty', **variables):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith('_proxy')}
        environment.update(BUNDLE_MIRROR=mirror.url, BUNDLE_SUITE='trusty', BUNDLE_KEYRING=str(keys[0].keyring))
        environment.update(variables)
        return run('tools/bundle', name, f'repositories/{name}', cwd=plugin, env=environment)
    return bundle


def repository(plugin):
    return sorted(path.name for path in (plugin / 'repositories/trusty').iterdir())


@pytest.mark.parametrize('suite', BUNDLED)
def test_a_suite_gives_redis_and_what_it_needs_but_not_the_system_nor_the_client(bundle, plugin, suite):
    result = bundle(BUNDLE_SUITE=suite)
    assert result.returncode == 0, result.stderr
    assert repository(plugin) == BUNDLED[suite]
    assert f'repositories/trusty: {len(BUNDLED[suite])} packages' in result.stdout
    assert "python-redis is left to the nodes' own mirrors, BUNDLE_CLIENT=yes bundles it too" in result.stdout


@pytest.mark.parametrize('suites', WITH_CLIENT)
def test_the_client_comes_only_if_it_is_wanted(bundle, plugin, suites):
    result = bundle(BUNDLE_SUITE=suites, BUNDLE_CLIENT='yes')
    assert result.returncode == 0, result.stderr
    assert repository(plugin) == WITH_CLIENT[suites]
    assert 'left to' not in result.stdout


@pytest.mark.parametrize('suite, version', [('trusty', '2.7.2'), ('epoch', '1:2.9.1')])
def test_a_client_that_cannot_serve_is_not_bundled(bundle, plugin, suite, version):
    result = bundle(BUNDLE_SUITE=suite, BUNDLE_CLIENT='yes')
    assert result.returncode == 1
    assert result.stderr == (
        f'tools/bundle: {suite}: python-redis must be 2.10 or newer, not {version}; name a mirror and suite that has '
        "it, such as Fuel's or Ubuntu's cloud archive of the OpenStack release\n")
    assert repository(plugin) == ['earlier_1_all.deb']


@pytest.fixture
def node(tmp_path):
    """What apt would do on a node that has a python-redis and the plugin's repository, which Fuel pins at 1100."""
    def simulate(directory, installed):
        index = run('dpkg-scanpackages', '--multiversion', '.', cwd=directory).stdout
        (directory / 'Packages').write_text(index)
        (directory / 'Release').write_text('Label: ceilometer-redis\nVersion: 2.0\n')
        for name in ('etc/apt.conf.d', 'etc/preferences.d', 'lib/lists/partial', 'cache/archives/partial'):
            (tmp_path / 'node' / name).mkdir(parents=True)
        root = tmp_path / 'node'
        (root / 'etc/sources.list').write_text(f'deb [trusted=yes] copy:{directory}/ /\n')
        (root / 'etc/preferences.d/plugin').write_text(
            'Package: *\nPin: release v=2.0,l=ceilometer-redis\nPin-Priority: 1100\n')
        (root / 'status').write_text(f'Package: python-redis\nStatus: install ok installed\nVersion: {installed}\n'
                                     'Architecture: all\nMaintainer: nobody\nDescription: client\n')
        (root / 'apt.conf').write_text(''.join(f'{name} "{value}";\n' for name, value in [
            ('Dir::Etc', root / 'etc'), ('Dir::State', root / 'lib'), ('Dir::State::status', root / 'status'),
            ('Dir::Cache', root / 'cache'), ('APT::Sandbox::User', 'root'), ('APT::Architecture', 'amd64')]))
        apt = functools.partial(run, 'apt-get', '--quiet', env={**os.environ, 'APT_CONFIG': str(root / 'apt.conf')})
        assert apt('update').returncode == 0
        upgrade = apt('--simulate', 'dist-upgrade')
        assert upgrade.returncode == 0, upgrade.stderr
        return [line for line in upgrade.stdout.splitlines() if line.startswith('Inst ')]
    return simulate


@pytest.mark.parametrize('client, done', [('no', []), ('yes', ['python-redis [2.10.5]'])])
def test_a_newer_client_on_a_node_stays_unless_one_is_bundled(bundle, plugin, node, client, done):
    assert bundle(BUNDLE_SUITE='trusty,cloud', BUNDLE_CLIENT=client).returncode == 0
    inst = node(plugin / 'repositories/trusty', '2.10.5')
    assert [' '.join(line.split()[1:3]) for line in inst] == done


def test_several_suites_count_as_one(bundle, plugin):
    assert bundle(BUNDLE_SUITE='clientless,bookworm', BUNDLE_CLIENT='yes').returncode == 0
    assert repository(plugin) == WITH_CLIENT['bookworm']


def test_the_suite_is_named_like_the_bundle_unless_given(bundle, plugin):
    assert bundle(BUNDLE_SUITE='').returncode == 0
    assert repository(plugin) == BUNDLED['trusty']


def test_a_second_time_no_package_is_downloaded(bundle, plugin, mirror):
    bundle()
    mirror.requests.clear()
    assert bundle().returncode == 0
    assert mirror.requests and [path for path in mirror.requests if path.endswith('.deb')] == []
    assert repository(plugin) == BUNDLED['trusty']


def test_what_is_bundled_reads_the_same_in_the_mirror(bundle, plugin):
    bundle()
    for path in (plugin / 'repositories/trusty').iterdir():
        assert run('dpkg-deb', '--field', path, 'Package').stdout.strip() == path.name.split('_')[0]


@pytest.mark.parametrize('variables, complaint', [
    ({'BUNDLE_SUITE': 'nowhere'}, 'cannot have nowhere from there'),
    ({'BUNDLE_SUITE': 'clientless', 'BUNDLE_CLIENT': 'yes'}, 'has neither python-redis nor python3-redis'),
    ({'BUNDLE_SUITE': 'broken'}, 'cannot have '),
    ({'BUNDLE_MIRROR': 'http://127.0.0.1:1'}, 'http://127.0.0.1:1: cannot have trusty from there'),
])
def test_a_mirror_that_lacks_something_fails_and_the_repository_stays(bundle, plugin, variables, complaint):
    result = bundle(**variables)
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith('tools/bundle: ') and complaint in last
    assert repository(plugin) == ['earlier_1_all.deb']


def test_a_mirror_that_went_away_fails_even_when_all_is_in_the_cache(bundle, plugin, mirror, keys, tmp_path):
    copy = shutil.copytree(pathlib.Path(mirror.RequestHandlerClass.keywords['directory']), tmp_path / 'mirror')
    assert bundle(BUNDLE_MIRROR=f'file:{copy}').returncode == 0
    shutil.rmtree(copy)
    result = bundle(BUNDLE_MIRROR=f'file:{copy}')
    assert result.returncode == 1 and 'cannot have trusty from there' in result.stderr.splitlines()[-1]


def test_a_suite_signed_by_a_stranger_is_refused(bundle, plugin, keys):
    result = bundle(BUNDLE_KEYRING=str(keys[1].keyring))
    assert result.returncode == 1
    assert 'NO_PUBKEY' in result.stderr and 'cannot have trusty from there' in result.stderr.splitlines()[-1]
    assert repository(plugin) == ['earlier_1_all.deb']


@pytest.mark.parametrize('name, variables, line', [
    ('trusty', {'BUNDLE_MIRROR': ''}, "BUNDLE_MIRROR must be the URL of a Debian or Ubuntu mirror, not ''"),
    ('trusty', {'BUNDLE_MIRROR': 'mirror'},
     "BUNDLE_MIRROR must be the URL of a Debian or Ubuntu mirror, not 'mirror'"),
    ('trusty', {'BUNDLE_KEYRING': '/no/such'},
     "BUNDLE_KEYRING must be a file with the keys of trusty, not '/no/such' (Ubuntu's: in the package "
     "ubuntu-keyring of Ubuntu and Debian 13; Debian 12 takes that from a mirror's pool/main/u/ubuntu-keyring)"),
    ('trusty', {'BUNDLE_CLIENT': 'true'}, "BUNDLE_CLIENT must be yes or no, not 'true'"),
    ('precise', {}, "BUNDLE must be trusty or xenial, not 'precise'"),
])
def test_bad_input_is_told_in_one_line_and_changes_nothing(bundle, plugin, name, variables, line):
    result = bundle(name, **variables)
    assert (result.returncode, result.stdout, result.stderr) == (2, '', f'tools/bundle: {line}\n')
    assert repository(plugin) == ['earlier_1_all.deb'] and not (plugin / '.cache').exists()

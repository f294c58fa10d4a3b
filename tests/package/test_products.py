# SPDX-License-Identifier: Apache-2.0
"""What is in the .rpm and in the .fp."""

import hashlib
import pathlib
import tarfile

import pytest

from project import build, project_files, run

RPM = 'ceilometer-redis-2.0-2.0.1-1.noarch.rpm'
FP = 'ceilometer-redis-2.0.1.fp'
PLUGINS = pathlib.Path('/var/www/nailgun/plugins')  # where a Fuel master keeps them
TOP = 'ceilometer-redis-2.0'


def shipped():
    """Paths of every file that ships, relative to the plugin's directory."""
    return {str(path) for path in project_files('deployment_scripts')} | {
        'LICENSE', 'README.rst', 'checksums.sha1', 'deployment_scripts/ceilometer-redis', 'deployment_tasks.yaml',
        'environment_config.yaml', 'metadata.yaml', 'repositories/trusty/Packages.gz', 'repositories/trusty/Release',
        'repositories/xenial/Packages.gz', 'repositories/xenial/Release'}


@pytest.fixture(scope='module')
def archive(built):
    with tarfile.open(built / FP) as archive:
        yield archive


def test_the_fp_holds_the_plugin_and_nothing_else(archive):
    files = {str(pathlib.PurePath(member.name).relative_to(TOP)) for member in archive if member.isfile()}
    assert files == shipped()


def test_the_fp_holds_files_and_directories_only_that_the_master_serves_to_the_nodes(archive):
    assert {member.type for member in archive} == {tarfile.REGTYPE, tarfile.DIRTYPE}
    assert [member.name for member in archive if not member.mode & 0o004] == []


def test_the_rpm_holds_the_files_of_the_fp(built, archive):
    listing = run('rpm', '-qp', '--queryformat', '[%{FILENAMES} %{FILEDIGESTS}\n]', built / RPM).stdout.splitlines()
    in_rpm = dict(line.split(' ') for line in listing if not line.endswith(' '))
    assert in_rpm == {str(PLUGINS / member.name): hashlib.sha256(archive.extractfile(member).read()).hexdigest()
                      for member in archive if member.isfile()}


def test_the_rpm_is_named_as_the_fuel_client_reads_it(built):
    name = run('rpm', '-qp', '--queryformat', '%{name} %{version} %{release} %{arch}', built / RPM).stdout
    assert name == 'ceilometer-redis-2.0 2.0.1 1 noarch'


def test_the_checksums_are_those_of_the_files(archive):
    lines = archive.extractfile(f'{TOP}/checksums.sha1').read().decode().splitlines()
    sums = {path: digest for digest, path in (line.split(' ', 1) for line in lines)}
    assert sums == {path: hashlib.sha1(archive.extractfile(f'{TOP}/{path}').read()).hexdigest()
                    for path in shipped() - {'checksums.sha1'}}


@pytest.mark.parametrize('suite', ['trusty', 'xenial'])
def test_a_repository_without_packages_still_says_what_fuel_pins_it_by(archive, suite):
    release = archive.extractfile(f'{TOP}/repositories/{suite}/Release').read().decode()
    assert release == 'Label: ceilometer-redis\nVersion: 2.0\n'


def test_products_of_another_version_are_replaced_and_nothing_else(tmp_path):
    former = [tmp_path / name for name in ('ceilometer-redis-2.0-2.0.0-1.noarch.rpm', 'ceilometer-redis-2.0.0.fp')]
    other = tmp_path / 'ceilometer-redis-notes.txt'
    for path in [*former, other]:
        path.touch()
    build(tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= {RPM, FP, other.name}
    assert [path for path in former if path.exists()] == []


def test_the_same_sources_give_the_same_files(archive, tmp_path):
    with tarfile.open(build(tmp_path) / FP) as again:
        for path in sorted(shipped()):
            assert archive.extractfile(f'{TOP}/{path}').read() == again.extractfile(f'{TOP}/{path}').read(), path

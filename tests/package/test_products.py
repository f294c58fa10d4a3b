# SPDX-License-Identifier: Apache-2.0
"""What is in the .rpm and in the .fp."""

import hashlib
import os
import pathlib
import shutil
import sys
import tarfile

import pytest

from project import PROJECT, build, project_files, run

RPM = 'ceilometer-redis-2.0-2.0.2-1.noarch.rpm'
FP = 'ceilometer-redis-2.0.2.fp'
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
    assert name == 'ceilometer-redis-2.0 2.0.2 1 noarch'


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


def test_a_commit_gives_the_same_bytes_elsewhere_at_another_time_and_with_another_umask(built, tmp_path):
    checkout = tmp_path / 'elsewhere'
    for path in sorted(project_files('.'), reverse=True):
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / path, checkout / path)
        os.utime(checkout / path, (1000000000, 1000000000))
    epoch = run('rpm', '-qp', '--queryformat', '%{BUILDTIME}', built / RPM).stdout
    result = run('sh', '-c', 'umask 077; exec "$@"', 'sh', sys.executable, checkout / 'tools/build.py',
                 tmp_path / 'plugin', tmp_path, cwd=tmp_path,
                 env={**os.environ, 'SOURCE_DATE_EPOCH': epoch, 'LC_ALL': 'C', 'TZ': 'Asia/Tokyo'})
    assert result.returncode == 0, result.stdout + result.stderr
    for name in (RPM, FP):
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes(), name


def test_all_times_are_the_commits(built, archive):
    commit = int(run('git', '-c', 'safe.directory=*', 'log', '-1', '--format=%ct', cwd=PROJECT).stdout)
    assert {(member.mtime, member.uname, member.gname) for member in archive} == {(commit, 'root', 'root')}
    times = run('rpm', '-qp', '--queryformat', '%{BUILDTIME}\n[%{FILEMTIMES} %{FILEUSERNAME} %{FILEGROUPNAME}\n]',
                built / RPM).stdout.splitlines()
    assert set(times) == {str(commit), f'{commit} root root'}

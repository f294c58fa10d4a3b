#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build the plugin: exactly what ships, packed by fuel-plugin-builder 4.2.0 on Python 3.

One commit gives the same bytes whenever, wherever and by whom it is built: all times are the commit's, or that of the
environment variable SOURCE_DATE_EPOCH (seconds), and the files are root's. The environment variables of pre_build_hook
(BUNDLE, ...) count here too. Exit code 1: the builder refuses the tree or cannot pack it, otherwise that of the program
that failed.
"""

import argparse
import gzip
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import yaml
from fuel_plugin_builder import errors, utils, version_mapping
from fuel_plugin_builder.actions import build

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = ('metadata.yaml', 'environment_config.yaml', 'deployment_tasks.yaml', 'deployment_scripts', 'repositories',
           'LICENSE', 'README.rst')

#: What lets rpmbuild (4.14 to 4.20) take times from SOURCE_DATE_EPOCH, and not say where it ran.
RPM_MACROS = {'_buildhost': 'localhost', 'use_source_date_epoch_as_buildtime': 1,
              'clamp_mtime_to_source_date_epoch': 1, 'build_mtime_policy': 'clamp_to_source_date_epoch'}
NOT_SHIPPED = shutil.ignore_patterns('.*', '*.partial')


def adapt():
    """Give fuel-plugin-builder what it knows from Python 2.7: a filter that returns a list, a yaml.load without Loader.

    And let it do without createrepo, which it wants even when no release is CentOS's (Debian has createrepo_c only),
    and pack nothing that differs from build to build.
    """
    exec_cmd = utils.exec_cmd
    defines = ''.join(f' --define "{name} {value}"' for name, value in RPM_MACROS.items())
    utils.exec_cmd = lambda command, *rest: exec_cmd(command.replace('rpmbuild ', f'rpmbuild{defines} ', 1), *rest)
    utils.make_tar_gz = make_tar_gz
    utils.get_current_year = lambda: time.gmtime(int(os.environ['SOURCE_DATE_EPOCH'])).tm_year  # of the spec's head
    version_mapping.filter = build.filter = lambda function, items: [item for item in items if function(item)]
    utils.parse_yaml = lambda path: yaml.safe_load(pathlib.Path(path).read_text(encoding='utf-8'))
    build.BuildPluginV2.requires = [command for command in build.BuildPluginV2.requires if command != 'createrepo']


def source_date():
    """Return the seconds since the epoch of the commit that is built; now, where there is none."""
    found = subprocess.run(['git', '-c', 'safe.directory=*', 'log', '-1', '--format=%ct'], cwd=PROJECT, text=True,
                           capture_output=True, check=False).stdout.strip()
    return found or str(int(time.time()))


def make_tar_gz(directory, output, top):
    """Pack a directory as the directory TOP of an archive: sorted, with root's as owners and the source's time."""
    def member(info):
        info.uid, info.gid, info.uname, info.gname = 0, 0, 'root', 'root'
        info.mtime = int(os.environ['SOURCE_DATE_EPOCH'])
        return info

    with open(output, 'wb') as stream, gzip.GzipFile('', 'wb', 9, stream, 0) as compressed, \
            tarfile.open(fileobj=compressed, mode='w', format=tarfile.GNU_FORMAT) as archive:
        archive.add(directory, top, filter=member)  # sorts each directory


def stage(directory):
    """Make DIRECTORY the plugin's tree: what ships, readable by the web server of the Fuel master."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for source in map(PROJECT.joinpath, SHIPPED):
        if source.is_dir():
            shutil.copytree(source, directory / source.name, ignore=NOT_SHIPPED)
        else:
            shutil.copy(source, directory)
    subprocess.run([PROJECT / 'pre_build_hook'], cwd=directory, check=True)
    for path in directory.rglob('*'):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def pack(directory, output):
    """Pack the tree DIRECTORY; return the paths of the .rpm and the .fp, which are the only ones in OUTPUT then."""
    builder = version_mapping.get_version_mapping_from_plugin(str(directory))['builder'](str(directory))
    with tempfile.NamedTemporaryFile('w', suffix='.mako') as spec:
        # Whoever builds, the files are root's.
        template = pathlib.Path(builder.spec_src).read_text(encoding='utf-8')
        spec.write(template.replace('%%files\n', '%%files\n%%defattr(-, root, root)\n'))
        spec.flush()
        builder.spec_src = spec.name
        builder.run()
    output.mkdir(parents=True, exist_ok=True)
    rpm, = directory.glob('*.noarch.rpm')
    products = output / rpm.name, output / '{name}-{version}.fp'.format(**builder.meta)
    # The archive inside the .rpm is what a .fp of this package version looks like: one top directory NAME-2.0/.
    for pattern in ('{name}-*.rpm', '{name}-*.fp'):
        for former in output.glob(pattern.format(**builder.meta)):
            former.unlink()
    for source, product in zip((rpm, builder.tar_path), products):
        shutil.move(source, product)
    return products


def main():
    """Build the plugin as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('stage', type=pathlib.Path,
                        help='made anew: the plugin\'s tree alone, which plain `fpb --build STAGE` packs as well')
    parser.add_argument('output', type=pathlib.Path, help='the directory that receives the .rpm and the .fp')
    arguments = parser.parse_args()
    directory, output = arguments.stage.resolve(), arguments.output.resolve()
    os.umask(0o022)
    os.environ.setdefault('SOURCE_DATE_EPOCH', source_date())
    log = directory.with_suffix('.log')
    log.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=log, filemode='w', level=logging.DEBUG)
    adapt()
    try:
        stage(directory)
        products = pack(directory, output)
    except subprocess.CalledProcessError as error:  # it has said why
        return abs(error.returncode)
    except errors.FuelPluginException as error:
        print(f'build.py: {error}\nbuild.py: the whole story is in {log}', file=sys.stderr)
        return 1
    for product in products:
        print(f'{product.stat().st_size / 1024:8.0f} KiB  {os.path.relpath(product)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

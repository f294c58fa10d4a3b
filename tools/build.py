#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build the plugin: exactly what ships, packed by fuel-plugin-builder 4.2.0 on Python 3.

The environment variables of pre_build_hook (BUNDLE, ...) count here too. Exit code 1: the builder refuses the tree or
cannot pack it, otherwise that of the program that failed.
"""

import argparse
import logging
import os
import pathlib
import shutil
import subprocess
import sys

import yaml
from fuel_plugin_builder import errors, utils, version_mapping
from fuel_plugin_builder.actions import build

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = ('metadata.yaml', 'environment_config.yaml', 'deployment_tasks.yaml', 'deployment_scripts', 'repositories',
           'LICENSE', 'README.rst')
NOT_SHIPPED = shutil.ignore_patterns('.*', '*.partial')


def adapt():
    """Give fuel-plugin-builder what it knows from Python 2.7: a filter that returns a list, a yaml.load without Loader.

    And let it do without createrepo, which it wants even when no release is CentOS's (Debian has createrepo_c only).
    """
    version_mapping.filter = build.filter = lambda function, items: [item for item in items if function(item)]
    utils.parse_yaml = lambda path: yaml.safe_load(pathlib.Path(path).read_text(encoding='utf-8'))
    build.BuildPluginV2.requires = [command for command in build.BuildPluginV2.requires if command != 'createrepo']


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

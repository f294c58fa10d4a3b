# SPDX-License-Identifier: Apache-2.0
"""The plugin's packages as `make lab-plugin` builds them."""

import pathlib

from lab.failure import Failure

BUILT = pathlib.Path(__file__).parents[3] / '.cache' / 'lab'


def packages():
    """Path of the built package by its kind, ``fp`` and ``rpm``. Raises Failure unless there is one of each."""
    found = {kind: list(BUILT.glob(f'*.{kind}')) for kind in ('fp', 'rpm')}
    for kind, paths in found.items():
        if len(paths) != 1:
            raise Failure(f'{BUILT} has {len(paths)} .{kind} files and should have one: run `make lab-plugin`')
    return {kind: paths[0] for kind, paths in found.items()}

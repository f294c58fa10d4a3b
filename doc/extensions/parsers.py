# SPDX-License-Identifier: Apache-2.0
"""The parsers of the helper's commands: sphinx_argparse_cli asks a module for a function without arguments."""

import functools

from ceilometer_redis.__main__ import command_parser


def __getattr__(name):
    """Return what makes the parser of a command."""
    return functools.partial(command_parser, name)

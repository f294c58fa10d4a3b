# SPDX-License-Identifier: Apache-2.0
"""Arguments that several commands take."""

import argparse
import glob
import os
import textwrap

from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import PARTS, has_store, is_controllers, service_of, with_former_store
from ceilometer_redis.errors import BadInput, quoted


def add_deployment(parser):
    """Add the option that names the deployment file."""
    parser.add_argument('--deployment', metavar='FILE', default=document.PATH, help='default: %(default)s')


def add_check(parser):
    """Add the option that lets a command say what it would change."""
    parser.add_argument('--check', action='store_true', help='change nothing; exit 1 if something would change')


def add_epilog(parser, text):
    """Let a command's help end with a text as it stands: examples, and the exit codes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = textwrap.fill(parser.description, 78)
    parser.epilog = text


def seconds(option):
    """Return a type for argparse: a number of seconds, more than none."""
    def parse(text):
        try:
            return parse_seconds(text)
        except ValueError:
            raise BadInput(option, 'be a number of seconds, up to a day', quoted(text))
    return parse


def parse_seconds(text):
    """Return the number of seconds that a text is, more than none and up to a day.

    Raises:
        ValueError: It is something else.
    """
    value = float(text)
    if not 0 < value <= 86400:
        raise ValueError(text)
    return value


def load_controllers(path):
    """Return the deployment in a file, if it is a controller's.

    Raises:
        BadInput: There is none, with whether it was withdrawn, or it is a compute node's.
    """
    if not os.path.lexists(path):
        aside = sorted(glob.glob(os.path.dirname(path) + '.[0-9]*Z'))
        raise BadInput(path, 'be there', advice='the plugin was withdrawn from this node, which left %s' % aside[-1]
                       if aside else 'the plugin is not deployed on this node')
    if not is_controllers(document.load(path, PARTS)):
        raise BadInput(path, "be a controller's", "a compute node's", 'ask on a controller')
    return document.load(path)


def load_with_store(path):
    """Return the deployment in a file, if it has a store, if only a former one.

    Raises:
        BadInput: There is no deployment, or none with a store.
    """
    deployment = with_former_store(document.load(path))
    if not has_store(deployment):
        raise BadInput('store', 'be deploy for this command', "'existing'",
                       'the environment uses %s' % service_of(deployment))
    return deployment


def one_of(field, names):
    """Return a type for argparse: one of these names.

    argparse's own choices would complain in a sentence of their own.
    """
    def checked(text):
        if text not in names:
            raise BadInput(field, 'be one of %s' % ', '.join(names), quoted(text))
        return text
    return checked

# SPDX-License-Identifier: Apache-2.0
"""Fuel's data of this node, in whichever of two shapes they are there.

Up to Fuel 9.2, and in tag 10.0.0, /etc/astute.yaml holds all of them. In 10.0 as stable/newton has it since 2017-03,
and in 11.0, that file is one comment and the data are in /etc/hiera: those of the environment in cluster.yaml, this
node's in node.yaml (fuel-library, osnailyfacter: modular/astute/tasks.yaml, manifests/hiera/hiera.pp).
"""
import errno
import os

import yaml

from ceilometer_redis.errors import TEXT, BadInput, as_text, kind, reason
from ceilometer_redis.files import read_bytes

ASTUTE = '/etc/astute.yaml'
HIERA = '/etc/hiera'


def paths(astute=ASTUTE, hiera=HIERA):
    """Return the three files that may hold data: astute.yaml, cluster.yaml, node.yaml.

    Args:
        astute: The first of them.
        hiera: The directory of the others.
    """
    return astute, os.path.join(hiera, 'cluster.yaml'), os.path.join(hiera, 'node.yaml')


def contents(*places):
    """Return the bytes of the three files, empty of one that is not there.

    Args:
        places: As paths() takes them.

    Raises:
        BadInput: A file cannot be read.
    """
    return [_content(path) for path in paths(*places)]


def read(*places):
    """Return Fuel's data as one mapping.

    /etc/astute.yaml counts where it holds data: the Fuel that moved them made a comment of it.

    Args:
        places: As paths() takes them.

    Raises:
        BadInput: A file, by its name, cannot be read, or does not hold its part of the data.
    """
    whole, cluster, node = paths(*places)
    data = _data(whole)
    if data:
        return data
    parts = [_data(path) for path in (cluster, node)]
    if not any(parts):
        raise BadInput(whole, "hold Fuel's data of this node, or %s and %s must" % (cluster, node))
    for path, part in zip((cluster, node), parts):
        if not part:
            raise BadInput(path, "hold its part of Fuel's data", advice='%s holds none' % whole)
    try:
        return merge(*parts)
    except RuntimeError:  # YAML has aliases; both files have to have one for the same
        raise BadInput(node, 'have no mapping that is a part of itself')


def merge(cluster, node):
    """Return two mappings as one: the second wins, mappings in both are merged in turn.

    That gives what 9.2 has in one file (`glance` and `provision` are partly in either), and is what Fuel's own
    manifests see: their hiera looks mappings up with the merge behaviour `deeper`.
    """
    return _merge(cluster, node, {})


def _merge(cluster, node, merged):
    # YAML has aliases: a few lines may name one mapping millions of times.
    pair = id(cluster), id(node)
    if pair not in merged:
        both = dict(cluster)
        for key, value in node.items():
            below = both.get(key)
            both[key] = _merge(below, value, merged) if isinstance(below, dict) and isinstance(value, dict) else value
        merged[pair] = both
    return merged[pair]


class Part(object):
    """A mapping of Fuel's data that knows its name in them, by which it refuses what has another shape.

    Args:
        values: The mapping.
        name: Its keys with dots between, nothing for the whole.
    """

    def __init__(self, values, name=''):
        self.values = values
        self.name = name

    def part(self, key, required=False):
        """Return the mapping under a key, as a Part; an empty one where there is none.

        Raises:
            BadInput: It is no mapping, or not there and required.
        """
        value = self.values.get(key)
        if value is None and not required:
            value = {}
        if not isinstance(value, dict):
            raise self.refusal(key, 'be a mapping', kind(value))
        return Part(value, self.name_of(key))

    def parts(self):
        """Return all mappings under the keys of this one, as Parts.

        Raises:
            BadInput: One is no mapping.
        """
        return [self.part(key, required=True) for key in self.values]

    def text(self, key):
        """Return the text or number under a key, as text; an empty one where there is none.

        Raises:
            BadInput: It is neither.
        """
        value = self.values.get(key)
        text = '' if value is None else as_text(value)
        if text is None:
            raise self.refusal(key, 'be a text or a number', kind(value))
        return text

    def texts(self, key):
        """Return the list of texts under a key; an empty one where there is none.

        Raises:
            BadInput: It is no list, or one of something else.
        """
        value = self.values.get(key)
        value = [] if value is None else value
        if not isinstance(value, list):
            raise self.refusal(key, 'be a list of texts', kind(value))
        for item in value:
            if not isinstance(item, TEXT):
                raise self.refusal(key, 'be a list of texts', 'one of %s' % kind(item))
        return value

    def refusal(self, key, must, found=None, advice=None):
        """Return the error about what is under a key; the rest is as for BadInput."""
        return BadInput(self.name_of(key), must, found, advice)

    def name_of(self, key):
        """Return the keys that lead to what is under a key, with dots between."""
        own = as_text(key) or kind(key)
        return '%s.%s' % (self.name, own) if self.name else own


def parse(path, content):
    """Return what the YAML in a file says.

    Args:
        path: The file's name, for the error.
        content: Its bytes.

    Raises:
        BadInput: It is no YAML.
    """
    try:
        return yaml.safe_load(content)
    except Exception:  # a value that its tag does not fit raises whatever its conversion does
        # Not the parser's own message: it quotes the lines around the fault, passwords among them.
        raise BadInput(path, 'be YAML that can be parsed')


def _data(path):
    """Return the mapping that a file holds; an empty one if it is not there, or nothing but comments."""
    data = parse(path, _content(path))
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadInput(path, 'be a YAML mapping', kind(data))
    return data


def _content(path):
    try:
        return read_bytes(path)
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return b''
        raise BadInput(path, 'be a file that can be read', advice=reason(error))

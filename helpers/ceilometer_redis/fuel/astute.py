"""Fuel's data of this node, in whichever of two shapes they are there.

Up to Fuel 9.2, and in tag 10.0.0, /etc/astute.yaml holds all of them. In 10.0 as stable/newton has it since 2017-03,
and in 11.0, that file is one comment and the data are in /etc/hiera: those of the environment in cluster.yaml, this
node's in node.yaml (fuel-library, osnailyfacter: modular/astute/tasks.yaml, manifests/hiera/hiera.pp).
"""
import errno
import numbers
import os

import yaml

from ceilometer_redis.errors import BadInput

ASTUTE = '/etc/astute.yaml'
HIERA = '/etc/hiera'

TEXT = (str, type(u''))


def paths(astute=ASTUTE, hiera=HIERA):
    """The three files that may hold data: astute.yaml, cluster.yaml, node.yaml."""
    return astute, os.path.join(hiera, 'cluster.yaml'), os.path.join(hiera, 'node.yaml')


def contents(*places):
    """The bytes of the three files, empty of one that is not there. places: as paths() takes them."""
    return [_content(path) for path in paths(*places)]


def read(*places):
    """Fuel's data as one mapping. places: as paths() takes them. Raises BadInput naming the file.

    /etc/astute.yaml counts where it holds data: the Fuel that moved them made a comment of it.
    """
    whole, cluster, node = paths(*places)
    data = _data(whole)
    if data:
        return data
    parts = [_data(path) for path in (cluster, node)]
    if not any(parts):
        raise BadInput(whole, "must hold Fuel's data of this node, or %s and %s must" % (cluster, node))
    for path, part in zip((cluster, node), parts):
        if not part:
            raise BadInput(path, "must hold its part of Fuel's data, as %s holds none" % whole)
    try:
        return merged(*parts)
    except RuntimeError:  # YAML has aliases; both files have to have one for the same
        raise BadInput(node, 'must not have a mapping that is a part of itself')


def merged(cluster, node):
    """Two mappings as one: the second wins, mappings in both are merged in turn.

    That gives what 9.2 has in one file (`glance` and `provision` are partly in either), and is what Fuel's own
    manifests see: their hiera looks mappings up with the merge behaviour `deeper`.
    """
    both = dict(cluster)
    for key, value in node.items():
        below = both.get(key)
        both[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


class Part(object):
    """A mapping of Fuel's data that knows its name in them, by which it refuses what has another shape.

    values: the mapping. name: its keys with dots between, nothing for the whole.
    """

    def __init__(self, values, name=''):
        self.values = values
        self.name = name

    def part(self, key, required=False):
        """The mapping under a key; an empty one where there is none, unless it is required."""
        value = self.values.get(key)
        if value is None and not required:
            value = {}
        if not isinstance(value, dict):
            raise self.refusal(key, 'must be a mapping, not %s' % kind(value))
        return Part(value, self.named(key))

    def parts(self):
        """All mappings under the keys of this one."""
        return [self.part(key, required=True) for key in self.values]

    def text(self, key):
        """The text or number under a key, as text; an empty one where there is none."""
        value = self.values.get(key)
        value = '' if value is None else value
        if isinstance(value, bool) or not isinstance(value, TEXT + (numbers.Number,)):
            raise self.refusal(key, 'must be a text or a number, not %s' % kind(value))
        return value if isinstance(value, TEXT) else '%s' % value

    def texts(self, key):
        """The list of texts under a key; an empty one where there is none."""
        value = self.values.get(key)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(item, TEXT) for item in value):
            raise self.refusal(key, 'must be a list of texts%s' % ('' if isinstance(value, list)
                                                                   else ', not ' + kind(value)))
        return value

    def refusal(self, key, must):
        """The error about what is under a key."""
        return BadInput(self.named(key), must)

    def named(self, key):
        return '%s.%s' % (self.name, key) if self.name else '%s' % key


def kind(value):
    """What a value is, in a word or two; never the value, which may be a password."""
    if isinstance(value, bool) or value is None:
        return {True: 'true', False: 'false', None: 'null'}[value]
    kinds = ((dict, 'a mapping'), (list, 'a list'), (TEXT, 'a text'), (numbers.Number, 'a number'))
    return next((name for types, name in kinds if isinstance(value, types)), 'a ' + type(value).__name__)


def parsed(path, content):
    """What the YAML in a file says. content: its bytes. Raises BadInput naming the file."""
    try:
        return yaml.safe_load(content)
    except Exception:  # a value that its tag does not fit raises whatever its conversion does
        # Not the parser's own message: it quotes the lines around the fault, passwords among them.
        raise BadInput(path, 'must be YAML, it cannot be parsed')


def _data(path):
    """The mapping that a file holds; an empty one if it is not there, or nothing but comments."""
    data = parsed(path, _content(path))
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadInput(path, 'must be a YAML mapping, not %s' % kind(data))
    return data


def _content(path):
    try:
        with open(path, 'rb') as stream:
            return stream.read()
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return b''
        raise BadInput(path, 'must be a file that can be read (%s)' % error.strerror)

# SPDX-License-Identifier: Apache-2.0
"""The deployment file: read, proven, written."""

import os
import re
import tempfile

import yaml

from ceilometer_redis.deployment.parts import CONTROLLER_PARTS, MAPPINGS, SHAPES, STORE_PARTS
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import astute

#: The deployment file.
PATH = '/etc/ceilometer-redis/deployment.yaml'


def load(path=PATH, parts=CONTROLLER_PARTS):
    """Return the deployment in a file that write() made.

    Args:
        path: The file.
        parts: The parts that it has to have.

    Raises:
        BadInput: There is none that can be read, or it lacks a part or what has to be in one.
    """
    try:
        deployment = read_mapping(path)
    except EnvironmentError as error:
        raise BadInput(path, 'be a file that can be read', advice=error.strerror)
    missing = [part for part in parts if part not in deployment]
    if not missing and 'coordination' in parts and 'service' not in deployment['coordination']:
        missing = [part for part in ('redis', 'sentinel') if part not in deployment]
    if missing:
        raise _refusal(path, 'have the part %s' % missing[0])
    # A withdrawal, of whichever version's file, asks for no more than these.
    read = parts + STORE_PARTS if 'coordination' in parts else ('services', 'coordination')
    for part in sorted(set(read) & set(SHAPES) & set(deployment)):
        _refuse_other_shape(path, part, deployment[part], SHAPES[part])
    return deployment


def write(deployment, path=PATH):
    """Put the deployment into its file: atomically, mode 0640, what was there kept aside as PATH.previous."""
    directory = os.path.dirname(path)
    if not os.path.isdir(directory):
        os.makedirs(directory)
        # Whatever the umask: redis has its own directory in it.
        os.chmod(directory, 0o755)
    replacement = _temporary(path, dump(deployment).encode('ascii'))
    if os.path.exists(path):
        with open(path, 'rb') as current:
            os.rename(_temporary(path, current.read()), path + '.previous')
    os.rename(replacement, path)


def dump(deployment):
    """Return the deployment as YAML, its keys sorted."""
    return yaml.dump(deployment, Dumper=_Dumper, default_flow_style=False, width=1000)


def read_mapping(path):
    """Return the deployment in a file, whichever parts it has.

    Raises:
        BadInput: One has not the shape that write() gives.
        EnvironmentError: The file cannot be read.
    """
    with open(path, 'rb') as stream:
        data = astute.parse(path, stream.read())
    if not isinstance(data, dict):
        raise _refusal(path, 'be a YAML mapping', astute.kind(data))
    try:
        has_text_keys = _has_text_keys(data)
    except RuntimeError:  # YAML has aliases
        raise _refusal(path, 'have no part that is a part of itself')
    if not has_text_keys:
        raise _refusal(path, 'have texts as keys')
    for name in MAPPINGS:
        if not isinstance(data.get(name, {}), dict):
            raise _refusal(path, 'have a mapping as %s' % name, astute.kind(data[name]))
    if not all(part in data['former'] for part in STORE_PARTS if 'former' in data):
        raise _refusal(path, 'have %s in former' % ', '.join(STORE_PARTS))
    for name in ('agents', 'released'):
        if not all(_is_agent(agent) for agent in data.get(name, {}).values()):
            raise _refusal(path, 'have a service and a config for each of its %s' % name)
    return data


def _refuse_other_shape(path, name, value, shape):
    """Refuse a value, by its keys with dots between, that has another shape, as in parts.SHAPES."""
    wanted = {dict: 'a mapping', list: 'a list'}.get(type(shape), shape)
    found = astute.kind(value)
    if found not in wanted.split(' or '):
        raise _refusal(path, 'have %s as %s' % (wanted, name), found)
    if isinstance(shape, dict):
        for key in sorted(shape):
            _refuse_other_shape(path, '%s.%s' % (name, key), value.get(key), shape[key])
    elif isinstance(shape, list):
        if not value and name in ('controllers', 'addresses'):
            raise _refusal(path, 'have a list as %s' % name, 'an empty one')
        for number, item in enumerate(value):
            _refuse_other_shape(path, '%s.%d' % (name, number), item, shape[0])


def _refusal(path, must, found=None):
    return BadInput(path, must, found, "write it with 'ceilometer-redis deployment'")


def _has_text_keys(value):
    if isinstance(value, dict):
        return all(isinstance(key, astute.TEXT) and _has_text_keys(item) for key, item in value.items())
    return not isinstance(value, list) or all(_has_text_keys(item) for item in value)


def _is_agent(value):
    return isinstance(value, dict) and all(isinstance(value.get(key), astute.TEXT) for key in ('service', 'config'))


def _temporary(path, content):
    """Make a file beside path with these bytes, mode 0640; return its name.

    It is 0600 first, so that nobody reads it meanwhile.
    """
    handle, name = tempfile.mkstemp(prefix='.', dir=os.path.dirname(path))
    with os.fdopen(handle, 'wb') as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), 0o640)
        os.fsync(stream.fileno())
    return name


class _Dumper(yaml.SafeDumper):
    """A dumper that quotes every string with a digit.

    Puppet's and Python's YAML differ in which words they take for numbers (12345e67 is one to the first alone).
    """


def _quoted(dumper, text):
    style = "'" if re.search('[0-9]', text) else None
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style=style)


for _text in set([str, type(u'')]):
    _Dumper.add_representer(_text, _quoted)

# SPDX-License-Identifier: Apache-2.0
"""The deployment file: read, proven, written."""

import os
import re
import tempfile

import yaml

from ceilometer_redis.coordination import service
from ceilometer_redis.deployment.parts import (
    COMPUTE_SHAPES,
    COMPUTE_URL,
    CONTROLLER_PARTS,
    LEAST_SHAPES,
    MAPPINGS,
    SHAPES,
    STORE_PARTS,
    is_controllers,
)
from ceilometer_redis.errors import TEXT, BadInput, kind, reason
from ceilometer_redis.files import read_bytes
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
        raise BadInput(path, 'be a file that can be read', advice=reason(error))
    whole = 'coordination' in parts
    needed = list(parts) + (['controllers', 'agents'] if is_controllers(deployment) else [])
    if whole and 'service' not in deployment.get('coordination', {}):
        needed += ['redis', 'sentinel']
    for part in needed:
        if part not in deployment:
            raise _refusal(path, 'have the part %s' % part)
    if whole:
        refuse_other_shapes(path, deployment, SHAPES)
        _refuse_contradictions(path, deployment)
        refuse_other_urls(path, deployment)
    else:
        refuse_other_shapes(path, deployment, LEAST_SHAPES if is_controllers(deployment) else COMPUTE_SHAPES)
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
    data = astute.parse(path, read_bytes(path))
    # What it says, root does; not even another version of it can be believed.
    status = os.stat(path)
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        raise _refusal(path, 'be of root, and writable for nobody else')
    if not isinstance(data, dict):
        raise _refusal(path, 'be a YAML mapping', kind(data))
    _refuse_other_keys(path, data, set())
    for name in MAPPINGS:
        if not isinstance(data.get(name, {}), dict):
            raise _refusal(path, 'have a mapping as %s' % name, kind(data[name]))
    if 'former' in data:
        refuse_other_shapes(path, data['former'], dict((part, SHAPES[part]) for part in STORE_PARTS), 'former.')
    for name in ('agents', 'released'):
        if not all(_is_agent(agent) for agent in data.get(name, {}).values()):
            raise _refusal(path, 'have a service and a config for each of its %s' % name)
    if not all(isinstance(option, dict) and isinstance(option.get('value'), TEXT)
               for option in data.get('options', {}).values()):
        raise _refusal(path, 'have a text as the value of each of its options')
    return data


def refuse_other_shapes(path, deployment, shapes, within=''):
    """Refuse parts that have other shapes.

    Args:
        path: The file, for the error.
        deployment: The parts; one that is not there counts as null, unless it is one that not every file has.
        shapes: By part, as parts.SHAPES.
        within: Keys that lead to the parts, each with a dot behind it.

    Raises:
        BadInput: One has another shape.
    """
    for part in sorted(shapes):
        if part in deployment or within:
            _refuse_other_shape(path, within + part, deployment.get(part), shapes[part])


def _refuse_contradictions(path, deployment):
    """Refuse what no file of write()'s says, and what would fail much later."""
    controllers = deployment['controllers']
    for key in ('name', 'fqdn', 'address'):
        if len(set(controller[key] for controller in controllers)) < len(controllers):
            raise _refusal(path, 'have another %s for each of its controllers' % key)
    primaries = len([controller for controller in controllers if controller['primary']])
    if primaries != 1:
        raise _refusal(path, 'have one primary among its controllers', '%d' % primaries)
    if deployment['addresses'] != [controller['address'] for controller in controllers]:
        raise _refusal(path, 'have the addresses of its controllers as addresses')
    if deployment['node'] not in controllers:
        raise _refusal(path, 'have its node among its controllers')
    for name in ('redis', 'sentinel'):
        if name in deployment and not 0 < deployment[name]['port'] < 65536:
            raise _refusal(path, 'have a port from 1 to 65535 as %s.port' % name)


def refuse_other_urls(path, deployment):
    """Refuse what cannot be read as the URL of a store, of a controller's agents or of a compute node's.

    Raises:
        BadInput: One, by its name, cannot.
    """
    given = [('coordination.backend_url', deployment.get('coordination', {}).get('backend_url')),
             (COMPUTE_URL, deployment['options'].get(COMPUTE_URL, {}).get('value'))]
    for name, url in given:
        if url is not None and not service.is_readable(url):
            raise _refusal(path, 'have a URL for tooz as %s' % name)


def _refuse_other_shape(path, name, value, shape):
    """Refuse a value, by its keys with dots between, that has another shape, as in parts.SHAPES."""
    wanted = {dict: 'a mapping', list: 'a list'}.get(type(shape), shape)
    found = kind(value)
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


def _refuse_other_keys(path, value, seen):
    """Refuse keys that are no texts, and what an alias of YAML names once more: a few lines name a part of it for ever.

    Args:
        path: The file, for the error.
        value: What is in it.
        seen: Identities of the mappings and lists that were found already.
    """
    if isinstance(value, (dict, list)):
        if id(value) in seen:
            raise _refusal(path, 'have no aliases')
        seen.add(id(value))
    if isinstance(value, dict) and not all(isinstance(key, TEXT) for key in value):
        raise _refusal(path, 'have texts as keys')
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_other_keys(path, item, seen)


def _is_agent(value):
    return isinstance(value, dict) and all(isinstance(value.get(key), TEXT) for key in ('service', 'config'))


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

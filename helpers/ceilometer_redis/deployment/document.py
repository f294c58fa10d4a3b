"""The deployment file: read, proven, written."""

import os
import re
import tempfile

import yaml

from ceilometer_redis.deployment.parts import CONTROLLER_PARTS, MAPPINGS, STORE_PARTS
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import astute

PATH = '/etc/ceilometer-redis/deployment.yaml'


def load(path=PATH, parts=CONTROLLER_PARTS):
    """The deployment in a file that write() made, with these parts. Raises BadInput naming the file."""
    deployment = read_mapping(path)
    missing = [part for part in parts if part not in deployment]
    if not missing and 'coordination' in parts and 'service' not in deployment['coordination']:
        missing = [part for part in ('redis', 'sentinel') if part not in deployment]
    if missing:
        raise BadInput(path, "a file made by 'ceilometer-redis deployment' is allowed, %s is missing" % missing[0])
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
    """The deployment as YAML, its keys sorted."""
    return yaml.dump(deployment, Dumper=_Dumper, default_flow_style=False, width=1000)


def read_mapping(path):
    """The deployment in a file, whichever parts it has. Raises BadInput if one has not the shape that write() gives."""
    with open(path, 'rb') as stream:
        data = astute.parsed(path, stream.read())
    if not isinstance(data, dict):
        raise BadInput(path, 'must be a YAML mapping, not %s' % astute.kind(data))
    try:
        has_text_keys = _has_text_keys(data)
    except RuntimeError:  # YAML has aliases
        raise BadInput(path, 'must not have a part that is a part of itself')
    if not has_text_keys:
        raise BadInput(path, 'must have texts as keys')
    for name in MAPPINGS:
        if not isinstance(data.get(name, {}), dict):
            raise BadInput(path, 'must have a mapping as %s, not %s' % (name, astute.kind(data[name])))
    if not all(part in data['former'] for part in STORE_PARTS if 'former' in data):
        raise BadInput(path, 'must have %s in former' % ', '.join(STORE_PARTS))
    for name in ('agents', 'released'):
        if not all(_is_agent(agent) for agent in data.get(name, {}).values()):
            raise BadInput(path, 'must have a service and a config for each of its %s' % name)
    return data


def _has_text_keys(value):
    if isinstance(value, dict):
        return all(isinstance(key, astute.TEXT) and _has_text_keys(item) for key, item in value.items())
    return not isinstance(value, list) or all(_has_text_keys(item) for item in value)


def _is_agent(value):
    return isinstance(value, dict) and all(isinstance(value.get(key), astute.TEXT) for key in ('service', 'config'))


def _temporary(path, content):
    """A new file beside path with these bytes, mode 0640; made 0600 first, so that nobody reads it meanwhile."""
    handle, name = tempfile.mkstemp(prefix='.', dir=os.path.dirname(path))
    with os.fdopen(handle, 'wb') as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), 0o640)
        os.fsync(stream.fileno())
    return name


class _Dumper(yaml.SafeDumper):
    """Quotes every string with a digit.

    Puppet's and Python's YAML differ in which words they take for numbers (12345e67 is one to the first alone).
    """


def _quoted(dumper, text):
    style = "'" if re.search('[0-9]', text) else None
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style=style)


for _text in set([str, type(u'')]):
    _Dumper.add_representer(_text, _quoted)

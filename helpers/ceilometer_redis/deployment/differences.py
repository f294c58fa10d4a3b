# SPDX-License-Identifier: Apache-2.0
"""What a new deployment would change in the deployment file, as lines without secrets."""

import errno
import os

import yaml

from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import SECRET
from ceilometer_redis.errors import BadInput


def changes(deployment, path=document.PATH):
    """Return what document.write() would change, as lines without secrets; none when the file is as it should be."""
    try:
        status = os.stat(path)
        current = document.read_mapping(path)
    except EnvironmentError as error:
        if error.errno != errno.ENOENT:
            raise
        return ['%s: to be created' % path]
    except BadInput as error:
        return ['%s: to be replaced, it must %s' % (path, error.must)]
    old, new = _flat(current), _flat(yaml.safe_load(document.dump(deployment)))
    differing = [key for key in sorted(set(old) | set(new)) if old.get(key) != new.get(key)]
    # An empty part, which a file of another version may lack, has nothing that could differ.
    lines = ['%s: %s' % (part, 'added' if part in deployment else 'removed')
             for part in sorted(set(current) ^ set(deployment))]
    lines += [_change(key, old.get(key), new.get(key)) for key in differing]
    if status.st_mode & 0o7777 != 0o640 or (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        lines.append('%s: owner and mode to be corrected' % path)
    return lines


def _flat(value, name=''):
    """Return a nested value as {'a.b': leaf}; an item of a list is named by its position."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {name: value}
    flat = {}
    for key, item in items:
        flat.update(_flat(item, '%s.%s' % (name, key) if name else '%s' % key))
    return flat


def _change(key, old, new):
    if key in SECRET:
        return '%s: changed' % key
    return '%s: %s -> %s' % (key, 'none' if old is None else old, 'none' if new is None else new)

# SPDX-License-Identifier: Apache-2.0
"""What a new deployment would change in the deployment file, as lines without secrets."""

import errno
import os

import yaml

from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import SECRET
from ceilometer_redis.errors import BadInput, as_text, kind, one_line


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
    secrets = [as_text(value) for flat in (old, new) for key, value in flat.items() if _is_secret(key) and value]
    lines += [_change(key, old.get(key), new.get(key), secrets) for key in differing]
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


def _is_secret(key):
    return any(key == secret or key.startswith(secret + '.') for secret in SECRET)


def _change(key, old, new, secrets):
    """Return a line about what changes; a secret, which somebody may have put elsewhere by hand, is not in it."""
    line = one_line('%s: %s -> %s' % tuple([key] + ['none' if value is None else as_text(value) or kind(value)
                                                    for value in (old, new)]))
    return one_line('%s: changed' % key) if _is_secret(key) or any(secret in line for secret in secrets) else line

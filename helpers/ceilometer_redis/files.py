# SPDX-License-Identifier: Apache-2.0
"""Files of this node: where the plugin has its own, and how they are read and written."""

import errno
import os
import stat

#: Where redis and Sentinel keep their own configuration.
CONF_DIR = '/etc/ceilometer-redis/redis'


def read_text(path):
    """Return the text of a file, '' if there is none; bytes that are no text stay what they are, each a character.

    Its directory may belong to the user redis: a link, or what would make a reader wait, is not a file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except EnvironmentError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return ''
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return ''
    with os.fdopen(handle, 'rb') as content:
        text = content.read()
    return text if isinstance(text, str) else text.decode('latin-1')

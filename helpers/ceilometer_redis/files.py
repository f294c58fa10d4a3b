# SPDX-License-Identifier: Apache-2.0
"""Files of this node: where the plugin has its own, and how they are read and written."""

import errno
import os
import stat

#: Where redis and Sentinel keep their own configuration.
CONF_DIR = '/etc/ceilometer-redis/redis'


def read_text(path):
    """Return the text of a file, '' if there is none."""
    if not os.path.exists(path):
        return ''
    with open(path) as text:
        return text.read()


def open_regular(path):
    """Return a descriptor to read a file that others may have made: nothing is waited for, and no link is followed.

    Raises:
        EnvironmentError: It is not there, or is something else.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise EnvironmentError(errno.EINVAL, 'no regular file', path)
    return descriptor

# SPDX-License-Identifier: Apache-2.0
"""Files of this node: where the plugin has its own, and how they are read and written."""

import errno
import os
import stat
import sys

#: Where redis and Sentinel keep their own configuration.
CONF_DIR = '/etc/ceilometer-redis/redis'

#: What says that there is no file, but nothing, a link or a device.
NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EINVAL)

#: Bytes. Fuel's data of a node in an environment of 200 are some hundred thousand.
LARGEST = 16 * 1024 * 1024


def read_bytes(path):
    """Return what is in a file. Nothing is waited for, as for the other end of a named pipe.

    Raises:
        EnvironmentError: It cannot be read, is no file, or has more than LARGEST bytes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, 'rb') as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise EnvironmentError(errno.EINVAL, 'it is no file', path)
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise EnvironmentError(errno.EFBIG, 'it has more than %d bytes' % LARGEST, path)
    return content


def read_text(path):
    """Return the text of a file, '' if there is none; bytes that are no text stay what they are, each a character.

    Its directory may belong to the user redis: a link, or what would make a reader wait, is not a file.
    """
    try:
        with os.fdopen(open_regular(path), 'rb') as content:
            text = content.read()
    except EnvironmentError as error:
        if error.errno in NO_FILE:
            return ''
        raise
    return text if isinstance(text, str) else text.decode('latin-1')


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


def open_standard_streams():
    """Let those of the three standard streams that the caller has closed be /dev/null.

    Else the next file or connection gets its number, and what is printed goes there; in Python 3 it is none at all.
    """
    for number, (name, mode) in enumerate((('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w'))):
        try:
            os.fstat(number)
        except EnvironmentError:
            # The lowest number that is free is this one.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode))


def silence(stream):
    """Let all that a stream still has, and gets, go nowhere: nobody reads it any more."""
    with open(os.devnull, 'w') as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())

# SPDX-License-Identifier: Apache-2.0
"""Collect what a maintainer needs to see."""
from __future__ import print_function

import contextlib
import errno
import io
import os
import stat
import tarfile
import time

from ceilometer_redis.commands import arguments
from ceilometer_redis.errors import BadInput
from ceilometer_redis.report.contents import contents

PACKED = ('.tar.gz', '.tgz')

EXAMPLES = """\
Of this controller: what status, check and history say, Pacemaker's CIB and
failed actions, the logs of two hours, versions, the deployment file and the
configuration of redis and Sentinel. Passwords, keys and the like are replaced
by ***: those that the files of this node have, wherever they are, and what
looks like one. Still, look through it before you send it. For root; half a
minute at most.

examples:
  ceilometer-redis report /root/node-1
      a directory that root alone can read
  ceilometer-redis report /root/node-1.tar.gz
      the same as one file, to be sent

exit codes:
  0  collected, also where something did not answer: its file says so
  2  bad input: not root, or DIR is there and not empty
"""


def add_arguments(parser):
    """Add what the command takes."""
    arguments.add_epilog(parser, EXAMPLES)
    parser.add_argument('directory', metavar='DIR', help='to be made, or DIR.tar.gz: one file instead')


def run(args):
    """Collect; return the exit code."""
    if os.geteuid():
        raise BadInput('report', 'be run by root')
    try:
        # Before anything is collected, which takes a while.
        if args.directory.endswith(PACKED):
            with new_file(args.directory) as archive:
                pack(archive, os.path.basename(args.directory).rpartition('.t')[0] or 'report', contents())
        else:
            make_directory(args.directory)
            fill(args.directory, contents())
    except EnvironmentError as error:
        raise EnvironmentError(error.errno, error.strerror, args.directory)
    print('%s: look through it before you send it' % args.directory)
    return 0


def make_directory(path):
    """Have an empty directory that is of root alone.

    Raises:
        BadInput: There is something else.
        EnvironmentError: It cannot be made.
    """
    try:
        os.mkdir(path, 0o700)
    except EnvironmentError as error:
        if error.errno != errno.EEXIST:
            raise
    prove(path, os.lstat(path), os.listdir)
    os.chmod(path, 0o700)
    # Somebody may have been in it until now.
    if os.listdir(path):
        raise BadInput(path, 'be empty')


def fill(directory, files):
    """Write files into what make_directory() made, all or none.

    By its place, not by its name: who owns the directory above can give that to another while things are collected.

    Args:
        directory: Its path.
        files: {name: text}.
    """
    former, written = os.open('.', os.O_RDONLY), []
    try:
        os.chdir(directory)
        prove(directory, os.stat('.'), lambda _: os.listdir('.'))
        for name, text in sorted(files.items()):
            with new_file(name) as file:
                file.write(text.encode('utf-8', 'replace'))
            written.append(name)
    except BaseException:
        for name in written:
            os.remove(name)
        raise
    finally:
        os.fchdir(former)
        os.close(former)


def prove(path, found, listed):
    """Raise BadInput unless a path is a directory of root with nothing in it.

    Args:
        path: The path.
        found: What stat says of it.
        listed: A function of the path that lists what is in it.
    """
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or listed(path):
        raise BadInput(path, 'be no file yet, or an empty directory of root')


@contextlib.contextmanager
def new_file(path):
    """Give a new file that root alone can read, to be written; it is removed if that fails.

    Raises:
        BadInput: There is something of the name.
        EnvironmentError: It cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except EnvironmentError as error:
        if error.errno == errno.EEXIST:
            raise BadInput(path, 'be no file yet')
        raise
    try:
        with os.fdopen(descriptor, 'wb') as file:
            yield file
    except BaseException:
        os.remove(path)
        raise


def pack(archive, directory, files):
    """Write files into a compressed archive.

    Args:
        archive: What it is written to.
        directory: The name of the directory that it unpacks to.
        files: {name: text}.
    """
    with tarfile.open(fileobj=archive, mode='w:gz') as tar:
        for name, text in sorted(files.items()):
            content = text.encode('utf-8', 'replace')
            member = tarfile.TarInfo('%s/%s' % (directory, name))
            member.size, member.mode, member.mtime = len(content), 0o600, time.time()
            tar.addfile(member, io.BytesIO(content))

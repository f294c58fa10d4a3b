# SPDX-License-Identifier: Apache-2.0
"""Where on this controller the password of its redis server is to be read by whom it is not for; a place per line.

On command lines, in logs whoever may read them, and in files that everybody may read and that are younger than the
controller itself.
"""

import os
import pathlib
import re
import stat
import subprocess

CONF = pathlib.Path('/etc/ceilometer-redis/redis/redis.conf')
BORN = pathlib.Path('/etc/machine-id').stat().st_mtime
ROOMS = ('/etc', '/root', '/run', '/srv', '/tmp', '/usr/local', '/var')
LOGS = '/var/log/'

word = re.search(rb'^requirepass "?([^"\s]+)', CONF.read_bytes(), re.MULTILINE)[1]


def public(directory):
    """The regular files below that matter, from where everybody may look on; of logs all."""
    for entry in os.scandir(directory):
        state = entry.stat(follow_symlinks=False)
        logged = entry.path.startswith(LOGS)
        if stat.S_ISDIR(state.st_mode) and (state.st_mode & stat.S_IXOTH or logged or entry.path + '/' == LOGS):
            yield from public(entry.path)
        elif stat.S_ISREG(state.st_mode) and state.st_ctime >= BORN and (state.st_mode & stat.S_IROTH or logged):
            yield entry.path


def found_in(path):
    try:
        return word in pathlib.Path(path).read_bytes()
    except OSError:  # gone meanwhile
        return False


for process in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
    if found_in(process):
        print(f'{process}: on the command line of a process')
for room in ROOMS:
    for path in public(room):
        if found_in(path):
            print(path)
if word in subprocess.run(['journalctl', '--quiet', '--no-pager', '--all'], stdout=subprocess.PIPE).stdout:
    print('the journal')

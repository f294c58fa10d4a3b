# SPDX-License-Identifier: Apache-2.0
"""A disk of its own for a directory of a host, which can fail: a loop device of the machine."""

import os
import subprocess

SIZE = 64 << 20

# What is left of a disk that fails: all beyond is an input/output error.
LEFT = 64 << 10

# By root of the machine in the host's namespace of mounts, which lasts as long as the host is on.
MOUNT = '''
mknod /dev/lab-disk b 7 "$1"
mke2fs -q -t ext4 -O ^has_journal /dev/lab-disk
mount -o errors=continue /dev/lab-disk /mnt
rmdir /mnt/lost+found
cp -a "$2/." /mnt
umount /mnt
mount -o errors=continue /dev/lab-disk "$2"
'''


def put(host, directory):
    """Put a directory of a host, with what is in it, on a disk of its own; that device of the machine."""
    image = host.store / 'disk'
    image.write_bytes(b'')
    os.truncate(image, SIZE)
    device = _run('losetup', '--find', '--show', str(image)).strip()
    _run('nsenter', '--target', str(host.leader()), '--mount', 'sh', '-euc', MOUNT, 'sh',
         str(os.minor(os.stat(device).st_rdev)), directory)
    # As soon as nobody uses it.
    _run('losetup', '--detach', device)
    return device


def fail(host, device):
    """Have that disk fail, whatever is written, or read that is not in memory."""
    os.truncate(host.store / 'disk', LEFT)
    _run('losetup', '--set-capacity', device)


def _run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

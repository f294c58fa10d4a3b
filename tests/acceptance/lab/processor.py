# SPDX-License-Identifier: Apache-2.0
"""How much of a processor a host may have, by a control group of the machine (version 1).

Of version 2 no process can be moved without the host's own systemd missing it.
"""

import contextlib
import pathlib

CGROUPS = pathlib.Path('/sys/fs/cgroup/cpu')

# Microseconds in which a share is used up, and waited for.
PERIOD = 100000


@contextlib.contextmanager
def limited(host, share):
    """A context in which all processes of a host, also those that start meanwhile, get a share of one processor."""
    group = CGROUPS / f'lab-{host.leader()}'
    group.mkdir()
    try:
        (group / 'cpu.cfs_period_us').write_text(str(PERIOD))
        (group / 'cpu.cfs_quota_us').write_text(str(int(share * PERIOD)))
        move(host.processes(), group)
        yield
    finally:
        (group / 'cpu.cfs_quota_us').write_text('-1')
        while left := (group / 'cgroup.procs').read_text().split():
            move(left, CGROUPS)
        group.rmdir()


def move(pids, group):
    """Move processes into a control group; one that has just ended needs none."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            (group / 'cgroup.procs').write_text(str(pid))

# SPDX-License-Identifier: Apache-2.0
"""Measure what a user sizes by, a process per subject, one after the other: python -m bench [SUBJECT...].

.cache/bench has SUBJECT.json of each, and SUBJECT.svg of those that have a picture. Nothing is asserted.
"""

import os
import pathlib
import subprocess
import sys

PROJECT = pathlib.Path(__file__).parent.parent
SUBJECTS = ('ring', 'cost', 'scale', 'recovery', 'package', 'audit')

#: Those that make hosts of this machine, which want a network namespace of their own.
ON_HOSTS = ('cost', 'scale')

#: Where the hosts' and the reports' modules are, beside the helper's.
ROOMS = ('helpers', 'tests', 'tests/ocf', 'tests/faults', 'tests/acceptance')


def main(names):
    """Measure these subjects, or all; return the exit code."""
    unknown = sorted(set(names) - set(SUBJECTS))
    if unknown:
        print(f'bench: {unknown[0]} must be one of {", ".join(SUBJECTS)}', file=sys.stderr)
        return 2
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(str(PROJECT / room) for room in ROOMS))
    codes = []
    for name in names or SUBJECTS:
        own = ['unshare', '--net'] if name in ON_HOSTS and os.geteuid() == 0 else []
        codes.append(subprocess.call([*own, sys.executable, '-m', 'bench.subject', name], cwd=PROJECT,
                                     env=environment))
    return max(codes)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

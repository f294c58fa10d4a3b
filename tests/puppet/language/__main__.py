# SPDX-License-Identifier: Apache-2.0
"""Says where manifests are not in the language of Puppet 3: a line per fault, exit code 1.

Usage: python -m language DIRECTORY
"""
import sys
from pathlib import Path

from .manifest import faults


def main(directory):
    manifests = sorted(Path(directory).rglob('*.pp'))
    if not manifests:
        sys.exit(f'{directory}: no manifest is below it')
    found = [(path, fault) for path in manifests for fault in faults(path.read_bytes())]
    for path, fault in found:
        print(f'{path}:{fault.line}:{fault.column}: {fault.what}')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python
# SPDX-License-Identifier: Apache-2.0
"""Pack the package ceilometer_redis as one executable file: a zip archive behind a few lines of shell.

The same sources give the same bytes. Runs on Python 2.7 and 3, as fuel-plugin-builder's hook does. Exit code 2: no such
package.
"""

from __future__ import print_function

import argparse
import os
import stat
import sys
import zipfile

# zipapp's single interpreter line is not enough: the agents' libraries are Python 2.7's on Fuel (trusty and xenial,
# where python3 lacks PyYAML) and Python 3's on Debian 12, which has no 2.7.
LAUNCHER = b"""\
#!/bin/sh
for python in python2.7 python3; do
    if $python -SEc '' 2>/dev/null; then exec $python "$0" "$@"; fi
done
echo 'ceilometer-redis: needs python2.7 or python3 with PyYAML' >&2
exit 2
"""

# Each finds out by itself whether it has PyYAML. To try that before it was two fifths of a start with Python 2.7.
MAIN = b"""\
import os
import runpy
import sys

try:
    import yaml
except ImportError:
    try:
        if sys.version_info[0] == 2:
            os.execvp('python3', ['python3'] + sys.argv)
    except OSError:
        pass
    sys.stderr.write('ceilometer-redis: needs python2.7 or python3 with PyYAML\\n')
    sys.exit(2)
runpy.run_module('ceilometer_redis', run_name='__main__', alter_sys=True)
"""

OLDEST = (1980, 1, 1, 0, 0, 0)  # zip's earliest date


def sources(helpers):
    """Relative paths of the package's Python files, sorted."""
    found = []
    for directory, _, names in os.walk(os.path.join(helpers, 'ceilometer_redis')):
        found += [os.path.relpath(os.path.join(directory, name), helpers) for name in names if name.endswith('.py')]
    return sorted(found)


def add(archive, name, content):
    """Add one file with nothing in it that differs from build to build."""
    entry = zipfile.ZipInfo(name, OLDEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.create_system = 3  # Unix
    archive.writestr(entry, content)


def pack(helpers, output):
    """Write the executable OUTPUT; an existing one is replaced at once, never half written."""
    partial = output + '.partial'
    with open(partial, 'wb') as stream:
        stream.write(LAUNCHER)
        with zipfile.ZipFile(stream, 'w') as archive:
            add(archive, '__main__.py', MAIN)
            for name in sources(helpers):
                with open(os.path.join(helpers, name), 'rb') as source:
                    add(archive, name, source.read())
    os.chmod(partial, 0o755)
    os.rename(partial, output)


def main():
    """Pack what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('helpers', help='the directory that holds ceilometer_redis/')
    parser.add_argument('output', help='the file to write')
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.helpers, 'ceilometer_redis', '__main__.py')):
        print('pack.py: %s: no ceilometer_redis/__main__.py in it' % arguments.helpers, file=sys.stderr)
        return 2
    pack(arguments.helpers, arguments.output)
    return 0


if __name__ == '__main__':
    sys.exit(main())

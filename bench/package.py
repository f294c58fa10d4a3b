# SPDX-License-Identifier: Apache-2.0
"""How long `make plugin` takes, and how large what it builds is."""

import subprocess
import sys
import time

from bench import figures

TIMES = 3


def measure(folder):
    """Seconds of a build, and kilobytes by product."""
    output = folder / 'package'
    seconds = [build(output) for _ in range(TIMES)]
    found = {'seconds': figures.spread(seconds, 1),
             'kilobytes': {path.suffix[1:]: round(path.stat().st_size / 1024) for path in output.glob('*.*')
                           if path.suffix in ('.rpm', '.fp')}}
    print(f'  {found}')
    return found


def build(output):
    begun = time.monotonic()
    subprocess.run([sys.executable, 'tools/build.py', output / 'plugin', output], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun

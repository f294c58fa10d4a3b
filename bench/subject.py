# SPDX-License-Identifier: Apache-2.0
"""One subject: a module of the bench with measure(folder) and, if it has a picture, draw(found, path)."""

import importlib
import json
import os
import pathlib
import platform
import sys
import time

from bench.figures import Skipped

FOLDER = pathlib.Path('.cache', 'bench')


def main(name):
    """Measure, write down, draw; one line says what is left out and why."""
    subject = importlib.import_module(f'bench.{name}')
    print(f'{name}: {subject.__doc__.splitlines()[0]}', flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    try:
        found = subject.measure(FOLDER)
    except Skipped as reason:
        print(f'{name}: left out: {reason}')
        return
    machine = {'processors': os.cpu_count(), 'load': os.getloadavg()[0], 'python': platform.python_version()}
    seconds = round(time.monotonic() - begun, 1)
    text = json.dumps({'machine': machine, 'seconds': seconds, 'found': found}, indent=1)
    written = [FOLDER / f'{name}.json']
    written[0].write_text(text + '\n')
    if hasattr(subject, 'draw'):
        written.append(FOLDER / f'{name}.svg')
        subject.draw(json.loads(text)['found'], written[1])
    print(f'{name}: {" and ".join(map(str, written))} after {seconds:.0f} s')


if __name__ == '__main__':
    main(sys.argv[1])

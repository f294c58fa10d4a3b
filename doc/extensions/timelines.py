# SPDX-License-Identifier: Apache-2.0
"""What happens second by second in a fault: the picture of one play of it, and the same in words.

`make timelines` draws the pictures from the report of a run. They are kept in doc/pictures.
"""

import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

import timeline

PICTURES = pathlib.Path(__file__).parents[1] / 'pictures'

#: The scenarios whose pictures the page "When something fails" has.
SHOWN = ('test_the_redis_master_is_killed', 'test_the_controller_of_the_redis_master_loses_power',
         'test_all_controllers_lose_power_and_return')

DESCRIPTION = './/{http://purl.org/dc/elements/1.1/}description'


def text(name):
    """Return the picture of a scenario, and what it shows in words; nothing where it was not drawn yet."""
    path = PICTURES / f'{name}.svg'
    if not path.exists():
        return ''
    told = ElementTree.parse(path).find(DESCRIPTION).text.splitlines()
    return '\n'.join([f'.. figure:: pictures/{path.name}', '   :alt: The words below say what it shows.', '',
                      '   One play in the lab, in seconds since the fault.', '', *(f'- {line}' for line in told)])


def draw(rows, folder):
    """Draw the pictures of a report.

    Raises:
        LookupError: the report has not all of them, or not as promised.
    """
    passed = {row['name']: row for row in rows if not row['failure']}
    missing = [name for name in SHOWN if name not in passed]
    if missing:
        raise LookupError('not played, or failed: ' + ', '.join(missing))
    for name in SHOWN:
        timeline.draw(passed[name], folder / f'{name}.svg')


def main():
    """Draw the pictures as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description='Draw the timelines of the guide.')
    parser.add_argument('report', type=pathlib.Path, help='report.json of a run of tests/faults')
    report = parser.parse_args().report
    try:
        draw(json.loads(report.read_text(encoding='utf-8')), PICTURES)
    except (OSError, LookupError) as error:
        print(f'timelines: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())

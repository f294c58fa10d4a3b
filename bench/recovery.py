# SPDX-License-Identifier: Apache-2.0
"""How long recovery takes, ours and the peers', from the report of the last `make faults`."""

import json
import pathlib

import comparison
from bench import figures

REPORT = pathlib.Path('.cache', 'faults', 'report.json')


def measure(folder):
    """{scenario: {configuration: seconds from the last note until each image was polled once, or None}}."""
    if not REPORT.exists():
        raise figures.Skipped(f'{REPORT} is not there: make faults writes it')
    found = recoveries(json.loads(REPORT.read_text()))
    if not found:
        raise figures.Skipped(f'{REPORT} has no scenario that was played on several configurations')
    for scenario, configurations in found.items():
        print('  %-50s %s' % (scenario, ', '.join(
            f'{name} {"not" if seconds is None else format(seconds, ".1f")}'
            for name, seconds in configurations.items())))
    return found


def recoveries(rows):
    """The same of the rows of a report, those that failed before they began left out."""
    return {words(group[0]): {row['configuration']: comparison.recovered(row) for row in group}
            for group in comparison.compared(row for row in rows if 'right' in row)}


def words(row):
    return row['scenario'].removeprefix('test_').replace('_', ' ')


def draw(found, path):
    figures.draw(lambda axes: plot(found, axes), path, size=(8, 1 + .5 * len(found)))


def plot(found, axes):
    """A bar per configuration; what never recovered has none, and says so."""
    for number, (name, colour) in enumerate(zip(comparison.ORDER, figures.COLOURS, strict=False)):
        places = [place + .25 * (number - 1) for place in range(len(found))]
        seconds = [each.get(name) for each in found.values()]
        axes.barh(places, [each or 0 for each in seconds], height=.22, color=colour, label=name)
        for place, each, row in zip(places, seconds, found.values(), strict=True):
            if each is None and name in row:
                axes.text(0, place, f' {name}: not within the time looked at', va='center', color=colour)
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.set(xlabel='seconds until each image is polled exactly once per cycle again')
    axes.legend(frameon=False)

# SPDX-License-Identifier: Apache-2.0
"""The report's comparison: the scenarios that were played on several configurations, side by side."""

import itertools

ORDER = ('ours', 'original', 'kolla')


def compared(rows):
    """The rows of each such scenario, [[row...]...]."""
    rows = sorted((row for row in rows if 'configuration' in row),
                  key=lambda row: (row['scenario'], ORDER.index(row['configuration'])))
    scenarios = [list(group) for _, group in itertools.groupby(rows, lambda row: row['scenario'])]
    return [group for group in scenarios if len({row['configuration'] for row in group}) > 1]


def broken(row):
    """The verdicts on invariants that did not hold, or not in time."""
    return [verdict for verdict in row['verdicts'] if verdict['wrong']]


def recovered(row):
    """Seconds from the last note to the first cycle from which on each image was polled exactly once."""
    return None if row['right'] is None else (row['writable'] or 0) + row['right']

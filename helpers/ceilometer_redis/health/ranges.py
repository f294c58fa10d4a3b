# SPDX-License-Identifier: Apache-2.0
"""Ranges of numbers as monitoring plugins take them, by https://nagios-plugins.org/doc/guidelines.html."""

import collections
import re

NUMBER = r'-?[0-9]{1,12}(?:\.[0-9]{1,6})?'
FORM = re.compile(r'(@?)(?:(~|%s)?(:))?(%s)?\Z' % (NUMBER, NUMBER))

#: A range as it was given, and whether a value within it (not: outside) is an alert.
Range = collections.namedtuple('Range', 'text start end inside')


def parse_range(text):
    """Return the Range of a text: 10, 10:, ~:10, 10:20, @10:20.

    Raises:
        ValueError: It is something else.
    """
    found = FORM.match(text)
    if not found or not text.strip('@'):
        raise ValueError(text)
    inside, start, colon, end = found.groups()
    if not colon and end is None or colon and start is None:
        raise ValueError(text)
    low = float('-inf') if start == '~' else float(start or 0)
    high = float('inf') if end is None else float(end)
    if low > high:
        raise ValueError(text)
    return Range(text, low, high, bool(inside))


def alerts(limit, value):
    """Return whether a value is one that a Range, or None, warns of."""
    if limit is None or value is None:
        return False
    return (limit.start <= value <= limit.end) == limit.inside

# SPDX-License-Identifier: Apache-2.0
"""Versions of programs and libraries, as tuples of numbers."""

import re


def parse(text):
    """Return the leading numbers of a version: (3, 1, 0) of '3.1.0.dev2'; None when there are none."""
    leading = re.match(r'[0-9]+(\.[0-9]+)*', text)
    return tuple(int(number) for number in leading.group().split('.')) if leading else None

# SPDX-License-Identifier: Apache-2.0
"""Bounded waiting on a condition."""

import time

from lab.failure import Failure


def until(condition, timeout, what, interval=0.3):
    """The first true value of ``condition()``, asked every ``interval`` seconds.

    Raises Failure naming ``what`` when ``timeout`` seconds have passed without one.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f'{what}: not within {timeout} s')
        time.sleep(interval)

# SPDX-License-Identifier: Apache-2.0
"""What Puppet 3 would not take, and where."""


class Fault(Exception):
    """line and column count from 1."""

    def __init__(self, line, column, what):
        super().__init__(line, column, what)
        self.line, self.column, self.what = line, column, what

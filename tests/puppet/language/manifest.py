# SPDX-License-Identifier: Apache-2.0
"""A manifest, as Puppet 3 reads it."""
from .fault import Fault
from .refusals import refusals
from .syntax import parse


def faults(content):
    """The Faults of a manifest's bytes, in its order: the first of its syntax, or all others."""
    try:
        # Puppet 3 reads a manifest in the encoding of the locale that it runs in.
        tree = parse(_text(content))
    except Fault as fault:
        return [fault]
    return sorted(refusals(tree), key=lambda fault: (fault.line, fault.column))


def _text(content):
    try:
        return content.decode('ascii')
    except UnicodeDecodeError as error:
        before = content[:error.start]
        column = error.start - before.rfind(b'\n')
        raise Fault(before.count(b'\n') + 1, column, 'not ASCII, and Puppet 3 reads it as the locale says') from None

# SPDX-License-Identifier: Apache-2.0
"""Lines that are a dictionary each, in JSON or as Python writes it.

A million of them are to be read in seconds. All that one process writes have their keys in one order, and the metadata
of a resource, most of a line, are the same each time. So a line is matched against the orders of lines before, with
metadata that were seen before; only another line is taken apart. Reading each by itself takes two (JSON) to five times
as long.
"""

import json
import re

from ceilometer_redis.audit import literals
from ceilometer_redis.errors import BadInput

#: More keys than a sample has.
MOST_KEYS = 32

#: Metadata to remember.
REMEMBERED = 20000

#: The key that metadata made of a notification have.
EVENT_TYPE = 'event_type'

#: Orders to know at once: several writers may have written to one file.
WRITERS = 4

#: Lines to learn an order from, before what a file has is taken as it comes.
LESSONS = 64

PYTHON = re.compile(r"""\{\s*(?:[bu]?'|[bu]")""")

#: A value that is no dictionary and no list.
FLAT = r"""(?:[bu]?%s|[^][(){}'",]+)""" % literals.STRING

#: A wanted one, a text that is written as it is: in JSON, where mongoexport has times as {"$date": "..."}, in Python.
WANTED = {False: r"""(?:\{\s*"\$date"\s*:\s*)?"([^"\\]*)"(?:\s*\})?""", True: r"""[bu]?'([^'\\]*)'"""}


class Reader(object):
    """Reads lines.

    Args:
        names: The keys whose values are wanted, each a text; others may be returned as well.
        metadata: The keys of metadata; of these is returned a dictionary that has an event_type if they have.
    """

    def __init__(self, names, metadata):
        self.names = frozenset(names)
        self.metadata = frozenset(metadata)
        self.decode = json.JSONDecoder().decode
        self.orders = []
        self.lessons = 0

    def read(self, line):
        """Return the fields of a line by name, or what else it is in JSON.

        Raises:
            BadInput: It is no dictionary as Python writes it.
            ValueError: It is no JSON.
            RuntimeError: It is nested too deeply.
        """
        for order in self.orders:
            fields = order.read(line)
            if fields:
                return fields
        python = line[:2] != '{"' and PYTHON.match(line) is not None
        fields = self._literal(line) if python else self.decode(line)
        if self.lessons < LESSONS and isinstance(fields, dict):
            self.lessons += 1
            self._learn(line, python)
        return fields

    def _literal(self, line):
        fields = {}
        for _, key, value in literals.items(line):
            name = literals.text(key)
            if name in self.metadata:
                fields[name] = dict.fromkeys(keys(value) or ())
            elif name in self.names:
                fields[name] = literals.text(value)
        return fields

    def _learn(self, line, python):
        try:
            items = [(before, literals.text(key)) for before, key, _ in literals.items(line)]
        except BadInput:
            return
        if len(items) < MOST_KEYS and items not in [order.items for order in self.orders]:
            self.orders.insert(0, Order(items, self.names, self.metadata, WANTED[python]))
            del self.orders[WRITERS:]


class Order(object):
    """The order of keys in the lines of one writer.

    Args:
        items: What is before each value, and its key.
        names: The keys of what is wanted.
        metadata: The keys of metadata.
        wanted: The pattern of a wanted value.
    """

    def __init__(self, items, names, metadata, wanted):
        self.items = items
        self.names = [name for _, name in items if name in names]
        patterns = [re.escape(before) + (wanted if name in names else FLAT) for before, name in items]
        at = next((at for at, (_, name) in enumerate(items) if name in metadata), len(items))
        self.key = ''.join(name for _, name in items[at:at + 1])
        self.head = re.compile(r'\{' + ','.join(patterns[:at] + [re.escape(items[at][0])] if self.key else patterns)
                               + ('' if self.key else r'\}\s*\Z'), re.DOTALL)
        self.mark = ',' + items[at + 1][0] if at + 1 < len(items) else '}'
        self.tail = re.compile(','.join([''] + patterns[at + 1:]) + r'\}\s*\Z', re.DOTALL)
        self.seen = {}

    def read(self, line):
        """Return the fields of a line, None of one in another order or with values that are not written as they are."""
        head = self.head.match(line)
        if not head:
            return None
        if not self.key:
            return dict(zip(self.names, head.groups()))
        end = line.rfind(self.mark, head.end())
        tail = self.tail.match(line, end) if end > 0 else None
        metadata = tail and self._metadata(line[head.end():end])
        if metadata is None:
            return None
        fields = dict(zip(self.names, head.groups() + tail.groups()))
        fields[self.key] = metadata
        return fields

    def _metadata(self, text):
        found = self.seen.get(text)
        if found is None:
            if EVENT_TYPE not in text and PYTHON.match(text):
                names = () if literals.WHOLE.match(text) else None
            else:
                names = keys(text)
            if names is None:
                return None
            if len(self.seen) >= REMEMBERED:
                self.seen.clear()
            found = self.seen[text] = dict.fromkeys(name for name in names if name == EVENT_TYPE)
        return found


def keys(text):
    """Return the keys of a dictionary that is written in JSON or as Python writes it, None of something else."""
    text = text.strip()
    if re.match(r'\{\s*\}\Z', text):
        return ()
    try:
        if PYTHON.match(text):
            return tuple(literals.text(key) for _, key, _ in literals.items(text))
        found = json.loads(text)
    except (BadInput, ValueError, RuntimeError):
        return None
    return tuple(found) if isinstance(found, dict) else None

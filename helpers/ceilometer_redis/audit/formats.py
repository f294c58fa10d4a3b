# SPDX-License-Identifier: Apache-2.0
"""The forms in which operators have samples, told apart by what is in them.

- what the file publisher writes: a dictionary of Python on each line; JSON from Stein on, where ``?json`` asks for it;
- answers of ``/v2/samples`` and ``/v2/meters/X``, arrays or one object a line, and those of gnocchi's client, -f json;
- what mongoexport writes of the collection ``meter``: JSON on lines, ``--jsonArray``, ``--type=csv``;
- CSV that begins with a line of names, as of gnocchi's client, ``-f csv``.

Lines of JSON and of Python may follow each other, as where an upgraded agent went on with its file.
"""

import codecs
import csv
import itertools
import json
import re

from ceilometer_redis.audit import stream as streams
from ceilometer_redis.audit.lines import Reader
from ceilometer_redis.errors import BadInput

#: What each fact of a sample is called: by the publishers, in messages and databases, by the API, by gnocchi's client.
NAMES = {
    'id': ('id', 'message_id'),
    'meter': ('name', 'counter_name', 'meter'),
    'resource': ('resource_id',),
    'time': ('timestamp',),
    'metadata': ('resource_metadata', 'metadata'),
}
TEXTS = [name for fact, names in NAMES.items() for name in names if fact != 'metadata']

#: Names by which a line of names is known: of gnocchi's rows one names the resource.
COLUMNS = frozenset(['resource_id', 'group', 'name'])

BETWEEN = re.compile(r'[\s,\[\]]*')
#: Where another object may begin behind one that cannot be read.
NEXT = re.compile(r'\}[\s,\]\[]*(?=\{)')
SEPARATORS = (',', ';', '\t')


def records(stream):
    """Yield each record of a stream: (what it is and its number, its fields by name).

    The fields are None of what cannot be read. What is nested, as metadata, is a dictionary or the text of one.

    Raises:
        BadInput: It begins as gzip does and is none.
    """
    pieces = streams.chunks(stream)
    first = next(pieces, b'')
    pieces = itertools.chain([first], pieces)
    head = first.lstrip().split(b'\n', 1)[0].strip()
    if head.startswith(b'[') or head == b'{':
        return _values(pieces)
    lines = streams.lines(pieces)
    names, separator = _names(head)
    return _rows(lines, names, separator) if names else _lines(lines)


def _lines(lines):
    """Yield the record of each line, in JSON or as Python writes it."""
    read = Reader(TEXTS, NAMES['metadata']).read
    for number, line in enumerate(lines, 1):
        text = line.decode('utf-8', 'replace').strip()
        if not text:
            continue
        try:
            yield ('line', number), read(text)
        except (BadInput, ValueError, RuntimeError):  # the last of what is nested too deeply
            yield ('line', number), None


def _values(pieces):
    """Yield each object of JSON arrays, or of objects that follow each other; never more than a few are held."""
    text = _Text(pieces)
    read = json.JSONDecoder().raw_decode
    number = 0
    while text.pass_over(BETWEEN):
        number += 1
        while True:
            try:
                value, text.at = read(text.held, text.at)
                break
            except ValueError:
                # Its end may not be here yet.
                if len(text.held) - text.at < streams.LONGEST and text.more():
                    continue
            except RuntimeError:  # nested too deeply
                pass
            value = None
            text.find(NEXT)
            break
        yield ('sample', number), value


class _Text(object):
    """The part of a text, which comes in pieces, that is looked at: what is held from a place on."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.decode = codecs.getincrementaldecoder('utf-8')('replace').decode
        self.held, self.at = u'', 0

    def more(self):
        """Hold one more piece; return whether there was one."""
        piece = next(self.pieces, None)
        if piece is None:
            return False
        self.held, self.at = self.held[self.at:] + self.decode(piece), 0
        return True

    def pass_over(self, pattern):
        """Go behind what matches a pattern; return whether there is anything."""
        while True:
            self.at = pattern.match(self.held, self.at).end()
            if self.at < len(self.held):
                return True
            if not self.more():
                return False

    def find(self, pattern):
        """Go behind the next that matches a pattern that begins with a brace, or to the end."""
        found = pattern.search(self.held, self.at)
        while not found:
            brace = self.held.rfind('}', self.at)
            self.at = len(self.held) if brace < 0 else brace
            if not self.more():
                self.at = len(self.held)
                return
            found = pattern.search(self.held, self.at)
        self.at = found.end()


def _names(head):
    """Return the names in the first line of CSV, and what separates them; None, None of another line."""
    for separator in SEPARATORS:
        names = [name.strip().strip('"').lower().replace(' ', '_')
                 for name in head.decode('utf-8', 'replace').split(separator)]
        if 'timestamp' in names and COLUMNS.intersection(names):
            return names, separator
    return None, None


def _rows(lines, names, separator):
    """Yield the record of each row but the first, which has the names."""
    rows = csv.reader(_texts(lines), delimiter=str(separator))
    begun = False
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            row = ['']
        if row is None:
            break
        if row and begun:
            yield ('line', rows.line_num), dict(zip(names, _decoded(row))) if len(row) == len(names) else None
        begun = begun or bool(row)


def _texts(lines):
    """Return lines as this Python's csv takes them."""
    return (line + b'\n' if str is bytes else line.decode('utf-8', 'replace') + '\n' for line in lines)


def _decoded(row):
    return [cell.decode('utf-8', 'replace') for cell in row] if str is bytes else row

# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: with what a command was given, or with what it was to do. Each error is one line of ASCII."""

import errno
import numbers
import os
import re

TEXT = (str, type(u''))

#: Characters of what was found that an error shows.
SHOWN = 100

#: Characters of a text that is shown: names in the store may have millions.
WIDTH = 400

#: What a terminal takes for a command to it.
CONTROL = re.compile(u'[\x00-\x1f\x7f-\x9f]')


class BadInput(Exception):
    """Input that cannot be used: exit code 2, nothing changed.

    It says "FIELD must MUST, not FOUND: ADVICE". Nothing in it is a secret: a password or a URL that may hold one is
    never found.

    Args:
        field: The name under which the user knows the input: a setting, a key of Fuel's data, an option, a file.
        must: What it must be or do, as an infinitive: "be 1024 to 65535".
        found: What it is instead, where that may be shown; see quoted().
        advice: The reason, or what to do, where that is not obvious.
    """

    def __init__(self, field, must, found=None, advice=None):
        sentence = u'%s must %s' % (_decoded(field), _decoded(must))
        if found is not None:
            sentence += u', not %s' % _decoded(found)
        if advice is not None:
            sentence += u': %s' % _decoded(advice)
        super(BadInput, self).__init__(one_line(sentence))
        self.field = field
        self.must = must
        self.found = found
        self.advice = advice


class NotDone(Exception):
    """Something the running system did not do, or not in time: exit code 1, safe to try again."""

    def __init__(self, sentence):
        super(NotDone, self).__init__(one_line(sentence))


def quoted(value):
    """Return a value as an error shows what was found: in quotes, cut where it is long; "missing"; or its kind()."""
    if value is None or value == '':
        return 'missing'
    text = as_text(_decoded(value))
    return kind(value) if text is None else u"'%s'" % (text if len(text) <= SHOWN else text[:SHOWN] + '...')


def as_text(value):
    """Return a text or a number as text; None of anything else, as of a number with more digits than Python writes."""
    if isinstance(value, TEXT):
        return value
    try:
        return '%s' % value if isinstance(value, numbers.Number) and not isinstance(value, bool) else None
    except ValueError:
        return None


def kind(value):
    """Return what a value is, in a word or two; never the value, which may be a password."""
    if isinstance(value, bool) or value is None:
        return {True: 'true', False: 'false', None: 'null'}[value]
    kinds = ((dict, 'a mapping'), (list, 'a list'), (TEXT, 'a text'), (numbers.Number, 'a number'))
    return next((name for types, name in kinds if isinstance(value, types)), 'a ' + type(value).__name__)


def one_line(text):
    """Return a text, an error or bytes as one line of printable ASCII, with a space for each break.

    Input that is wrong may hold any character, the terminal may not know it, and neither does str() of Python 2.7.
    """
    return _escaped(u' '.join((u'%s' % _decoded(text)).split()))


def system_error(error):
    """Return what the system refused, and of which file, without Python's words around it, in one line."""
    return ': '.join(one_line(part) for part in (error.filename, reason(error)) if part)


def reason(error):
    """Return why the system refused something, and what to do where that is known."""
    return '%s%s' % (error.strerror or error,
                     ', run this as root' if error.errno == errno.EACCES and os.geteuid() != 0 else '')


def printable(text, width=WIDTH):
    """Return a text, or what else, as it can be shown, whoever wrote it: ASCII of so many characters at most."""
    shown = _escaped((u'%s' % _decoded(text))[:width + 1])
    return shown if len(shown) <= width else shown[:width - 3] + '...'


def _escaped(text):
    text = CONTROL.sub(lambda odd: u'\\x%02x' % ord(odd.group()), text)
    return str(text.encode('ascii', 'backslashreplace').decode('ascii'))


def _decoded(text):
    # In Python 2.7 arguments and names of files are bytes.
    return text.decode('utf-8', 'replace') if isinstance(text, bytes) else text

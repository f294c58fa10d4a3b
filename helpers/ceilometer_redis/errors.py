# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: with what a command was given, or with what it was to do. Each error is one line of ASCII."""


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
    """Return a value as an error shows what was found: in quotes, or "missing"."""
    return 'missing' if value in (None, '') else "'%s'" % (value,)


def one_line(text):
    """Return a text, an error or bytes as one line of ASCII.

    Input that is wrong may hold any character, the terminal may not know it, and neither does str() of Python 2.7.
    """
    return str(' '.join((u'%s' % _decoded(text)).split()).encode('ascii', 'backslashreplace').decode('ascii'))


def _decoded(text):
    # In Python 2.7 arguments and names of files are bytes.
    return text.decode('utf-8', 'replace') if isinstance(text, bytes) else text

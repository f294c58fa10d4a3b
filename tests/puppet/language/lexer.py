# SPDX-License-Identifier: Apache-2.0
"""The tokens of Puppet 3. What a text is depends on the token before it, and on whether it is within a string."""
import re

from lark import Token
from lark.lexer import Lexer

from .fault import Fault

# Ruby's \w, in the pattern of a lexer, is ASCII.
BLANK = re.compile(r'(?:[ \t\r\n]|#[^\n]*|/\*.*?\*/)+', re.DOTALL)
NUMBER = re.compile(r'(?:0[xX][0-9A-Fa-f]+|0?\d+(?:\.\d+)?(?:[eE]-?\d+)?)\b', re.ASCII)
NAME = re.compile(r'(?:::)?[a-z0-9][-\w]*(?:::[a-z0-9][-\w]*)*', re.ASCII)
CLASSREF = re.compile(r'(?:(?:::)?[A-Z][-\w]*)+', re.ASCII)
VARIABLE = re.compile(r'(?:::)?(?:\w+::)*\w+', re.ASCII)
# Puppet 3 looks for another end while a backslash is before it, be it an escaped one, then also in the lines below.
REGEX = re.compile(r'/(?:[^/\n]*\\/(?:[^/]*\\/)*[^/]*|[^/\n]*)(?<!\\)/')
# What ends a string; an empty one does not end where another quote, or a $, follows at once.
SINGLE, DOUBLE = (re.compile(rf'(?:[^\\]|^)(?:\\\\)*[{ends}]', re.MULTILINE) for ends in ("'", '"$'))

# Elsewhere / divides.
REGEX_FOLLOWS = {'NODE', '{', '}', '=~', '!~', ','}


class PuppetLexer(Lexer):
    """Keywords and signs are those of the grammar."""

    def __init__(self, conf):
        self.names = {terminal.pattern.value: terminal.name for terminal in conf.terminals}
        self.signs = sorted((sign for sign in self.names if not sign.isalpha()), key=len, reverse=True)

    def lex(self, text):
        return _Scan(self, text).tokens()


class _Scan:
    def __init__(self, lexer, text):
        self.names, self.signs = lexer.names, lexer.signs
        self.text = text
        self.position = 0
        self.previous = None  # the token before: its text if it is a sign, else its type
        self.depth = 0        # of strings, each within an interpolation of the one before

    def tokens(self):
        while True:
            self._match(BLANK)
            if self.position == len(self.text):
                return
            yield from self._next()

    def _next(self):
        start, text = self.position, self.text[self.position]
        if text == "'":
            self.position += 1
            self._string(SINGLE, start)
            yield self._token('STRING', start)
        elif text == '"':
            self.position += 1
            yield from self._double(start, 'DQPRE', 'STRING')
        elif text == '}' and self.depth:
            # Within an interpolation a brace closes it, whatever it was opened for.
            self.position += 1
            yield from self._double(start, 'DQMID', 'DQPOST')
        elif text == '$' and self._match(VARIABLE, 1):
            yield self._token('VARIABLE', start)
        elif self.previous in ('DQPRE', 'DQMID') and self._match(VARIABLE):
            yield self._token('VARIABLE', start)
        elif self._match(CLASSREF):
            yield self._token('CLASSREF', start)
        elif self._word():
            yield self._token(self._kind(start), start)
        elif text == '/' and self.previous in REGEX_FOLLOWS and self._match(REGEX):
            yield self._token('REGEX', start)
        else:
            sign = next((sign for sign in self.signs if self.text.startswith(sign, start)), None)
            if not sign:
                raise self._fault(start, text)
            self.position += len(sign)
            yield self._token(self.names[sign], start, kind=sign)

    def _double(self, start, opening, closing):
        """A string's part up to the next interpolation; where that is a bare variable, what comes after it as well."""
        begin = self.position
        while True:
            self._string(DOUBLE, start)
            if self.text[self.position - 1] == '"':
                self.depth -= closing == 'DQPOST'
                yield self._token(closing, start)
                return
            if self.text.startswith('{', self.position):
                self.position += 1
                self.depth += opening == 'DQPRE'
                yield self._token(opening, start)
                return
            variable = self.position
            if self._match(VARIABLE):
                self.depth += opening == 'DQPRE'
                yield self._token(opening, start, self.text[begin:variable])
                yield self._token('VARIABLE', variable)
                opening, closing, start, begin = 'DQMID', 'DQPOST', self.position, self.position

    def _word(self):
        matches = [pattern.match(self.text, self.position) for pattern in (NUMBER, NAME)]
        end = max((match.end() for match in matches if match), default=None)
        self.position = end or self.position
        return end

    def _kind(self, start):
        word = self.text[start:self.position]
        return 'BOOLEAN' if word in ('true', 'false') else self.names.get(word, 'NAME')

    def _match(self, pattern, ahead=0):
        match = pattern.match(self.text, self.position + ahead)
        if match:
            self.position = match.end()
        return match and match.group()

    def _token(self, type_, start, value=None, kind=None):
        value = self.text[start:self.position] if value is None else value
        self.previous = kind or type_
        return Token(type_, value, start_pos=start, line=self._line(start), column=self._column(start))

    def _string(self, end, start):
        found = end.search(self.text[self.position:])
        if not found:
            raise self._fault(start, self.text[start], 'a string that nothing closes')
        self.position += found.end()

    def _fault(self, start, found, why="is not Puppet 3's"):
        return Fault(self._line(start), self._column(start), f'{found}: {why}')

    def _line(self, position):
        return self.text.count('\n', 0, position) + 1

    def _column(self, position):
        return position - self.text.rfind('\n', 0, position)

# SPDX-License-Identifier: Apache-2.0
"""The syntax of Puppet 3, learnt from puppetlabs/puppet, tags 3.4.3 and 3.8.7: lexer.rb and grammar.ra."""
from pathlib import Path

from lark import Lark, UnexpectedToken

from .fault import Fault
from .lexer import PuppetLexer

PARSER = Lark((Path(__file__).parent / 'grammar.lark').read_text(), parser='lalr', lexer=PuppetLexer,
              propagate_positions=True)

# Where the fault is likely to be the use of what Puppet 4 brought.
HINTS = {
    '?': 'it takes a word, a string, a variable, a call, or one index of a variable',
    '[': 'an index belongs to a variable',
    'else': 'unless has none',
    'elsif': 'unless has none',
}


def parse(text):
    """The tree of a manifest, with the rules of the grammar for branches. Raises Fault."""
    try:
        return PARSER.parse(text)
    except UnexpectedToken as error:
        token = error.token
        if token.type == '$END':
            lines = text.split('\n')
            raise Fault(len(lines), len(lines[-1]) + 1, 'the file ends too early') from None
        hint = f': {HINTS[token]}' if token in HINTS else ''
        raise Fault(token.line, token.column, f"{token}: Puppet 3 does not have it here{hint}") from None

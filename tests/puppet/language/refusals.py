# SPDX-License-Identifier: Apache-2.0
"""What Puppet 3 refuses, or takes for something else than Puppet 4 and later, although its grammar has it.

Learnt from puppetlabs/puppet, tags 3.4.3 and 3.8.7: the actions of grammar.ra, lib/puppet/parser/ast, scope.rb and
lib/puppet/resource/type.rb.
"""
import re

from lark import Token, Tree

from .fault import Fault
from .functions import STATEMENTS, VALUES

OF_LATER_PATTERNS = re.compile(r'(?<!\\)(?:\\\\)*(\\[KRX]|\(\?[(~adu])')


def refusals(tree):
    """Yields Faults."""
    for branch in tree.iter_subtrees_topdown():
        yield from _operands(branch)
        yield from _patterns(branch)
        if branch.data in REFUSALS:
            yield from REFUSALS[branch.data](branch)


def _fault(token, why):
    return Fault(token.line, token.column, f'{token}: {why}')


def _operands(branch):
    """Arrays and hashes cannot be added, and only a string can be `in` something."""
    for number, child in enumerate(branch.children):
        if not _is(child, 'operator') or child.children[0] in ('==', '!='):
            continue
        operator = child.children[0]
        sides = branch.children[number - 1:number + (1 if operator == 'in' else 2)]
        if any(_is(side, 'array', 'hash') for side in sides):
            yield _fault(operator, 'Puppet 3 has it for numbers and strings, not for arrays and hashes')


def _patterns(branch):
    for child in branch.children:
        if isinstance(child, Token) and child.type == 'REGEX' and OF_LATER_PATTERNS.search(child):
            yield _fault(child, "Ruby 1.9.3's regular expressions do not have all of it")


def _is(child, *names):
    return isinstance(child, Tree) and child.data in names


def _statement(branch):
    name = branch.children[0]
    if name in VALUES:
        yield _fault(name, 'a function whose value nobody takes, which Puppet 3 refuses')
    elif name not in STATEMENTS:
        yield _fault(name, 'neither Puppet 3.4.3 nor stdlib 4.6.0 has such a function')


def _call(branch):
    name = branch.children[0]
    if name in STATEMENTS:
        yield _fault(name, 'a function without a value')
    elif name not in VALUES:
        yield _fault(name, 'neither Puppet 3.4.3 nor stdlib 4.6.0 has such a function')


def _assigned(branch):
    variable = branch.children[0]
    if not isinstance(variable, Token):
        return
    if '::' in variable:
        yield _fault(variable, 'a variable of another namespace cannot be set')
    elif variable[1:].isdigit():
        yield _fault(variable, 'a variable of a match cannot be set')


def _read(branch):
    variable = branch.children[0]
    if variable.lstrip('$:') in ('facts', 'trusted', 'server_facts'):
        yield _fault(variable, 'Puppet 3 has it only where a setting says so')


def _defaults_of_parameters(branch):
    """They are evaluated before the others are set: one that was not given is undef."""
    names = [parameter.children[0] for parameter in branch.children]
    for variable in branch.scan_values(lambda token: token.type == 'VARIABLE' and f'${token.lstrip("$")}' in names):
        if all(variable is not name for name in names):
            yield _fault(variable, 'in the default of a parameter another one may not be set yet')


def _collected(branch):
    if branch.children[0].lower() == 'class':
        yield _fault(branch.children[0], 'classes cannot be collected')


def _host(branch):
    for host in branch.children:
        if host.type != 'REGEX' and re.search(r'[^-\w.]', host.strip('\'"'), re.ASCII):
            yield _fault(host, 'no name of a host')


REFUSALS = {
    'addition': _assigned,
    'assignment': _assigned,
    'call': _call,
    'collector': _collected,
    'host': _host,
    'index': _read,
    'parameters': _defaults_of_parameters,
    'statement': _statement,
    'variable': _read,
}

"""The command ceilometer-redis.

A module with commands has add_commands(subcommands): it adds its parsers and names with set_defaults(run=...) the
function that gets the parsed arguments and returns the exit code: 0 done, 1 not so, 2 bad input.
"""

from __future__ import print_function

import argparse
import sys

from ceilometer_redis import audit, commands, deployment
from ceilometer_redis.errors import BadInput, NotDone

MODULES = (deployment, commands, audit)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like every other bad input."""

    def error(self, message):
        # argparse says "argument --interval: what is wrong" about an option, and a plain sentence about the rest.
        field, separator, allowed = message.partition(': ')
        raise BadInput(field, allowed) if separator else BadInput('arguments', message)


def parser():
    """The parser of all commands."""
    top = Parser(prog='ceilometer-redis', description='High availability of Ceilometer by Redis and Sentinel.')
    subcommands = top.add_subparsers(dest='command', metavar='COMMAND')
    # An argument of add_subparsers only since Python 3.7.
    subcommands.required = True
    for module in MODULES:
        module.add_commands(subcommands)
    return top


def main(argv=None):
    """Run one command; returns its exit code."""
    try:
        args = parser().parse_args(argv)
        return args.run(args)
    except NotDone as error:
        complain(error.args[0])
        return 1
    except BadInput as error:
        complain(error.args[0])
    except EnvironmentError as error:
        complain('%s: %s' % (error.filename or 'input/output', error.strerror or error))
    return 2


def complain(text):
    """One line on standard error."""
    # Input that is wrong may hold any character, the terminal may not know it.
    if isinstance(text, bytes):  # Python 2.7: arguments and names of files are
        text = text.decode('utf-8', 'replace')
    line = ' '.join((u'ceilometer-redis: %s' % text).split()).encode('ascii', 'backslashreplace').decode('ascii')
    print(line, file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())

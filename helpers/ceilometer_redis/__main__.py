# SPDX-License-Identifier: Apache-2.0
"""The command line: which commands there are.

Each is a module of the room commands with add_arguments(parser), which adds what it takes, and run(args), which gets it
parsed and returns the exit code: 0 done, 1 not so, 2 bad input. Only the module that is asked for is imported: the
first command of a deployment runs before python-redis is installed, which others need.
"""
from __future__ import print_function

import argparse
import errno
import importlib
import signal
import sys

from ceilometer_redis import __version__
from ceilometer_redis.errors import BadInput, NotDone, one_line, quoted, system_error
from ceilometer_redis.files import open_standard_streams, silence

#: The commands with what they do, in the groups that the help shows.
GROUPS = (
    ('for people', (
        ('status', 'show the store, the controllers and the agents, and what is wrong'),
        ('check', 'tell a monitoring system what is wrong: Nagios, Prometheus'),
        ('audit', 'say from samples if each resource was polled exactly once'),
        ('history', 'show failovers, repairs, restarts and deployments, with times'),
        ('master', 'print address and port of the redis master'),
        ('url', 'print the backend_url of the agents here, password masked'),
        ('report', 'collect what a maintainer needs to see, without any secret'),
        ('handover', 'let another controller be redis master, if this one is'),
        ('withdraw', 'take back what the plugin did on this node'),
    )),
    ('for Puppet, Pacemaker and cron', (
        ('deployment', "read Fuel's data, write the deployment file"),
        ('join', 'prove that the agents here can coordinate, join a service'),
        ('apply', 'bring the running system to the deployment file'),
        ('follow', 'follow the redis master that replaces this one, if one does'),
        ('guard', 'guard the agents of this controller; a daemon'),
    )),
)
COMMANDS = dict(command for _, commands in GROUPS for command in commands)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like every other bad input."""

    def error(self, message):
        """Raise BadInput instead of printing the usage."""
        raise BadInput('arguments', "be as '%s --help' shows" % self.prog, advice=message)


def parser():
    """Return the parser of the command's name, which leaves all that follows it to the command."""
    lines = ['%s:\n%s' % (group, '\n'.join('  %-12s %s' % command for command in commands))
             for group, commands in GROUPS]
    top = Parser(prog='ceilometer-redis', usage='%(prog)s [-h] [--version] COMMAND ...',
                 formatter_class=argparse.RawDescriptionHelpFormatter,
                 description='High availability of Ceilometer by Redis and Sentinel.',
                 epilog='commands %s\n\n%s' % ('\n\ncommands '.join(lines),
                                               "'ceilometer-redis COMMAND --help' says what a command takes."))
    top.add_argument('--version', action='version', version='ceilometer-redis ' + __version__)
    top.add_argument('command', nargs='?', help=argparse.SUPPRESS)
    top.add_argument('arguments', nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return top


def command_parser(name):
    """Return the parser of one command.

    Raises:
        BadInput: There is no command of that name.
    """
    if name not in COMMANDS:
        raise BadInput('COMMAND', 'be one of %s' % ', '.join(command for _, group in GROUPS for command, _ in group),
                       quoted(name), "'ceilometer-redis --help' says what they do")
    module = importlib.import_module('ceilometer_redis.commands.' + name)
    found = Parser(prog='ceilometer-redis ' + name, description='%s.' % COMMANDS[name])
    module.add_arguments(found)
    found.set_defaults(run=module.run)
    return found


def main(argv=None):
    """Run one command; return its exit code.

    Where nobody reads what it prints any more (`| head`) it ends in silence, as by SIGPIPE, which Python ignores.
    """
    try:
        try:
            return run(argv)
        finally:
            # Or Python does it at its end, and complains in its own words.
            if sys.stdout is not None:
                sys.stdout.flush()
    except EnvironmentError as error:
        if error.errno == errno.EPIPE:
            silence(sys.stdout)
            return 128 + signal.SIGPIPE
        complain(system_error(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 2


def run(argv):
    """Run one command; return its exit code."""
    try:
        top = parser().parse_args(argv)
        args = command_parser(top.command).parse_args(top.arguments)
        return args.run(args)
    except NotDone as error:
        complain(error)
        return 1
    except BadInput as error:
        complain(error)
        return 2


def complain(error):
    """Print an error as one line on standard error; where nobody reads that, the exit code says it."""
    try:
        print('ceilometer-redis: %s' % one_line(error), file=sys.stderr)
    except EnvironmentError:
        silence(sys.stderr)


def end(number, _):
    """End by a signal, but do first what `finally` has to: give a place, a lock or a setting back."""
    sys.exit(128 + number)


if __name__ == '__main__':
    open_standard_streams()
    signal.signal(signal.SIGTERM, end)
    sys.exit(main())

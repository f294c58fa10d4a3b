# SPDX-License-Identifier: Apache-2.0
"""The helper's own python-redis: one that cannot serve is named in a line, before anything is done."""

import os
import subprocess
import sys

import pytest

import ceilometer_redis
from ceilometer_redis.coordination import python_redis

MUST = 'ceilometer-redis: python-redis must be '
COMMANDS = [['apply', 'predecessor', '--check'], ['apply', 'redis'], ['join'], ['master'], ['handover'], ['follow'],
            ['guard'], ['status']]


@pytest.fixture
def run(tmpdir):
    """A function that runs the helper with a text as the module redis; (exit code, output, errors)."""
    def run(text, *arguments):
        tmpdir.join('redis.py').write(text)
        places = os.pathsep.join([str(tmpdir), os.path.dirname(os.path.dirname(ceilometer_redis.__file__))])
        process = subprocess.Popen([sys.executable, '-m', 'ceilometer_redis'] + list(arguments), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=places))
        out, err = process.communicate()
        return process.returncode, out.decode('ascii'), err.decode('ascii')
    return run


@pytest.mark.parametrize('command', COMMANDS)
def test_a_python_redis_that_is_too_old_ends_every_command_before_it_begins(run, command):
    assert run("__version__ = '2.9.1'\n", *(command + ['--deployment', '/no/such/file'])) == (
        2, '', MUST + '2.10 or newer, not 2.9.1: %s\n' % python_redis.ADVICE)


def test_to_a_monitoring_system_it_is_unknown(run):
    code, out, err = run("__version__ = '2.9.1'\n", 'check', '-w', '5')
    assert (code, err, len(out.splitlines())) == (3, '', 1)
    assert out.startswith('CEILOMETER-REDIS UNKNOWN - ') and '2.10 or newer, not 2.9.1' in out


@pytest.mark.parametrize('command, said', [
    (['withdraw', '--deployment', '/no/such/file'], 'withdraw: nothing to change, /no/such/file is not there\n'),
    (['--version'], 'ceilometer-redis %s\n' % ceilometer_redis.__version__),
])
def test_what_asks_no_redis_server_needs_no_python_redis(run, command, said):
    code, out, err = run('raise ImportError("No module named redis")\n', *command)
    assert (code, out + err) == (0, said)  # Python 2.7 writes the version to standard error


@pytest.mark.parametrize('text, said', [
    ('', '2.10 or newer, not one without a version: '),
    ("__version__ = 'unknown'\n", '2.10 or newer, not unknown: '),
    ('__version__ = None\n', '2.10 or newer, not None: '),
    ('raise ImportError("No module named redis")\n', 'there and 2.10 or newer: ImportError: No module named redis; '),
    ('1 +\n', 'there and 2.10 or newer: SyntaxError: '),
    ('import sys\nsys.no_such\n', 'there and 2.10 or newer: AttributeError: '),
])
def test_a_module_that_is_no_python_redis_is_refused_in_a_line(run, text, said):
    code, out, err = run(text, 'master')
    assert (code, out, len(err.splitlines())) == (2, '', 1) and err.startswith(MUST + said)


@pytest.mark.parametrize('version, serves', [
    ('2.7.2', False), ('2.9.1', False), ('2.10', True), ('2.10.0', True), ('2.10.6', True), ('3.5.3', True),
    ('4.0.0b1', True), ('10.0', True), ('', False), ('unknown', False)])
def test_python_redis_serves_from_2_10_on(version, serves):
    assert python_redis.can_serve(version) is serves

"""The helper's own python-redis: one that cannot serve is named in a line, before anything is done."""

import sys

import pytest

from ceilometer_redis import client
from ceilometer_redis.__main__ import main

NEEDED = 'ceilometer-redis: python-redis: 2.10 or newer is needed, '
COMMANDS = [['apply', 'predecessor', '--check'], ['apply', 'redis'], ['join'], ['master'], ['handover'], ['follow'],
            ['guard'], ['withdraw', '--check'], ['status']]


@pytest.fixture
def installed(tmpdir, monkeypatch):
    """A function that puts a module redis with a text in it in the place of python-redis."""
    before = sys.modules.pop('redis', None)
    monkeypatch.syspath_prepend(str(tmpdir))
    yield tmpdir.join('redis.py').write
    sys.modules.pop('redis', None)
    if before is not None:
        sys.modules['redis'] = before


@pytest.mark.parametrize('command', COMMANDS)
def test_a_python_redis_that_is_too_old_ends_every_command_before_it_begins(installed, command, capsys):
    installed("__version__ = '2.9.1'\n")
    assert main(command + ['--deployment', '/no/such/file']) == 2
    assert capsys.readouterr() == ('', NEEDED + '2.9.1 is installed here: %s\n' % client.ADVICE)


@pytest.mark.parametrize('text, said', [
    ('', 'one without a version is installed here: '),
    ("__version__ = 'unknown'\n", 'unknown is installed here: '),
    ('__version__ = None\n', 'None is installed here: '),
    ('raise ImportError("No module named redis")\n', 'none can be imported here (ImportError: No module named redis)'),
    ('1 +\n', 'none can be imported here (SyntaxError: '),
    ('import sys\nsys.no_such\n', 'none can be imported here (AttributeError: '),
])
def test_a_module_that_is_no_python_redis_is_refused_in_a_line(installed, text, said, capsys):
    installed(text)
    assert main(['master']) == 2
    out, err = capsys.readouterr()
    assert out == '' and len(err.splitlines()) == 1 and err.startswith(NEEDED + said)


@pytest.mark.parametrize('version, serves', [
    ('2.7.2', False), ('2.9.1', False), ('2.10', True), ('2.10.0', True), ('2.10.6', True), ('3.5.3', True),
    ('4.0.0b1', True), ('10.0', True), ('', False), ('unknown', False)])
def test_python_redis_serves_from_2_10_on(version, serves):
    assert client.can_serve(version) is serves

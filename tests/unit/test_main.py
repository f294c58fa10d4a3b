"""The command line as a whole."""

import pytest

from ceilometer_redis.__main__ import complain, main


@pytest.mark.parametrize('arguments', [
    [], ['no-such-command'], ['deployment', '--no-such-option'], ['audit', '--since']])
def test_a_wrong_command_line_is_one_line(arguments, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert len(err.splitlines()) == 1 and err.startswith('ceilometer-redis: ')


def test_a_complaint_is_one_line_that_every_terminal_can_show(capsys):
    complain(u'n\xf6de:\n  two lines')
    assert capsys.readouterr()[1] == 'ceilometer-redis: n\\xf6de: two lines\n'


def test_a_file_of_any_name_that_is_not_there_is_one_line(capsys):
    assert main(['audit', '/n\xf6n\xeb']) == 2
    assert len(capsys.readouterr()[1].splitlines()) == 1


@pytest.mark.parametrize('command', ['deployment', 'apply', 'master', 'handover', 'follow', 'withdraw', 'status',
                                     'audit'])
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, '--help'])
    assert left.value.code == 0
    assert 'usage: ceilometer-redis %s' % command in capsys.readouterr()[0]

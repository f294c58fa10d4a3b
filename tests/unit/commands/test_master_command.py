# SPDX-License-Identifier: Apache-2.0
"""What `ceilometer-redis master` prints: the OCF agent takes the line with an address."""

import pytest
from deployments import FILE_OF_NODE_2

from ceilometer_redis.__main__ import main
from ceilometer_redis.commands import master
from ceilometer_redis.store.master import Master


@pytest.mark.parametrize('source, role, arguments, code, out, said', [
    ('sentinel', 'master', [], 0, '192.168.0.5 6379\n', ''),
    ('redis', 'master', ['--running'], 0, '192.168.0.5 6379\n', ''),
    ('sentinel', 'slave', [], 0, '192.168.0.5 6379\n', ''),
    ('sentinel', 'slave', ['--running'], 1, '', 'no redis master runs; the last word is 192.168.0.5 port 6379'),
    ('fuel', None, [], 0, '192.168.0.5 6379\n', "answers: it is the primary controller in Fuel's data"),
    ('replica', None, [], 0, '192.168.0.5 6379\n', 'answers: its replicas still follow it'),
    ('sentinel.conf', None, [], 0, '192.168.0.5 6379\n', 'answers: the sentinel.conf here names it'),
    ('fuel', None, ['--running'], 1, '', 'no redis master runs'),
])
def test_the_master_is_printed_and_where_the_answer_comes_from(tmpdir, capsys, monkeypatch, source, role, arguments,
                                                               code, out, said):
    path = tmpdir.join('deployment.yaml')
    path.write(FILE_OF_NODE_2)
    path.chmod(0o640)
    monkeypatch.setattr(master, 'find_master', lambda _: Master('192.168.0.5', 6379, source))
    monkeypatch.setattr(master, 'redis_info', lambda *_: role and {'role': role})
    assert main(['master', '--deployment', str(path)] + arguments) == code
    printed, err = capsys.readouterr()
    assert printed == out
    assert said in err and len(err.splitlines()) == (1 if said else 0)

# SPDX-License-Identifier: Apache-2.0
"""Metrics for node_exporter."""

import errno
import os
import re
import stat

import pytest
from snapshots import FIRST, away, dead, nothing, snapshot

from ceilometer_redis.health import judgement, problems, prometheus

SAMPLE = re.compile(r'(ceilometer_redis_[a-z_]+)(\{([a-z]+="[^"\\\n]*",?)+\})? -?[0-9.e+-]+\Z')

HEALTHY = """\
# HELP ceilometer_redis_controllers Controllers of the environment.
# TYPE ceilometer_redis_controllers gauge
ceilometer_redis_controllers 3
# HELP ceilometer_redis_controller_online Whether a controller is online to Pacemaker.
# TYPE ceilometer_redis_controller_online gauge
ceilometer_redis_controller_online{controller="node-1"} 1
ceilometer_redis_controller_online{controller="node-2"} 1
ceilometer_redis_controller_online{controller="node-3"} 1
# HELP ceilometer_redis_members Members of the groups of an agent that beat.
# TYPE ceilometer_redis_members gauge
ceilometer_redis_members{agent="aodh-evaluator"} 3
ceilometer_redis_members{agent="ceilometer-agent-central"} 3
# HELP ceilometer_redis_share_ratio A controller's part of the hash ring of an agent.
# TYPE ceilometer_redis_share_ratio gauge
ceilometer_redis_share_ratio{agent="ceilometer-agent-central",controller="node-1"} 0.25
ceilometer_redis_share_ratio{agent="ceilometer-agent-central",controller="node-2"} 0.4
ceilometer_redis_share_ratio{agent="ceilometer-agent-central",controller="node-3"} 0.35
# HELP ceilometer_redis_master Whether the redis server of a controller is master.
# TYPE ceilometer_redis_master gauge
ceilometer_redis_master{controller="node-1"} 1
ceilometer_redis_master{controller="node-2"} 0
ceilometer_redis_master{controller="node-3"} 0
# HELP ceilometer_redis_clients Clients of the redis server of a controller.
# TYPE ceilometer_redis_clients gauge
ceilometer_redis_clients{controller="node-1"} 12
ceilometer_redis_clients{controller="node-2"} 12
ceilometer_redis_clients{controller="node-3"} 12
# HELP ceilometer_redis_memory_bytes Memory that the redis server of a controller uses.
# TYPE ceilometer_redis_memory_bytes gauge
ceilometer_redis_memory_bytes{controller="node-1"} 1000000
ceilometer_redis_memory_bytes{controller="node-2"} 1000000
ceilometer_redis_memory_bytes{controller="node-3"} 1000000
# HELP ceilometer_redis_replication_lag_seconds Seconds since a replica last acknowledged what the master sent.
# TYPE ceilometer_redis_replication_lag_seconds gauge
ceilometer_redis_replication_lag_seconds{controller="node-2"} 0
ceilometer_redis_replication_lag_seconds{controller="node-3"} 1
# HELP ceilometer_redis_config_epoch Configuration epoch of the sentinels: each failover counts it up.
# TYPE ceilometer_redis_config_epoch gauge
ceilometer_redis_config_epoch 3
"""


def rendered(*changes):
    seen = snapshot(*changes)
    return prometheus.render(prometheus.metrics(seen, judgement.judge(seen), 0))


def test_the_metrics_of_a_healthy_snapshot():
    text = rendered()
    lines = text.splitlines()
    assert lines[:5] == [
        '# HELP ceilometer_redis_state What the check says: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.',
        '# TYPE ceilometer_redis_state gauge', 'ceilometer_redis_state 0',
        '# HELP ceilometer_redis_problems How often each problem of the table is there.',
        '# TYPE ceilometer_redis_problems gauge']
    count = len(problems.TABLE)
    assert lines[5] == 'ceilometer_redis_problems{name="no-quorum",severity="critical"} 0'
    assert lines[5 + count:] == HEALTHY.splitlines()


@pytest.mark.parametrize('changes', [[], [dead(FIRST), away, nothing('cluster'), nothing('guard')]])
def test_each_sample_is_once_and_behind_its_help_and_type(changes):
    lines = rendered(*changes).splitlines()
    samples = [line for line in lines if not line.startswith('#')]
    assert all(SAMPLE.match(line) for line in samples)
    assert len(set(line.rpartition(' ')[0] for line in samples)) == len(samples)
    for number, line in enumerate(lines):
        if line.startswith('# HELP'):
            name = line.split()[2]
            assert lines[number + 1] == '# TYPE %s gauge' % name and lines[number + 2].startswith(name)


LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
NUMBER = re.compile(r'-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\Z')


def exposed(text):
    """{(metric, labels): value} of a text in Prometheus' exposition format 0.0.4, read strictly."""
    assert text.endswith('\n') and '\n\n' not in text and '\r' not in text
    found, helped, typed, current = {}, set(), set(), None
    for line in text[:-1].split('\n'):
        if line.startswith('# HELP '):
            current, words = line[7:].split(' ', 1)
            assert current not in helped and words and not re.search(r'\\(?![\\n])', words)
            helped.add(current)
        elif line.startswith('#'):
            assert line == '# TYPE %s gauge' % current and current not in typed
            typed.add(current)
        else:
            name, labels = re.match('[a-zA-Z_:][a-zA-Z0-9_:]*', line).group(), []
            assert name == current and current in typed
            at = len(name)
            while line[at] in '{,':
                label = LABEL.match(line, at + 1)
                labels.append(label.groups())
                at = label.end()
            at += line[at] == '}'
            assert line[at] == ' ' and NUMBER.match(line[at + 1:]), 'no number alone, as with a timestamp: ' + line
            assert [each for each, _ in labels] == sorted(set(each for each, _ in labels))
            assert (name, tuple(labels)) not in found
            found[name, tuple(labels)] = float(line[at + 1:])
    assert helped == typed == set(name for name, _ in found)
    return found


def odd_names(found):
    for controller, name in zip(found['controllers'], (u'n\xf6de', 'a"b\\c', 'two\nlines')):
        controller['name'] = name


@pytest.mark.parametrize('changes', [[], [odd_names], [dead(FIRST), away, nothing('cluster'), nothing('guard')]])
def test_a_strict_reader_takes_the_file_whatever_controllers_are_called(changes, tmpdir):
    path = tmpdir.join('x.prom')
    prometheus.write(str(path), rendered(*changes))
    found = exposed(path.read_binary().decode('utf-8'))
    assert found['ceilometer_redis_state', ()] == 0
    if odd_names in changes:
        names = [labels[0][1] for name, labels in found if name == 'ceilometer_redis_clients']
        assert sorted(names) == sorted([u'n\xf6de', 'a\\"b\\\\c', 'two\\nlines'])


def test_a_problem_that_is_there_is_counted():
    assert 'ceilometer_redis_problems{name="redis-down",severity="warning"} 1' in rendered(dead(FIRST), away)


def test_the_file_is_replaced_at_once_for_everybody_to_read(tmpdir):
    path = tmpdir.join('x.prom')
    path.write('former')
    former = os.umask(0o077)
    try:
        prometheus.write(str(path), 'x 1\n')
    finally:
        os.umask(former)
    assert path.read() == 'x 1\n'
    assert stat.S_IMODE(os.stat(str(path)).st_mode) == 0o644
    assert tmpdir.listdir() == [path]


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmpdir):
    tmpdir.join('x.prom', 'y').ensure()
    with pytest.raises(EnvironmentError):
        prometheus.write(str(tmpdir.join('x.prom')), 'x 1\n')
    assert [each.basename for each in tmpdir.listdir()] == ['x.prom']


@pytest.mark.parametrize('path, reason', [
    ('/dev/null', 'it is no file'), ('/no/x.prom', 'No such file or directory'), ('/', 'it is no file')])
def test_what_cannot_be_replaced_is_named_and_stays(path, reason, monkeypatch):
    monkeypatch.setattr(os, 'rename', lambda *_: pytest.fail('%s is replaced' % path))
    with pytest.raises(EnvironmentError) as refused:
        prometheus.write(path, 'x 1\n')
    assert (refused.value.filename, refused.value.strerror) == (path, reason)


def test_a_file_for_which_there_is_no_room_leaves_the_former_one(tmpdir, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, 'No space left on device')
    tmpdir.join('x.prom').write('former')
    monkeypatch.setattr(os, 'fchmod', full)
    with pytest.raises(EnvironmentError) as refused:
        prometheus.write(str(tmpdir.join('x.prom')), 'x 1\n')
    assert refused.value.filename == str(tmpdir.join('x.prom'))
    assert [(each.basename, each.read()) for each in tmpdir.listdir()] == [('x.prom', 'former')]

# SPDX-License-Identifier: Apache-2.0
"""What the command url prints."""

import os

import pytest
import yaml

from ceilometer_redis.__main__ import main
from ceilometer_redis.commands import url
from ceilometer_redis.coordination import service


@pytest.fixture
def deployed(host, tmpdir, monkeypatch, capsys):
    """A controller whose agents have the URL of its deployment file."""
    host.run()
    monkeypatch.setattr(url, 'CONF', str(tmpdir) + '/%s-%s.conf')
    for project in ('ceilometer', 'aodh'):
        configure(tmpdir, project, yaml.safe_load(host.path.read())['coordination']['backend_url'])
    capsys.readouterr()
    return host


def configure(tmpdir, project, value):
    tmpdir.join('%s-%s.conf' % (project, project)).write(
        '[DEFAULT]\nbackend_url = other\n[coordination]\n# backend_url = x\nbackend_url = %s\n[x]\n' % value)


def test_the_password_is_masked_unless_it_is_asked_for(deployed, capsys):
    assert main(['url', '--deployment', str(deployed.path)]) == 0
    masked = capsys.readouterr()
    assert masked[0].startswith('redis://:***@192.168.0.4:26379?sentinel=ceilometer-redis&') and masked[1] == ''
    if os.geteuid() == 0:
        assert main(['url', '--show-password', '--deployment', str(deployed.path)]) == 0
        assert capsys.readouterr()[0] == masked[0].replace('***', 'S3cretS3cret')


def test_who_is_not_root_gets_one_line(deployed, monkeypatch, capsys):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert main(['url', '--show-password', '--deployment', str(deployed.path)]) == 2
    assert capsys.readouterr() == ('', 'ceilometer-redis: --show-password must be given by root\n')


def test_a_file_with_another_url_is_named(deployed, tmpdir, capsys):
    configure(tmpdir, 'aodh', 'redis://another')
    assert main(['url', '--deployment', str(deployed.path)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith('redis://:***@') and 'aodh-aodh.conf has another backend_url' in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize('options, code, printed', [
    ("{coordination/backend_url: {value: 'redis://:S3cretS3cret@h'}}", 1, 'redis://:***@h\n'), ('{}', 2, '')])
def test_a_compute_node_has_one_where_its_agents_coordinate(tmpdir, monkeypatch, capsys, options, code, printed):
    path = tmpdir.join('deployment.yaml')
    path.write('node: {name: node-6}\noptions: %s\nservices: []\n' % options)
    monkeypatch.setattr(url, 'CONF', str(tmpdir) + '/%s-%s.conf')
    assert main(['url', '--deployment', str(path)]) == code
    out, err = capsys.readouterr()
    assert out == printed and len(err.splitlines()) == 1


@pytest.mark.parametrize('given, masked', [
    ('redis://host:6379', 'redis://host:6379'), ('redis://:S3cret@host', 'redis://:***@host'),
    ('redis://user:S3cret@host?db=1', 'redis://user:***@host?db=1'), ('redis://:a@b:c@host', 'redis://:***@host'),
    ('redis://host?password=S3cret&db=0', 'redis://host?password=***&db=0'),
    ('redis://host?sentinel_p%61ssword=S3cret', 'redis://host?sentinel_p%61ssword=***'),
    ('zookeeper://a:2181,b:2181', 'zookeeper://a:2181,b:2181'), ('redis://:@host?db=1@2', 'redis://:***@host?db=1@2')])
def test_every_secret_of_a_url_is_masked(given, masked):
    assert service.masked(given) == masked

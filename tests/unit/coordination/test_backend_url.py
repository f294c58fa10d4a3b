# SPDX-License-Identifier: Apache-2.0
"""The URL that goes into ceilometer.conf and aodh.conf."""

import sys

import pytest

from ceilometer_redis import versions
from ceilometer_redis.coordination import agents_python, backend_url
from ceilometer_redis.errors import BadInput

THREE = ['10.0.0.2', '10.0.0.1', '10.0.0.3']
OPTIONS = 'db=0&timeout=10&membership_timeout=60&socket_timeout=5'


def render(addresses, tooz):
    return backend_url.render(addresses, 26379, 'S3cretS3cret', 'ceilometer-redis', tooz)


@pytest.mark.parametrize('addresses, tooz, url', [
    (['10.0.0.1'], (0, 10), 'redis://:S3cretS3cret@10.0.0.1:26379?sentinel=ceilometer-redis&' + OPTIONS),
    (THREE, (0, 13), 'redis://:S3cretS3cret@10.0.0.2:26379?sentinel=ceilometer-redis&sentinel_fallback=10.0.0.1:26379'
                     '&sentinel_fallback=10.0.0.3:26379&' + OPTIONS),
    (THREE, (5, 0, 0), 'redis://:S3cretS3cret@10.0.0.2:26379?sentinel=ceilometer-redis&sentinel_fallback=10.0.0.1:26379'
                       '&sentinel_fallback=10.0.0.3:26379&' + OPTIONS + '&socket_connect_timeout=2'),
    (['10.0.0.2', '10.0.0.1'], (0, 11), 'redis://:S3cretS3cret@10.0.0.2:26379?sentinel=ceilometer-redis'
                                        '&sentinel_fallback=10.0.0.1:26379&' + OPTIONS),
    (['fd00::1'], (1, 34), 'redis://:S3cretS3cret@[fd00::1]:26379?sentinel=ceilometer-redis&' + OPTIONS),
    (['fd00::1', 'fd00::2'], (6, 0, 0), 'redis://:S3cretS3cret@[fd00::1]:26379?sentinel=ceilometer-redis'
     '&sentinel_fallback=[fd00::2]:26379&' + OPTIONS + '&socket_connect_timeout=2'),
])
def test_the_own_sentinel_comes_first_and_options_fit_the_tooz(addresses, tooz, url):
    assert render(addresses, tooz) == url


@pytest.mark.parametrize('addresses, tooz, line', [
    (['fd00::1', 'fd00::2'], (5, 9, 9),
     "addresses must be IPv4 with several controllers, not 'fd00::2': tooz before 6.0.0 cannot read others in "
     'sentinel_fallback'),
    (['10.0.0.1', '10.0.0.2'], (0, 10),
     'tooz must be 0.11 or newer with several controllers: older ones know one sentinel only'),
])
def test_what_a_tooz_cannot_read_is_refused_in_one_line(addresses, tooz, line):
    with pytest.raises(BadInput) as refused:
        render(addresses, tooz)
    assert str(refused.value) == line


@pytest.mark.parametrize('password', [
    '', 'short', 'p@ssw0rd!', 'with/slash1', 'per%40cent', 'dollar$1', u'p\xe4ssw0rd'])
def test_a_password_tooz_would_misread_is_refused(password):
    with pytest.raises(BadInput) as refused:
        backend_url.render(THREE, 26379, password, 'ceilometer-redis', (9, 1))
    assert refused.value.field == 'redis_password'


@pytest.mark.parametrize('text, version', [
    ('1.34.0', (1, 34, 0)), ('0.13.1\n', (0, 13, 1)), ('9.1.0.dev3', (9, 1, 0)), ('5', (5,)), ('', None),
    ('none', None)])
def test_a_version_is_its_leading_numbers(text, version):
    assert versions.parse(text) == version


def agent(path, interpreter):
    path.write('#!%s\nimport sys\n' % interpreter)
    return str(path)


@pytest.mark.parametrize('first_line', ['#!/bin/false', '#!/no/such/python', '#!', 'no script', u'\x7fELF'])
def test_an_agent_that_cannot_be_asked_counts_as_none(tmpdir, monkeypatch, first_line):
    script = tmpdir.join('agent')
    script.write(first_line + '\n')
    monkeypatch.setattr(agents_python, 'AGENTS', (str(tmpdir.join('none')), str(script)))
    assert agents_python.installed_tooz() is None


def test_an_interpreter_that_hangs_counts_as_none(tmpdir, monkeypatch):
    python = tmpdir.join('python')
    python.write('#!/bin/sh\nsleep 30\n')
    python.chmod(0o755)
    monkeypatch.setattr(agents_python, 'AGENTS', (agent(tmpdir.join('agent'), python),))
    monkeypatch.setattr(agents_python, 'PATIENCE', 1)
    assert agents_python.installed_tooz() is None


def test_what_the_interpreter_warns_of_is_not_the_version(tmpdir, monkeypatch):
    python = tmpdir.join('python')
    python.write('#!/bin/sh\necho "DeprecationWarning: pkg_resources" >&2\necho 1.34.0\n')
    python.chmod(0o755)
    monkeypatch.setattr(agents_python, 'AGENTS', (agent(tmpdir.join('agent'), python),))
    assert agents_python.installed_tooz() == (1, 34, 0)


def test_the_interpreter_of_the_agent_is_asked_for_its_tooz(tmpdir, monkeypatch):
    information = tmpdir.mkdir('tooz-1.34.0.dist-info')
    information.join('METADATA').write('Metadata-Version: 2.1\nName: tooz\nVersion: 1.34.0\n')
    monkeypatch.setenv('PYTHONPATH', str(tmpdir))
    monkeypatch.setattr(agents_python, 'AGENTS', (agent(tmpdir.join('agent'), sys.executable + ' -u'),))
    assert agents_python.installed_tooz() == (1, 34, 0)

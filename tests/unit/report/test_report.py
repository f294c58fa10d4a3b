# SPDX-License-Identifier: Apache-2.0
"""A report of a node on which secrets are everywhere: none of them is in it."""

import base64
import contextlib
import errno
import io
import json
import os
import stat
import tarfile
import time

import pytest

from ceilometer_redis.__main__ import main
from ceilometer_redis.commands import report as command
from ceilometer_redis.report import contents
from ceilometer_redis.report.secrets import Secrets

try:
    from urllib.parse import quote
except ImportError:
    from urllib import quote

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="a report is root's")

PASSWORD = 'S3cretS3cret'
FORMER = 'F0rmerF0rmer'
ODD = u'p@ss/w%rd&<"$\xe9'
PLANTED = {'short': 'zq7', 'database': 'D4tabaseD4ta', 'rabbit': 'R4bbitR4bbit', 'token': 'T0kenT0kenT0ken',
           'fence': 'F3nceF3nce', 'service': 'S3rviceS3rvice', 'unknown': 'Unkn0wnUnkn0wn'}


@pytest.fixture
def node(tmp_path, monkeypatch):
    """The directory below which the files of a node are; nothing of this machine is asked."""
    root = tmp_path / 'node'
    now = time.time()
    syslog = time.strftime('%b %d %H:%M:%S', time.localtime(now - 60))
    redis = time.strftime('1:X %d %b %H:%M:%S.000', time.localtime(now - 60))
    old = time.strftime('%b %d %H:%M:%S', time.localtime(now - 10000))
    url = 'redis://:%s@10.0.0.1:26379?sentinel=ceilometer-redis' % PASSWORD
    files = {
        'etc/ceilometer-redis/deployment.yaml': 'redis: {port: 6379, password: %s}\ncoordination:\n'
        '  backend_url: "%s"\nnodes: kept\n' % (PASSWORD, url),
        'etc/ceilometer-redis/deployment.yaml.previous': 'redis:\n  password: "%s"\n' % FORMER,
        'etc/ceilometer-redis/redis.conf': 'port 6379\nrequirepass %s\nmasterauth %s\n' % (PASSWORD, PASSWORD),
        'etc/ceilometer-redis/redis/redis.conf': 'requirepass "%s"\nuser default on >%s ~* &* +@all\n' % (
            PASSWORD, PASSWORD),
        'etc/ceilometer-redis/redis/sentinel.conf': 'sentinel auth-pass ceilometer-redis %s\n' % PASSWORD,
        'etc/ceilometer/ceilometer.conf': '[DEFAULT]\ntransport_url = rabbit://nova:%s@10.0.0.1:5672/\n[database]\n'
        'connection = mysql://u:%s@h/c\n[service_credentials]\npassword=%s\n[coordination]\nbackend_url = %s\n' % (
            PLANTED['rabbit'], PLANTED['database'], PLANTED['service'], url),
        'etc/astute.yaml': u'ceilometer-redis:\n  redis_password: %s\nkeystone:\n  admin_token: %s\naccess:\n'
        u'  password: %s\nmysql: {root_password: \'%s\'}\n' % (PASSWORD, PLANTED['token'], PLANTED['short'], ODD),
        'var/log/syslog': u'%s node-1 old: kept no more\n%s node-1 a: %s %s %s %s\n%s b: token %s and zq7, but azq7b\n'
        u'%s c: %s %s\n' % (
            old, syslog, PASSWORD, quote(PASSWORD), url, quote(url, safe=''), syslog, PLANTED['token'], syslog, ODD,
            quote(ODD.encode('utf-8'))),
        'var/log/redis/redis-sentinel.log': '%s # +set master ceilometer-redis 10.0.0.1 6379 auth-pass %s\n' % (
            redis, PLANTED['unknown']),
        'var/log/pacemaker.log': '%s [7] a: info: <nvpair id="x" name="passwd" value="%s"/>\n' % (
            syslog, PLANTED['fence']),
        'var/log/ceilometer/agent.log': 'x' * 100000 + PASSWORD + '\n%s 1 ERROR connecting to redis://:%s@h\n' % (
            time.strftime('%Y-%m-%d %H:%M:%S.000', time.localtime(now - 60)), PLANTED['unknown']),
    }
    for name, text in files.items():
        path = root.joinpath(*name.split('/'))
        if not path.parent.is_dir():
            os.makedirs(str(path.parent))
        with io.open(str(path), 'w', encoding='utf-8') as file:
            file.write(text if isinstance(text, type(u'')) else text.decode('ascii'))
    cib = tmp_path / 'cib.xml'
    cib.write_bytes(('<cib><nvpair id="a" name="test_passwd" value="%s"/><nvpair value="%s" name="auth_key"/>'
                     '<nvpair name="kept" value="kept"/></cib>\n' % (PLANTED['fence'], PLANTED['fence'])).encode())
    monkeypatch.setattr(contents, 'COMMANDS', (('cib.xml', ['cat', str(cib)]), ('none.txt', ['/no/such/program'])))
    monkeypatch.setattr(contents, 'OWN', (('status.txt', ['status', '--deployment', '/no']), ('history.json', [
        'history', '--json', '--since', '0m', '--deployment', '/no'])))
    monkeypatch.setattr(command, 'contents', lambda: contents.contents(str(root)))
    return root


def texts(directory):
    """{name: text} of the files in a directory."""
    return dict((name, io.open(os.path.join(directory, name), encoding='utf-8').read())
                for name in os.listdir(directory))


def test_no_secret_is_in_any_file_and_what_is_none_is(node, tmp_path):
    directory = str(tmp_path / 'report')
    assert main(['report', directory]) == 0
    found = texts(directory)
    whole = '\n'.join(found.values())
    secrets = [PASSWORD, FORMER, ODD, quote(ODD.encode('utf-8')), quote(ODD.encode('utf-8'), safe='')] + [
        secret for name, secret in PLANTED.items() if name != 'short']
    assert [secret for secret in secrets if secret in whole] == []
    assert 'and ***, but azq7b' in found['var_log_syslog'] and 'kept no more' not in whole
    assert 'nodes: kept' in found['etc_ceilometer-redis_deployment.yaml']
    assert '<nvpair name="kept" value="kept"/>' in found['cib.xml']
    assert 'auth-pass ***' in found['var_log_redis_redis-sentinel.log']
    assert 'port 6379' in found['etc_ceilometer-redis_redis.conf']


def test_what_does_not_answer_is_ended_and_said(node, tmp_path, monkeypatch):
    monkeypatch.setattr(contents, 'COMMANDS', contents.COMMANDS + (('asleep.txt', ['sleep', '60']),))
    monkeypatch.setattr(contents, 'PATIENCE', 4)
    assert main(['report', str(tmp_path / 'report')]) == 0
    found = texts(str(tmp_path / 'report'))
    assert found['asleep.txt'] == '(exit code 124)\n'
    assert '(exit code 127)' in found['none.txt']
    assert json.loads(found['history.json']) == []
    assert found['status.txt'] == ('ceilometer-redis: /no must be there: the plugin is not deployed on this node\n'
                                   '(exit code 2)\n')


def test_a_report_is_roots_alone(node, tmp_path):
    directory = tmp_path / 'report'
    directory.mkdir(0o755)
    assert main(['report', str(directory)]) == 0
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert set(stat.S_IMODE(os.stat(str(directory / name)).st_mode) for name in os.listdir(str(directory))) == {0o600}


def test_a_report_may_be_one_file(node, tmp_path):
    path = str(tmp_path / 'node-1.tar.gz')
    assert main(['report', path]) == 0
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with tarfile.open(path) as archive:
        assert 'node-1/cib.xml' in archive.getnames()
        assert PASSWORD.encode() not in b''.join(archive.extractfile(name).read() for name in archive.getnames())


@pytest.mark.parametrize('kind', ['full', 'file', 'link', 'archive'])
def test_nothing_that_is_there_is_written_over(node, tmp_path, kind, capsys):
    path = tmp_path / ('there.tar.gz' if kind == 'archive' else 'there')
    if kind == 'link':
        (tmp_path / 'real').mkdir()
        path.symlink_to(tmp_path / 'real')
    elif kind == 'full':
        path.mkdir()
        (path / 'x').write_bytes(b'')
    else:
        path.write_bytes(b'x')
    assert main(['report', str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ('', 1) and 'must be no file yet' in err
    assert path.is_dir() or path.read_bytes() == b'x'


@pytest.mark.parametrize('name', ['report', 'report.tgz'])
def test_where_there_is_no_room_nothing_is_left(node, tmp_path, name, monkeypatch, capsys):
    path, original, made = str(tmp_path / name), command.new_file, []

    @contextlib.contextmanager
    def no_room(path):
        with original(path) as file:
            made.append(path)
            yield file
            if len(made) > 2 or path.endswith('.tgz'):
                raise EnvironmentError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(command, 'new_file', no_room)
    assert main(['report', path]) == 2
    assert capsys.readouterr() == ('', 'ceilometer-redis: %s: No space left on device\n' % path)
    assert not os.path.exists(path) or os.listdir(path) == []


def test_who_is_not_root_gets_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert main(['report', str(tmp_path / 'report')]) == 2
    assert capsys.readouterr() == ('', 'ceilometer-redis: report must be run by root\n')
    assert not (tmp_path / 'report').exists()


def test_a_directory_whose_name_somebody_gave_to_another_meanwhile_is_not_filled(node, tmp_path, monkeypatch, capsys):
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'elsewhere' / 'crontab').write_bytes(b'')

    def collect():
        (tmp_path / 'report').rmdir()
        (tmp_path / 'report').symlink_to(tmp_path / 'elsewhere')
        return {'x': u'y'}
    monkeypatch.setattr(command, 'contents', collect)
    here = os.getcwd()
    assert main(['report', str(tmp_path / 'report')]) == 2
    assert 'must be no file yet, or an empty directory' in capsys.readouterr()[1]
    assert os.listdir(str(tmp_path / 'elsewhere')) == ['crontab'] and os.getcwd() == here


@pytest.mark.parametrize('script, shown', [
    ('echo a; sleep 60 &', 'a\n(exit code 0)\n'), ('echo a; setsid sleep 8 &', 'a\n(exit code 0)\n'),
    ('echo a; exec sleep 60', 'a\n(exit code 124)\n'), ('cat; exit 3', '(exit code 3)\n'),
    ('head -c 100 /dev/zero | tr "\\0" x', 'x' * 50 + '(exit code 0)\n')])
def test_no_command_takes_more_time_or_room_than_it_may(script, shown, monkeypatch):
    monkeypatch.setattr(contents, 'MOST', 50)
    monkeypatch.setattr(contents, 'PATIENCE', 2)
    began = time.time()
    assert contents.answer(['sh', '-c', script]) == shown
    assert time.time() - began < 8


def test_nothing_is_imported_from_where_root_happens_to_be(tmp_path, monkeypatch):
    (tmp_path / 'argparse.py').write_bytes(b'raise SystemExit("caught")')
    monkeypatch.chdir(tmp_path)
    assert 'caught' not in contents.answer(contents.own(['--version']))


def test_fuels_data_may_be_a_link(node, tmp_path):
    """As on nodes of 6.1 and before, and in /etc/hiera."""
    (node / 'etc' / 'primary-controller.yaml').write_bytes((node / 'etc' / 'astute.yaml').read_bytes())
    (node / 'etc' / 'astute.yaml').unlink()
    (node / 'etc' / 'astute.yaml').symlink_to('primary-controller.yaml')
    assert main(['report', str(tmp_path / 'report')]) == 0
    assert PLANTED['token'] not in ''.join(texts(str(tmp_path / 'report')).values())


@pytest.mark.parametrize('line, shown', [
    ('requirepass "abc"', 'requirepass ***'), ('sentinel auth-pass m abc', 'sentinel auth-pass m ***'),
    ('a://u:abc@h', 'a://u:***@h'), ("{'password': 'abc', 'x': 1}", "{'password': ***, 'x': 1}"),
    ('"admin_token": "a b c"', '"admin_token": ***'), ('metering_secret=abc,x=1', 'metering_secret=***,x=1'),
    ('a%3A%2F%2F%3Aabc%40h', 'a%3A%2F%2F%3A***%40h'), ('keystone: kept', 'keystone: kept'),
    ('event=repair key=_tooz_group:x', 'event=repair key=_tooz_group:x'),
    ('user default on #abc ~*', 'user default on #*** ~*'),
    ('<nvpair name="password" value="abc"/>', '<nvpair name="password" value="***"/>'),
    ("{u'password': u'abc', u'x': u'y'}", "{u'password': ***, u'x': u'y'}"),
    ('{"password": "a\\"b", "x": 1}', '{"password": ***, "x": 1}'), ('"passwords": ["abc"]', '"passwords": [***]'),
    ('requirepass "a""b"', 'requirepass ***'), ("password='a' 'b' x", 'password=*** x'),
    ('password: "cut o', 'password: ***'), ('"config" "set" "requirepass" "abc"', '"config" "set" "requirepass" ***'),
    ('"AUTH" "abc"', '"AUTH" ***'), ('redis-cli -h x -a abc ping', 'redis-cli -h x -a *** ping'),
    ('mysql -uroot -pabc x', 'mysql -uroot -p*** x'), ('x --os-password abc y', 'x --os-password *** y'),
    ('Authorization: Basic YWJj', 'Authorization: Basic ***'),
    ("'authorization': 'Bearer abc'", "'authorization': 'Bearer ***'"),
    ('http://h/?a=1&auth_token=abc&x=2', 'http://h/?a=1&auth_token=***&x=2'), ('redis://u:a/b@h', 'redis://u:***@h'),
    ('GET /v2 password%3Dabc', 'GET /v2 password%3D***')])
def test_what_looks_like_a_secret_is_taken_for_one(line, shown):
    assert Secrets().hide(line) == shown


@pytest.mark.parametrize('line', [
    'transport_url=rabbit://u:S3cretS3cret@a:5672,u:0therS3cret@b:5672/v', 'x: "redis://:S3cretS3cret@a"\ny: k',
    'backend_url=redis://a?sentinel=b&sentinel_password=S3cretS3cret', 'connection = mysql://u:S3cretS3cret@h/d?charset=x',
    'admin_password: S3cretS3cret', "password = 'S3cretS3cret'", '  - db_password: "S3cretS3cret"',
    'sentinel auth-pass ceilometer-redis "S3cretS3cret"', 'masterauth S3cretS3cret', 'metering_secret=S3cretS3cret',
    'memcache_secret_key = S3cretS3cret', 'backend_url=redis://:S3cret%53%33cret@h'])
def test_a_secret_of_a_file_is_taken_out_elsewhere(line):
    secrets = Secrets()
    secrets.learn_text(line)
    assert secrets.hide('of nothing S3cretS3cret says') == 'of nothing *** says'


@pytest.mark.parametrize('before', ['', 'x', 'xy', 'user:'])
def test_a_known_secret_is_taken_out_of_base64_wherever_it_stands_there(before):
    secrets = Secrets()
    secrets.add(ODD)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode((before + ODD + 'z').encode('utf-8')).decode('ascii')
        for written in (whole, quote(whole, safe='')):
            shown = secrets.hide('x ' + written)
            assert '***' in shown and len(shown) < 15


@pytest.mark.parametrize('text', [
    'a.' * 50000, 'value="' * 10000, '://' * 25000, 'user x ' * 10000, '%3A%2F%2F' * 10000, 'pass-' * 25000,
    '-pass-' * 10000], ids=lambda text: text[:6])
def test_a_line_that_somebody_made_longer_costs_as_much_more_as_it_is_longer(text):
    def cost(times):
        began = os.times()[0]
        Secrets().hide('\n'.join([text * times] * 20))
        return os.times()[0] - began
    cost(1)
    assert cost(8) < 24 * max(cost(1), 0.01)

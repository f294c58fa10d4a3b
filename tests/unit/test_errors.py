# SPDX-License-Identifier: Apache-2.0
"""What errors say: one wording, whatever the input."""

import errno
import os

import pytest

from ceilometer_redis.__main__ import command_parser
from ceilometer_redis.coordination import backend_url, service
from ceilometer_redis.deployment import document
from ceilometer_redis.errors import BadInput, NotDone, one_line, printable, quoted, system_error
from ceilometer_redis.fuel import astute, nodes, plugin, releases, settings

SECRET = 'S3cret'
PASSWORD = {'redis_password': SECRET * 2}
HERE = {'uid': '1', 'fqdn': 'node-1'}
URL = 'redis://:%s@' % SECRET


@pytest.mark.parametrize('arguments, sentence', [
    (('redis_port', 'be 1024 to 65535', "'80'"), "redis_port must be 1024 to 65535, not '80'"),
    (('ceilometer.enabled', 'be true', 'false', 'without Ceilometer there is nothing to coordinate'),
     'ceilometer.enabled must be true, not false: without Ceilometer there is nothing to coordinate'),
    (('redis_password', 'be 8 to 64 letters'), 'redis_password must be 8 to 64 letters'),
    (('sentinel_port', 'be free', None, 'choose another'), 'sentinel_port must be free: choose another'),
    ((u'n\xf6de'.encode('utf-8'), 'be one\n  line', u'"\xf6"', b'\xff'),
     'n\\xf6de must be one line, not "\\xf6": \\ufffd'),
])
def test_bad_input_says_what_must_be_and_what_was_found(arguments, sentence):
    assert str(BadInput(*arguments)) == sentence


def test_its_parts_are_kept():
    error = BadInput('port', 'be free', '80', 'choose another')
    assert (error.field, error.must, error.found, error.advice) == ('port', 'be free', '80', 'choose another')


@pytest.mark.parametrize('value, shown', [
    ('80', "'80'"), (80, "'80'"), (8.5, "'8.5'"), (b'80', "'80'"), ('', 'missing'), (None, 'missing'),
    (False, 'false'), ([80], 'a list'), ({'password': 'S3cret'}, 'a mapping'),
    ('x' * 100, "'%s'" % ('x' * 100)), ('x' * 101, "'%s...'" % ('x' * 100))])
def test_what_was_found_is_in_quotes_cut_missing_or_named_by_its_kind(value, shown):
    assert quoted(value) == shown


def test_what_was_not_done_is_one_line_of_ascii_as_well():
    assert str(NotDone(u'n\xf6de:\n not within 3 s')) == 'n\\xf6de: not within 3 s'
    assert one_line(NotDone(u'n\xf6de')) == 'n\\xf6de'


ODD = u'\x1b[2J\x07\x7f\x9b1m'


def test_no_error_has_what_a_terminal_takes_for_a_command():
    shown = '\\x1b[2J\\x07\\x7f\\x9b1m'
    assert one_line(ODD) == shown
    assert str(BadInput('COMMAND', 'be known', quoted(ODD))) == "COMMAND must be known, not '%s'" % shown
    assert str(NotDone(ODD.encode('utf-8'))) == shown


@pytest.mark.parametrize('text, shown', [
    (u'n\xf6de', 'n\\xf6de'), (u'n\xf6de'.encode('utf-8'), 'n\\xf6de'), (b'\xff', '\\ufffd'),
    (u'a\nb\t', 'a\\x0ab\\x09'),
    (u'x' * 10, 'x' * 10), (u'x' * 11, 'x' * 7 + '...'), (u'\x1b' * 10, '\\x1b\\x1...'), (u'\ud800', '\\ud800')])
def test_whatever_is_shown_is_printable_and_short(text, shown):
    assert printable(text, 10) == shown


@pytest.mark.parametrize('user, code, sentence', [
    (0, errno.EACCES, '/x: Permission denied'), (65534, errno.EACCES, '/x: Permission denied, run this as root'),
    (65534, errno.ENOENT, '/x: No such file or directory')])
def test_who_may_not_read_a_file_is_told_who_may(user, code, sentence, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: user)
    assert system_error(EnvironmentError(code, os.strerror(code), '/x')) == sentence


def load(content):
    def read(tmpdir):
        tmpdir.join('deployment.yaml').write_binary(content)
        document.load(str(tmpdir.join('deployment.yaml')))
    return read


def command(*arguments):
    def run(tmpdir):
        command_parser(arguments[0]).parse_args(arguments[1:])
    return run


def call(function, *arguments):
    return lambda tmpdir: function(*arguments)


def main_audit(tmpdir, content):
    tmpdir.join('samples').write_binary(content)
    args = command_parser('audit').parse_args([str(tmpdir.join('samples'))])
    args.run(args)


def node(**changed):
    """Fuel's data of one node, a primary controller."""
    own = dict({'uid': '1', 'name': 'node-1', 'fqdn': 'node-1', 'node_roles': ['primary-controller'],
                'network_roles': {'management': '10.0.0.1'}}, **changed)
    return dict(HERE, network_metadata={'nodes': {'node-1': own}})


@pytest.mark.parametrize('field, wrong', [
    ('redis_port', call(settings.validate, dict(PASSWORD, redis_port='80'))),
    ('redis_port', call(settings.validate, dict(PASSWORD, redis_port='8080'))),
    ('sentinel_port', call(settings.validate, dict(PASSWORD, sentinel_port='6379'))),
    ('sentinel_port', call(settings.validate, dict(PASSWORD, sentinel_port='5900'))),
    ('down_after', call(settings.validate, dict(PASSWORD, down_after=u'\xf6'))),
    ('store', call(settings.validate, dict(PASSWORD, store='x\ny'))),
    ('guard', call(settings.validate, dict(PASSWORD, guard='yes'))),
    ('partitioning_group_prefix', call(settings.validate, dict(PASSWORD, partitioning_group_prefix='a b'))),
    ('redis_password', call(settings.validate, {})),
    ('redis_password', call(settings.validate, {'redis_password': SECRET + '/'})),
    ('backend_url', call(service.validate, '')),
    ('backend_url', call(service.validate, URL + 'host name')),
    ('backend_url', call(service.validate, URL + '10.0.0.9/2')),
    ('backend_url', call(service.validate, URL + 'localhost')),
    ('backend_url', call(service.validate, URL + '10.0.0.8,10.0.0.9')),
    ('backend_url', call(service.validate, URL + '10.0.0.9:0')),
    ('backend_url', call(service.validate, URL + '[fd00::9')),
    ('backend_url', call(service.validate, URL + '10.0.0.9?timeout=1')),
    ('backend_url', call(service.validate, URL + '10.0.0.9?timeout=' + SECRET)),
    ('backend_url', call(service.validate, URL + '10.0.0.9?namespace=' + SECRET)),
    ('backend_url', call(service.validate, URL + '10.0.0.9?db=' + SECRET)),
    ('backend_url', call(service.validate, 'redis://user:%s@10.0.0.9' % SECRET)),
    ('backend_url', call(service.validate, 'redis://:%s/@10.0.0.9' % SECRET)),
    ('tooz', call(backend_url.render, ['10.0.0.1', '10.0.0.2'], 1, SECRET * 2, 'main', (0, 10))),
    ('addresses', call(backend_url.render, ['fd00::1', 'fd00::2'], 1, SECRET * 2, 'main', (1, 0))),
    ('openstack_version', call(releases.release, {'openstack_version': 'kilo'})),
    ('ceilometer.enabled', call(releases.release, {'openstack_version': 'mitaka-9.0'})),
    ('ceilometer-redis.metadata.enabled', call(plugin.settings, {})),
    ('ceilometer-redis', call(plugin.settings, {'ceilometer-redis': SECRET})),
    ('network_metadata.nodes', call(nodes.controllers, {})),
    ('network_metadata.nodes.node-1.uid', call(nodes.controllers, node(uid='one'))),
    ('network_metadata.nodes.node-1.fqdn', call(nodes.controllers, node(fqdn=''))),
    ('network_metadata.nodes.node-1.node_roles', call(nodes.controllers, node(node_roles=[5]))),
    ('network_metadata.nodes.node-1.network_roles.management', call(nodes.controllers, node(network_roles={
        'management': '10.0.0'}))),
    ('network_metadata.nodes.node-1.network_roles.management', call(nodes.controllers, node(network_roles={
        'management': '127.0.0.1'}))),
    ('uid', call(nodes.this_controller, HERE, [])),
    ('/no/such/astute.yaml', call(astute.read, '/no/such/astute.yaml', '/no/such')),
    ('/', call(astute.read, '/', '/no/such')),
    (None, load(b'{')),
    (None, load(b'- ' + SECRET.encode('ascii'))),
    (None, load(b'node: ' + SECRET.encode('ascii'))),
    (None, load(b'1: 2')),
    (None, load(b'node: {}')),
    ('/no/such', call(document.load, '/no/such')),
    ('input', lambda tmpdir: main_audit(tmpdir, b'no JSON')),
    ('input', lambda tmpdir: main_audit(tmpdir, b'')),
    ('COMMAND', command('no-such')),
    ('COMMAND', command('')),
    ('WHAT', command('apply', 'x')),
    ('--interval', command('audit', '--interval', 'x')),
    ('--expect', command('audit', '--expect', '0.5')),
    ('--since', command('audit', '--since', 'noon')),
    ('--host', command('audit', '--host', 'node-1')),
    ('arguments', command('apply')),
    ('arguments', command('master', '--json')),
    ('arguments', command('status', '--json=x')),
    ('arguments', command('status', '--deployment')),
])
def test_every_wrong_input_is_named_with_what_it_must_be_and_no_secret(tmpdir, field, wrong):
    with pytest.raises(BadInput) as refused:
        wrong(tmpdir)
    sentence = str(refused.value)
    assert sentence.startswith('%s must %s' % (field or tmpdir.join('deployment.yaml'), refused.value.must))
    assert len(sentence.splitlines()) == 1 and SECRET not in sentence
    assert ' allowed' not in sentence and ' needed' not in sentence

# SPDX-License-Identifier: Apache-2.0
"""What the settings tab may hold, and that the tab itself says the same."""

import io
import os
import re

import pytest
import yaml

from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import settings

TAB = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'environment_config.yaml')


@pytest.fixture
def tab():
    with io.open(TAB, encoding='utf-8') as content:
        attributes = yaml.safe_load(content)['attributes']
    return dict((name, attribute) for name, attribute in attributes.items() if name != 'metadata')


def test_settings_are_strings_to_fuel_and_numbers_to_the_rest():
    assert settings.validate({'redis_password': 'S3cretS3cret', 'redis_port': '6390', 'down_after': '7'}) == {
        'store': 'deploy', 'backend_url': None, 'redis_password': 'S3cretS3cret', 'redis_port': 6390,
        'sentinel_port': 26379, 'down_after': 7, 'coordinate_alarms': True, 'coordinate_notification': False,
        'coordinate_compute': False, 'partitioning_group_prefix': '', 'guard': True}


# What is said of a bad setting, after its name.
PASSWORD = 'must be 8 to 64 letters and digits (A-Z a-z 0-9)'
PORT = 'must be 1024 to 65535'
TAKEN = 'must be a TCP port that OpenStack on a controller leaves free'
DOWN_AFTER = 'must be seconds from 1 to 15'
STORE = 'must be deploy or existing'
FLAG = 'must be true or false, without quotes'
PREFIX = "must be up to 32 letters, digits, '_' and '-', or nothing"
VNC = 'must be outside 5900 to 6900'


@pytest.mark.parametrize('name, value, said', [
    ('redis_password', None, PASSWORD + ', not missing: save the settings of the plugin once'),
    ('redis_password', '', PASSWORD + ', not missing: save the settings of the plugin once'),
    ('redis_password', 'short', PASSWORD),
    ('redis_password', 'a' * 65, PASSWORD),
    ('redis_password', 'with/slash', PASSWORD),
    ('redis_password', 'newline8\n', PASSWORD),
    ('redis_port', '0', PORT + ", not '0'"),
    ('redis_port', '1023', PORT + ", not '1023'"),
    ('redis_port', '65536', PORT + ", not '65536'"),
    ('redis_port', '6379a', PORT + ", not '6379a'"),
    ('redis_port', '06379', PORT + ", not '06379'"),
    ('redis_port', None, PORT + ', not missing'),
    ('redis_port', '', PORT + ', not missing'),
    ('redis_port', ' 6379', PORT + ", not ' 6379'"),
    ('redis_port', '6379 ', PORT + ", not '6379 '"),
    ('redis_port', '6379\n', PORT + ", not '6379 '"),
    ('redis_port', '9' * 5000, PORT + ", not '%s...'" % ('9' * 100)),
    ('redis_port', True, PORT + ', not true'),
    ('redis_port', 6379.0, PORT + ", not '6379.0'"),
    ('redis_port', [6379], PORT + ', not a list'),
    ('redis_port', {}, PORT + ', not a mapping'),
    ('redis_port', '8777', TAKEN + ", not '8777'"),
    ('redis_port', '8778', TAKEN + ", not '8778'"),
    ('redis_port', 7480, TAKEN + ", not '7480'"),
    ('redis_port', '49215', TAKEN + ", not '49215'"),
    ('sentinel_port', '8888', TAKEN + ", not '8888'"),
    ('sentinel_port', '5900', VNC + ", not '5900': Fuel opens those to every node, and Sentinels have no password"),
    ('sentinel_port', 6900, VNC + ", not '6900': Fuel opens those to every node, and Sentinels have no password"),
    ('sentinel_port', '26379\n', PORT + ", not '26379 '"),
    ('sentinel_port', True, PORT + ', not true'),
    ('sentinel_port', '6379', "must be another port than redis_port, not '6379'"),
    ('sentinel_port', u'\u0662\u0663\u0664\u0665', PORT + r", not '\u0662\u0663\u0664\u0665'"),
    ('down_after', '0', DOWN_AFTER + ", not '0'"),
    ('down_after', '16', DOWN_AFTER + ", not '16'"),
    ('down_after', '2.5', DOWN_AFTER + ", not '2.5'"),
    ('down_after', '', DOWN_AFTER + ', not missing'),
    ('down_after', '5\n', DOWN_AFTER + ", not '5 '"),
    ('down_after', True, DOWN_AFTER + ', not true'),
    ('down_after', 5.0, DOWN_AFTER + ", not '5.0'"),
    ('down_after', None, DOWN_AFTER + ', not missing'),
    ('store', 'elsewhere', STORE + ", not 'elsewhere'"),
    ('store', 'deploy\n', STORE + ", not 'deploy '"),
    ('store', '', STORE + ', not missing'),
    ('store', True, STORE + ', not true'),
    ('store', ['deploy'], STORE + ', not a list'),
    ('store', {'deploy': 1}, STORE + ', not a mapping'),
    ('coordinate_alarms', 'maybe', FLAG + ", not 'maybe'"),
    ('coordinate_alarms', 1, FLAG + ", not '1'"),
    ('coordinate_alarms', 1.0, FLAG + ", not '1.0'"),
    ('coordinate_alarms', 0, FLAG + ", not '0'"),
    ('coordinate_alarms', [], FLAG + ', not a list'),
    ('coordinate_alarms', {}, FLAG + ', not a mapping'),
    ('coordinate_alarms', 'true', FLAG + ", not 'true'"),
    ('coordinate_alarms', '', FLAG + ', not missing'),
    ('guard', None, FLAG + ', not missing'),
    ('coordinate_notification', None, FLAG + ', not missing'),
    ('coordinate_compute', 'yes', FLAG + ", not 'yes'"),
    ('partitioning_group_prefix', 'a b', PREFIX + ", not 'a b'"),
    ('partitioning_group_prefix', 'a' * 33, PREFIX + ", not 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"),
    ('partitioning_group_prefix', 'fuel\n', PREFIX + ", not 'fuel '"),
    ('partitioning_group_prefix', '\n', PREFIX + ", not ' '"),
    ('partitioning_group_prefix', True, PREFIX + ', not true'),
    ('partitioning_group_prefix', False, PREFIX + ', not false'),
    ('partitioning_group_prefix', 1.5, PREFIX + ", not '1.5'"),
    ('partitioning_group_prefix', None, PREFIX + ', not missing'),
    ('partitioning_group_prefix', [], PREFIX + ', not a list'),
    ('partitioning_group_prefix', float('inf'), PREFIX + ", not 'inf'"),
    ('redis_password', 123456789.5, PASSWORD),
    ('redis_password', ['S3cretS3cret'], PASSWORD),
    ('redis_password', ' S3cretS3cret', PASSWORD),
    ('redis_password', 'S3cretS3cret ', PASSWORD),
    ('redis_password', 'S3cret' + u'\u0663' * 4, PASSWORD),
])
def test_a_bad_setting_is_named_with_what_it_must_be(name, value, said):
    given = {'redis_password': 'S3cretS3cret'}
    given[name] = value
    with pytest.raises(BadInput) as refused:
        settings.validate(given)
    assert str(refused.value) == '%s %s' % (name, said)


@pytest.mark.parametrize('name, value, seen', [
    ('redis_port', 6390, 6390), ('sentinel_port', 36379, 36379), ('down_after', 7, 7), ('redis_port', u'6390', 6390),
    ('store', u'deploy', 'deploy'), ('guard', False, False), ('partitioning_group_prefix', 5, '5'),
    ('partitioning_group_prefix', 'aZ-_09', 'aZ-_09'),
    ('redis_password', 1234567890, '1234567890')])
def test_a_whole_number_counts_as_its_text(name, value, seen):
    assert settings.validate(dict({'redis_password': 'S3cretS3cret'}, **{name: value}))[name] == seen


def test_the_url_of_an_existing_service_is_kept_for_its_reader():
    given = {'redis_password': 'S3cretS3cret', 'store': 'existing', 'backend_url': 'any'}
    assert settings.validate(given)['backend_url'] == 'any'


def test_the_ports_of_both_daemons_are_free_unless_chosen_otherwise():
    for name in ('redis_port', 'sentinel_port'):
        assert int(settings.DEFAULTS[name]) not in settings.CORE_PORTS


def test_a_bad_password_is_not_repeated():
    with pytest.raises(BadInput) as refused:
        settings.validate_password('p@ssw0rd!')
    assert 'p@ssw0rd!' not in str(refused.value)


def test_the_defaults_are_those_of_the_settings_tab(tab):
    assert sorted(tab) == sorted(list(settings.DEFAULTS) + ['redis_password'])
    assert dict((name, tab[name]['value']) for name in settings.DEFAULTS) == settings.DEFAULTS


@pytest.mark.parametrize('name, allowed', [
    ('down_after', settings.DOWN_AFTER),
    ('redis_port', set(settings.PORTS) - settings.CORE_PORTS),
    ('sentinel_port', set(settings.PORTS) - settings.CORE_PORTS - set(settings.VNC_PORTS)),
])
def test_the_settings_tab_allows_the_numbers_that_the_nodes_do(tab, name, allowed):
    source = re.compile(tab[name]['regex']['source'])
    assert [number for number in range(70000) if source.search(str(number))] == sorted(allowed)


@pytest.mark.parametrize('password, allowed', [
    ('a' * 7, False), ('a' * 8, True), ('aZ09aZ09', True), ('a' * 64, True), ('a' * 65, False), ('aaaa aaaa', False)])
def test_the_settings_tab_allows_the_same_passwords(tab, password, allowed):
    assert bool(re.search(tab['redis_password']['regex']['source'], password)) == allowed

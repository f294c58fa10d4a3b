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


@pytest.mark.parametrize('name, value, said', [
    ('redis_password', None, 'letters and digits'),
    ('redis_password', '', 'letters and digits'),
    ('redis_password', 'short', '8 to 64'),
    ('redis_password', 'a' * 65, '8 to 64'),
    ('redis_password', 'with/slash', 'letters and digits'),
    ('redis_password', 'newline8\n', 'letters and digits'),
    ('redis_port', '0', '1024 to 65535'),
    ('redis_port', '1023', '1024 to 65535'),
    ('redis_port', '65536', '1024 to 65535'),
    ('redis_port', '6379a', '1024 to 65535'),
    ('redis_port', '06379', '1024 to 65535'),
    ('redis_port', None, 'must be 1024 to 65535, not missing'),
    ('redis_port', '', 'not missing'),
    ('redis_port', ' 6379', '1024 to 65535'),
    ('redis_port', '6379 ', '1024 to 65535'),
    ('redis_port', '6379\n', '1024 to 65535'),
    ('redis_port', '9' * 5000, '1024 to 65535'),
    ('redis_port', True, 'not true'),
    ('redis_port', 6379.0, "not '6379.0'"),
    ('redis_port', [6379], 'not a list'),
    ('redis_port', {}, 'not a mapping'),
    ('redis_port', '8777', 'leaves free'),
    ('redis_port', '8778', 'leaves free'),
    ('redis_port', 7480, 'leaves free'),
    ('redis_port', '49215', 'leaves free'),
    ('sentinel_port', '8888', 'leaves free'),
    ('sentinel_port', '5900', 'Fuel opens those to every node'),
    ('sentinel_port', 6900, 'Fuel opens those to every node'),
    ('sentinel_port', '26379\n', '1024 to 65535'),
    ('sentinel_port', True, '1024 to 65535'),
    ('sentinel_port', '6379', "must be another port than redis_port, not '6379'"),
    ('sentinel_port', u'\u0662\u0663\u0664\u0665', '1024 to 65535'),
    ('down_after', '0', 'seconds from 1 to 15'),
    ('down_after', '16', 'seconds from 1 to 15'),
    ('down_after', '2.5', 'seconds from 1 to 15'),
    ('down_after', '', 'not missing'),
    ('down_after', '5\n', 'seconds from 1 to 15'),
    ('down_after', True, 'seconds from 1 to 15'),
    ('down_after', 5.0, 'seconds from 1 to 15'),
    ('down_after', None, 'not missing'),
    ('store', 'elsewhere', 'deploy or existing'),
    ('store', 'deploy\n', 'deploy or existing'),
    ('store', '', 'must be deploy or existing, not missing'),
    ('store', True, 'deploy or existing'),
    ('store', ['deploy'], 'deploy or existing'),
    ('store', {'deploy': 1}, 'deploy or existing'),
    ('coordinate_alarms', 'maybe', 'true or false'),
    ('coordinate_alarms', 1, "must be true or false, without quotes, not '1'"),
    ('coordinate_alarms', 1.0, 'true or false'),
    ('coordinate_alarms', 0, 'true or false'),
    ('coordinate_alarms', [], 'true or false'),
    ('coordinate_alarms', {}, 'true or false'),
    ('coordinate_alarms', 'true', "without quotes, not 'true'"),
    ('coordinate_alarms', '', 'not missing'),
    ('guard', None, 'true or false'),
    ('coordinate_notification', None, 'true or false'),
    ('coordinate_compute', 'yes', 'true or false'),
    ('partitioning_group_prefix', 'a b', 'up to 32'),
    ('partitioning_group_prefix', 'a' * 33, 'up to 32'),
    ('partitioning_group_prefix', 'fuel\n', 'up to 32'),
    ('partitioning_group_prefix', '\n', 'up to 32'),
    ('partitioning_group_prefix', True, 'up to 32'),
    ('partitioning_group_prefix', False, 'up to 32'),
    ('partitioning_group_prefix', 1.5, 'up to 32'),
    ('partitioning_group_prefix', None, 'up to 32'),
    ('partitioning_group_prefix', [], 'up to 32'),
    ('redis_password', 123456789.5, 'letters and digits'),
    ('redis_password', ['S3cretS3cret'], 'letters and digits'),
    ('redis_password', ' S3cretS3cret', 'letters and digits'),
    ('redis_password', 'S3cretS3cret ', 'letters and digits'),
    ('redis_password', 'S3cret' + u'\u0663' * 4, 'letters and digits'),
])
def test_a_bad_setting_is_named_with_what_it_must_be(name, value, said):
    given = {'redis_password': 'S3cretS3cret'}
    given[name] = value
    with pytest.raises(BadInput) as refused:
        settings.validate(given)
    assert refused.value.field == name
    assert said in str(refused.value)


@pytest.mark.parametrize('name, value, seen', [
    ('redis_port', 6390, 6390), ('sentinel_port', 36379, 36379), ('down_after', 7, 7), ('redis_port', u'6390', 6390),
    ('store', u'deploy', 'deploy'), ('guard', False, False), ('partitioning_group_prefix', 5, '5'),
    ('redis_password', 1234567890, '1234567890')])
def test_a_whole_number_counts_as_its_text(name, value, seen):
    assert settings.validate(dict({'redis_password': 'S3cretS3cret'}, **{name: value}))[name] == seen


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

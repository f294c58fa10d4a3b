"""What the settings tab may hold, and that the tab itself says the same."""

import io
import os
import re

import pytest
import yaml

from ceilometer_redis import settings
from ceilometer_redis.errors import BadInput

TAB = os.path.join(os.path.dirname(__file__), '..', '..', 'environment_config.yaml')


@pytest.fixture
def tab():
    with io.open(TAB, encoding='utf-8') as content:
        attributes = yaml.safe_load(content)['attributes']
    return dict((name, attribute) for name, attribute in attributes.items() if name != 'metadata')


def test_settings_are_strings_to_fuel_and_numbers_to_the_rest():
    assert settings.checked({'redis_password': 'S3cretS3cret', 'redis_port': '6390', 'down_after': '7'}) == {
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
    ('redis_port', None, '1024 to 65535'),
    ('redis_port', '8777', 'leaves free'),
    ('sentinel_port', '6379', 'other than redis_port'),
    ('sentinel_port', u'\u0662\u0663\u0664\u0665', '1024 to 65535'),
    ('down_after', '0', '1 to 15 (seconds)'),
    ('down_after', '16', '1 to 15 (seconds)'),
    ('down_after', '2.5', '1 to 15 (seconds)'),
    ('store', 'elsewhere', 'deploy or existing'),
    ('coordinate_alarms', 'maybe', 'true or false'),
    ('guard', None, 'true or false'),
    ('coordinate_notification', None, 'true or false'),
    ('coordinate_compute', 'yes', 'true or false'),
    ('partitioning_group_prefix', 'a b', 'up to 32'),
    ('partitioning_group_prefix', 'a' * 33, 'up to 32'),
])
def test_a_bad_setting_is_named_with_what_is_allowed(name, value, said):
    given = {'redis_password': 'S3cretS3cret'}
    given[name] = value
    with pytest.raises(BadInput) as refused:
        settings.checked(given)
    assert refused.value.field == name
    assert said in refused.value.allowed


def test_a_bad_password_is_not_repeated():
    with pytest.raises(BadInput) as refused:
        settings.password('p@ssw0rd!')
    assert 'p@ssw0rd!' not in str(refused.value)


def test_the_defaults_are_those_of_the_settings_tab(tab):
    assert sorted(tab) == sorted(list(settings.DEFAULTS) + ['redis_password'])
    assert dict((name, tab[name]['value']) for name in settings.DEFAULTS) == settings.DEFAULTS


@pytest.mark.parametrize('name, allowed', [
    ('down_after', settings.DOWN_AFTER), ('redis_port', settings.PORTS), ('sentinel_port', settings.PORTS)])
def test_the_settings_tab_allows_the_same_numbers(tab, name, allowed):
    source = re.compile(tab[name]['regex']['source'])
    assert [number for number in range(70000) if source.search(str(number))] == list(allowed)


@pytest.mark.parametrize('password, allowed', [
    ('a' * 7, False), ('a' * 8, True), ('aZ09aZ09', True), ('a' * 64, True), ('a' * 65, False), ('aaaa aaaa', False)])
def test_the_settings_tab_allows_the_same_passwords(tab, password, allowed):
    assert bool(re.search(tab['redis_password']['regex']['source'], password)) == allowed

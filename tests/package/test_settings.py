"""The settings tab: what Fuel takes, and that the nodes' judgement is the same."""

import re

import pytest

from ceilometer_redis import settings
from ceilometer_redis.errors import BadInput
from project import read

ATTRIBUTES = read('environment_config.yaml')['attributes']
ELEMENTS = {name: attribute for name, attribute in ATTRIBUTES.items() if name != 'metadata'}


def strings(node):
    """Every string that Fuel 7.0 formats: all but those of a regex."""
    if isinstance(node, dict):
        return [text for key, value in node.items() if key != 'regex' for text in strings(value)]
    if isinstance(node, list):
        return [text for value in node for text in strings(value)]
    return [node] if isinstance(node, str) else []


def test_the_tab_has_these_settings_in_this_order():
    assert sorted(ELEMENTS, key=lambda name: ELEMENTS[name]['weight']) == [
        'store', 'backend_url', 'redis_password', 'down_after', 'redis_port', 'sentinel_port', 'coordinate_alarms',
        'coordinate_notification', 'coordinate_compute', 'partitioning_group_prefix', 'guard']


@pytest.mark.parametrize('name', ELEMENTS)
def test_a_setting_is_told_in_words(name):
    assert ELEMENTS[name]['label'] and ELEMENTS[name]['description'].endswith('.')


@pytest.mark.parametrize('name', [name for name in ELEMENTS if ELEMENTS[name]['type'] in ('text', 'password')])
def test_free_text_is_a_string_with_a_regex_and_a_message(name):
    assert isinstance(ELEMENTS[name]['value'], (str, dict))
    assert ELEMENTS[name]['regex']['error'].endswith('.')


def test_the_password_is_generated_by_fuel():
    assert ELEMENTS['redis_password']['type'] == 'password'
    assert ELEMENTS['redis_password']['value'] == {'generator': 'password'}


def test_fuel_7_can_format_every_string():
    assert [text for text in strings(ATTRIBUTES) if text.format(cluster=None, settings=None) != text] == []


def test_without_ceilometer_the_plugin_cannot_be_enabled():
    restriction, = ATTRIBUTES['metadata']['restrictions']
    assert restriction['condition'] == 'settings:additional_components.ceilometer.value == false'
    assert restriction['action'] == 'disable' and 'Ceilometer' in restriction['message']


@pytest.mark.parametrize('name, value, allowed', [
    ('redis_password', 'abcdEF12', True),
    ('redis_password', 'a' * 64, True),
    ('redis_password', 'abcdEF1', False),
    ('redis_password', 'a' * 65, False),
    ('redis_password', 'abcd/EF12', False),
    ('redis_password', 'abcd#EF12', False),
    ('redis_password', 'abcd EF12', False),
    ('redis_password', 'pässwörter', False),
    ('redis_password', 'abcdEF12\n', False),
    ('down_after', '1', True),
    ('down_after', '5', True),
    ('down_after', '14', True),
    ('down_after', '15', True),
    ('down_after', '0', False),
    ('down_after', '05', False),
    ('down_after', '16', False),
    ('down_after', '2.5', False),
    ('down_after', '-5', False),
    ('down_after', '', False),
    ('redis_port', '1023', False),
    ('redis_port', '1024', True),
    ('redis_port', '1099', True),
    ('redis_port', '1999', True),
    ('redis_port', '9999', True),
    ('redis_port', '59999', True),
    ('redis_port', '65535', True),
    ('redis_port', '65536', False),
    ('redis_port', '70000', False),
    ('redis_port', '063790', False),
    ('redis_port', '6379 ', False),
    ('redis_port', 'redis', False),
    ('sentinel_port', '26380', True),
    ('sentinel_port', '99999', False),
    ('partitioning_group_prefix', '', True),
    ('partitioning_group_prefix', 'fuel-A_1', True),
    ('partitioning_group_prefix', 'a' * 32, True),
    ('partitioning_group_prefix', 'a' * 33, False),
    ('partitioning_group_prefix', 'a.b', False),
    ('partitioning_group_prefix', 'ä', False),
])
def test_fuel_and_the_nodes_allow_the_same(name, value, allowed):
    # As the tab's JavaScript has it: the end of the text is not the end of its last line.
    regex = ELEMENTS[name]['regex']['source'].replace('$', r'\Z')
    assert bool(re.match(regex, value, re.ASCII)) is allowed
    given = dict(settings.DEFAULTS, redis_password='abcdEF12')
    given[name] = value
    if allowed:
        settings.checked(given)
    else:
        with pytest.raises(BadInput):
            settings.checked(given)

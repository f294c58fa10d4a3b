# SPDX-License-Identifier: Apache-2.0
"""The settings tab: what Fuel takes, and that the nodes' judgement is the same."""

import re

import pytest

from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import settings
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
def test_a_setting_is_told_in_words_and_when_to_change_it(name):
    assert ELEMENTS[name]['label'] and ELEMENTS[name]['description'].endswith('.')
    assert re.search(r'Change it (only if|when) |Usually left ', ELEMENTS[name]['description'])


def test_that_a_later_compute_node_waits_for_the_controllers_is_said_where_it_is_chosen():
    assert 'Fuel 7.0 and 8.0' in ELEMENTS['coordinate_compute']['description']
    assert 'controllers again' in ELEMENTS['coordinate_compute']['description']


@pytest.mark.parametrize('name', [name for name in ELEMENTS if ELEMENTS[name]['type'] in ('text', 'password')])
def test_free_text_is_a_string_that_the_tab_tests_if_it_is_always_shown(name):
    assert isinstance(ELEMENTS[name]['value'], (str, dict))
    assert ('regex' in ELEMENTS[name]) is (name != 'backend_url')


# Fuel 8.0 and 9.0 test what is stored with each later change of any setting, and refuse that change. So nothing may be
# stored that a regex refuses, and the tab of 7.0 to 9.0 tests nothing of which any restriction holds.
@pytest.mark.parametrize('name', ELEMENTS)
def test_no_setting_can_lock_an_environment(name):
    inner = [ELEMENTS[name], *ELEMENTS[name].get('values', [])]
    assert not any('regex' in one for one in inner) or not any('restrictions' in one for one in inner)
    if 'regex' in ELEMENTS[name]:
        assert set(ELEMENTS[name]['regex']) == {'source', 'error'} and ELEMENTS[name]['regex']['error'].endswith('.')
        default = ELEMENTS[name]['value']
        assert isinstance(default, dict) or re.search(ELEMENTS[name]['regex']['source'], default)


@pytest.mark.parametrize('name', ELEMENTS)
def test_a_restriction_of_a_setting_hides_it_or_says_something_and_stops_nobody(name):
    assert not any('restrictions' in value for value in ELEMENTS[name].get('values', []))
    for restriction in ELEMENTS[name].get('restrictions', []):
        assert restriction['action'] in ('hide', 'none')
        assert ('message' in restriction) is (restriction['action'] == 'none')
        assert restriction.get('message', '.').endswith('.')


CHOSEN = {name: element['value'] for name, element in ELEMENTS.items()}
CONDITION = re.compile(r"(?P<left>settings:[\w.-]+) (?P<operator>==|!=) (?P<right>settings:[\w.-]+|'[^']*')")


def holds(condition, chosen):
    """Whether a condition of the tab holds: a stand-in for Nailgun's expressions that knows two operators and no more.

    KeyError for a setting that the tab does not have, which Fuel answers with an error for the whole environment.
    """
    found = CONDITION.fullmatch(condition)
    left, right = (chosen[re.fullmatch(r'settings:ceilometer-redis\.(\w+)\.value', side).group(1)]
                   if side.startswith('settings:') else side[1:-1] for side in found.group('left', 'right'))
    return (left == right) is (found.group('operator') == '==')


@pytest.mark.parametrize('chosen, hidden, warned', [
    ({}, ['backend_url'], []),
    ({'store': 'existing'}, [], ['backend_url']),
    ({'store': 'existing', 'backend_url': 'redis://10.0.0.9'}, [], []),
    ({'store': 'existing', 'backend_url': 'http://nope'}, [], []),
    ({'backend_url': 'http://nope'}, ['backend_url'], []),
    ({'redis_port': '7000', 'sentinel_port': '7000'}, ['backend_url'], ['store']),
    ({'store': 'existing', 'redis_port': '7000', 'sentinel_port': '7000'}, [], ['backend_url', 'store']),
])
def test_what_the_tab_hides_and_of_what_it_warns(chosen, hidden, warned):
    given = dict(CHOSEN, **chosen)
    held = {name: {restriction['action'] for restriction in element.get('restrictions', [])
                   if holds(restriction['condition'], given)} for name, element in ELEMENTS.items()}
    assert [name for name in sorted(held) if 'hide' in held[name]] == hidden
    assert [name for name in sorted(held) if 'none' in held[name] and 'hide' not in held[name]] == warned


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
    ('redis_port', '8778', False),
    ('redis_port', '7480', False),
    ('redis_port', '877', False),
    ('redis_port', '27017', False),
    ('redis_port', '27018', True),
    ('redis_port', '49151', True),
    ('redis_port', '49152', False),
    ('redis_port', '49215', False),
    ('redis_port', '49216', True),
    ('redis_port', '6380', True),
    ('sentinel_port', '26380', True),
    ('sentinel_port', '8778', False),
    ('sentinel_port', '5899', True),
    ('sentinel_port', '5900', False),
    ('sentinel_port', '6380', False),
    ('sentinel_port', '6900', False),
    ('sentinel_port', '6901', True),
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
        settings.validate(given)
    else:
        with pytest.raises(BadInput):
            settings.validate(given)

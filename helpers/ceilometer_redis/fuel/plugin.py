# SPDX-License-Identifier: Apache-2.0
"""The plugin in Fuel's data: its settings, and whether it is switched on."""

import codecs
import re

from ceilometer_redis.errors import BadInput, kind
from ceilometer_redis.fuel import astute as files
from ceilometer_redis.fuel import nodes
from ceilometer_redis.fuel.releases import RELEASES

NAME = 'ceilometer-redis'

#: A line that begins with more than a comment or YAML's ways to say nothing.
DATA = re.compile(br'^(?!---|(?:\.\.\.|\{ *\}|null|~)[ \t\r]*$)[^ \t#\r\n]', re.MULTILINE)


def settings(astute):
    """Return the plugin's part of Fuel's data.

    Raises:
        BadInput: It is switched off, or has another shape.
    """
    part = files.Part(astute).part(NAME)
    metadata = part.part('metadata')
    enabled = metadata.values.get('enabled')
    # In 7.0 the plugin's data are on the nodes even while the plugin is switched off.
    if enabled is not True:
        raise metadata.refusal('enabled', 'be true', kind(enabled),
                               'the plugin is switched off in this environment')
    return part.values


def switched_off(*places):
    """Return whether Fuel's data say clearly that the plugin is off in this environment.

    8.0 and later name it neither among the plugins nor else, 7.0 has its part with metadata.enabled false. Data that
    cannot be read, whose last line is not written to its end, that have no such controller or compute node as this, or
    do not say which, are no word of the operator's: False.

    Args:
        places: Where the data are, as astute.paths() takes them.
    """
    try:
        if not all(content.endswith(b'\n') for content in _held(files.contents(*places))):
            return False
        astute = files.read(*places)
        controllers = nodes.controllers(astute)
        if not nodes.is_compute(astute):
            nodes.this_controller(astute, controllers)
        if NAME in astute:
            return astute[NAME]['metadata']['enabled'] is False
        # 8.0 has a list of names.
        names = [plugin['name'] if isinstance(plugin, dict) else plugin for plugin in astute['plugins']]
        return isinstance(astute['plugins'], list) and NAME not in names and astute['openstack_version'] in RELEASES
    except (BadInput, KeyError, TypeError):
        return False


def may_be_off(contents):
    """Return whether Fuel's data may say that the plugin is off; to read them properly takes seconds.

    The OCF agents' withdrawal.sh looks likewise.

    Args:
        contents: The bytes of their files, as astute.contents() returns them.
    """
    held = _held(contents[:2])
    if not held:
        return False
    part = re.search(br'^ceilometer-redis:.*?(?=^[^ #\n]|\Z)', held[0], re.MULTILINE | re.DOTALL)
    return part is None or re.search(br'enabled: *false', part.group()) is not None


def _held(contents):
    """Return those that hold data, without a byte order mark."""
    texts = [content[len(codecs.BOM_UTF8):] if content.startswith(codecs.BOM_UTF8) else content for content in contents]
    return [text for text in texts if DATA.search(text)]

# SPDX-License-Identifier: Apache-2.0
"""The settings as Fuel's settings tab shows them."""

import pathlib

import yaml

CONFIG = pathlib.Path(__file__).parents[2] / 'environment_config.yaml'


def text():
    """Return a section for each setting."""
    attributes = yaml.safe_load(CONFIG.read_text(encoding='utf-8'))['attributes']
    del attributes['metadata']
    lines = []
    for name, setting in sorted(attributes.items(), key=lambda item: item[1]['weight']):
        lines += [setting['label'], '-' * len(setting['label']), '', setting['description'], '']
        for choice in setting.get('values', []):
            lines += [f'{choice["label"]} (``{choice["data"]}``)', f'   {choice["description"]}', '']
        lines += [f'Default: {default(setting)}. In Fuel\'s data: ``{name}``.', '']
        if 'regex' in setting:
            lines += [f'Of other values the tab says: "{setting["regex"]["error"]}"', '']
        lines += [f'The tab warns: "{restriction["message"]}"\n' for restriction in setting.get('restrictions', [])
                  if 'message' in restriction]
    return '\n'.join(lines)


def default(setting):
    """Return the words for a setting's default."""
    value = setting['value']
    if setting['type'] == 'checkbox':
        return 'ticked' if value else 'not ticked'
    if setting['type'] == 'radio':
        return next(choice['label'] for choice in setting['values'] if choice['data'] == value)
    return 'made by Fuel' if isinstance(value, dict) else f'``{value}``' if value else 'empty'

# SPDX-License-Identifier: Apache-2.0
"""The module's classes and defined types, as puppet-strings reads the comments above them."""

import json
import pathlib
import re
import subprocess
import tempfile

MODULES = pathlib.Path(__file__).parents[2] / 'deployment_scripts/puppet/modules'


def text():
    """Return a section for the classes, and one for the defined types."""
    # It leaves files of its own where it runs.
    with tempfile.TemporaryDirectory() as here:
        subprocess.run(['puppet', 'strings', 'generate', '--format', 'json', '--out', 'found', f'{MODULES}/**/*.pp'],
                       cwd=here, check=True, capture_output=True)
        found = json.loads(pathlib.Path(here, 'found').read_text(encoding='utf-8'))
    lines = []
    for title, key in (('Classes', 'puppet_classes'), ('Defined types', 'defined_types')):
        lines += [title, '-' * len(title), '']
        for one in sorted(found[key], key=lambda one: one['name']):
            lines += describe(one)
    return '\n'.join(lines)


def describe(one):
    """Return the lines on one class or defined type."""
    tags = one['docstring']['tags']
    lines = [one['name'], '~' * len(one['name']), '']
    lines += [words(tag['text']) + '\n' for tag in tags if tag['tag_name'] == 'summary']
    lines += [words(one['docstring']['text']), '']
    for tag in tags:
        if tag['tag_name'] == 'param':
            given = one.get('defaults', {}).get(tag['name'])
            lines += [f'``{tag["name"]}``' + (f', default ``{given}``' if given else '')]
            lines += ['   ' + line for line in words(tag['text']).splitlines()] + ['']
        elif tag['tag_name'] == 'example':
            lines += [f'{tag["name"]}::', ''] + ['   ' + line for line in tag['text'].splitlines()] + ['']
    return lines


def words(markdown):
    """Return the Markdown of a comment, of which there is code alone, as reStructuredText."""
    return re.sub(r'`([^`]+)`', r'``\1``', markdown)

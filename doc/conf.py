# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes the guide of the pages here: see `make doc`."""

import pathlib
import sys

import yaml

PROJECT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / folder)
                for folder in ('doc/extensions', 'helpers', 'tests', 'tests/acceptance', 'tests/faults')]

project = 'ceilometer-redis'
author = 'ceilometer-redis maintainers'
release = yaml.safe_load((PROJECT / 'metadata.yaml').read_text(encoding='utf-8'))['version']
copyright = 'Apache License 2.0'

extensions = ['sphinx.ext.graphviz', 'sphinx_argparse_cli', 'sphinx_singlehtml_anchors', 'generated']
exclude_patterns = ['extensions']
highlight_language = 'none'
smartquotes = False  # a command in running text keeps its hyphens
graphviz_output_format = 'svg'

html_title = f'{project} {release}'
html_theme = 'alabaster'
html_theme_options = {'description': 'Highly available Ceilometer with Redis', 'page_width': '1240px',
                      'body_max_width': 'auto', 'sidebar_width': '250px', 'fixed_sidebar': True}
html_show_sourcelink = False
html_copy_source = False
html_scaled_image_link = False  # one page alone has no other file to link to

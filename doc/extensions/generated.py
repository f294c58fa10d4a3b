# SPDX-License-Identifier: Apache-2.0
"""Directives whose text is made of the project itself, so that the guide cannot say otherwise.

Each is a function of a module here, which returns reStructuredText.
"""

import inspect

from sphinx.util.docutils import SphinxDirective

import problem_table
import puppet_classes
import scenarios
import settings_tab
import timelines


def directive(text):
    """Return a directive that stands for the text that a function returns of the directive's arguments."""
    class Generated(SphinxDirective):
        required_arguments = len(inspect.signature(text).parameters)

        def run(self):
            self.env.note_reread()
            return self.parse_text_to_nodes(text(*self.arguments), allow_section_headings=True)
    return Generated


def setup(app):
    """Add the directives."""
    for name, text in (('settings-tab', settings_tab.text), ('problem-names', problem_table.names),
                       ('problem-table', problem_table.text), ('puppet-classes', puppet_classes.text),
                       ('scenarios', scenarios.text), ('timeline', timelines.text)):
        app.add_directive(name, directive(text))
    return {'parallel_read_safe': True}

# SPDX-License-Identifier: Apache-2.0
"""Directives whose text is made of the project itself, so that the guide cannot say otherwise.

Each is a function of a module here, which returns reStructuredText.
"""

from sphinx.util.docutils import SphinxDirective

import problem_table
import puppet_classes
import scenarios
import settings_tab


def directive(text):
    """Return a directive that stands for the text that a function returns."""
    class Generated(SphinxDirective):
        def run(self):
            self.env.note_reread()
            return self.parse_text_to_nodes(text(), allow_section_headings=True)
    return Generated


def setup(app):
    """Add the directives."""
    for name, text in (('settings-tab', settings_tab.text), ('problem-names', problem_table.names),
                       ('problem-table', problem_table.text), ('puppet-classes', puppet_classes.text),
                       ('scenarios', scenarios.text)):
        app.add_directive(name, directive(text))
    return {'parallel_read_safe': True}

# SPDX-License-Identifier: Apache-2.0
"""README.rst ships without the rest of the source: what it points to is in the package, or on the web."""

import re

from project import PROJECT

LINKS = re.compile(r'(?m)`[^`]*<([^`]+)>`_|^\.\. (?:_[^:]+|image|figure|include)::? (\S+)')


def test_no_link_of_the_readme_leads_out_of_the_package():
    readme = (PROJECT / 'README.rst').read_text(encoding='utf-8')
    targets = {target for found in LINKS.findall(readme) for target in found if target}
    assert {target for target in targets if not target.startswith('https://')} <= {'LICENSE'}

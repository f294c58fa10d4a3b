# SPDX-License-Identifier: Apache-2.0
"""How the guide becomes one file, and which links keep it from becoming one."""

import pytest

from project import PROJECT, run

PAGE = '''<head><link rel="stylesheet" type="text/css" href="_static/page.css?v=1" />
<link rel="search" href="search.html" /><script src="_static/search.js?v=2"></script></head>
<body><h1 id="top">Top</h1>%s</body>'''


@pytest.fixture
def made(tmp_path):
    """What tools/page makes of a body, and what it says."""
    def made(body):
        for name, text in (('page.html', PAGE % body), ('_static/page.css', 'h1 {}\n'), ('_images/one.svg', '<svg/>'),
                           ('_images/two.png', 'PNG')):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        said = run(PROJECT / 'tools/page', tmp_path / 'page.html', tmp_path / 'made.html')
        faults = [line.partition(': ')[2] for line in said.stderr.splitlines()]
        return faults, (tmp_path / 'made.html').read_text() if said.returncode == 0 else None
    return made


def test_the_file_has_the_styles_and_the_pictures_in_it_and_no_script(made):
    links = '<a href="#top">up</a><a href="#">begin</a><a href="https://example.com">web</a>'
    faults, text = made(f'<object data="_images/one.svg"></object><img src="_images/two.png" />{links}')
    assert faults == []
    assert text == (
        '<head><style>\nh1 {}\n</style>\n</head>\n<body><h1 id="top">Top</h1>'
        '<object data="data:image/svg+xml;base64,PHN2Zy8+"></object><img src="data:image/png;base64,UE5H" />'
        f'{links}</body>')


@pytest.mark.parametrize('body, fault', [
    ('<a href="#away">away</a>', 'no such place: #away'),
    ('<a href="#page#top">double</a>', 'no such place: #page#top'),
    ('<p id="top">again</p>', 'two places of one name: #top'),
    ('<a href="other.html">other</a>', 'another file: other.html'),
])
def test_a_page_with_a_link_that_leads_nowhere_is_refused_by_the_link(made, body, fault):
    assert made(body) == ([fault], None)

# SPDX-License-Identifier: Apache-2.0
"""What `make lint` says of texts for people."""

import pytest

from project import PROJECT, run

LONG = ' '.join(['word'] * 36)


def judged(tmp_path, text):
    """What tools/prose says of a text, without the file's name."""
    page = tmp_path / 'page.rst'
    page.write_text(text)
    said = run(PROJECT / 'tools/prose', page)
    return said.returncode, [line.partition(f'{page}:')[2] for line in said.stdout.splitlines()]


@pytest.mark.parametrize('text, faults', [
    ('Title\n=====\n\n%s.\n' % LONG, ['4: a sentence of 36 words: "%s..."' % LONG[:60]]),
    ('- One.\n- %s,\n  and on.\n' % LONG[:-5], ['2: a sentence of 37 words: "%s..."' % LONG[:60]]),
    ('Term\n   %s.\n' % LONG, ['2: a sentence of 36 words: "%s..."' % LONG[:60]]),
    ('Do it\nin order to win.\n', ['1: "in order to": say to']),
    ('Whoever takes the server for down.\n', ['1: "takes the server for down": say thinks that it is down']),
], ids=['a paragraph', 'an item', 'a definition', 'a word', 'a phrase'])
def test_a_text_that_is_hard_to_read_is_refused_by_its_line(tmp_path, text, faults):
    assert judged(tmp_path, text) == (1, faults)


@pytest.mark.parametrize('text', [
    '%s. %s.\n' % (LONG[:80], LONG[:80]), '%s\n\n%s\n' % (LONG[:100], LONG[:100]), '``utilize %s``\n' % LONG,
    'Type::\n\n    %s\n\nDone.\n' % LONG, '.. note::\n   %s\n\nDone.\n' % LONG,
    'Here:\n\n====  ====\na     b\n====  ====\n%s\n====  ====\n' % LONG,
], ids=['two sentences', 'two paragraphs', 'a literal', 'a literal block', 'a directive', 'a table'])
def test_what_is_plain_or_no_prose_passes(tmp_path, text):
    assert judged(tmp_path, text)[0] == 0

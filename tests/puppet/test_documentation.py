# SPDX-License-Identifier: Apache-2.0
"""The check of the comments above classes and defines."""
import subprocess
from pathlib import Path

CHECK = Path(__file__).parent / 'documentation.rb'

RIGHT = {
    'a class': '# @summary What it is for.\nclass m::x { }',
    'a text below the summary': '# @summary What it is for.\n#\n# Why it is so.\n#\n# @api private\nclass m::x { }',
    'parameters': '# @summary What it is for.\n#\n# @param a\n#   Seconds.\n#\n# @param b\n#   Bytes.\n'
                  'define m::x ($a, $b = 1) { }',
    'a header with a line between': '# Whose it is.\n\n# @summary What it is for.\nclass m::x { }',
    'no class': '# What it does.\ninclude m::y',
}

# what it is: a manifest, words of what is said
WRONG = {
    'nothing': ('class m::x { }', 'm::x has no @summary'),
    'no summary': ('# What it is for.\nclass m::x { }', 'm::x has no @summary'),
    'a summary of two lines': ('# @summary What it is\n#   for.\ndefine m::x { }', 'm::x has no @summary of one line'),
    'a summary that is too long': (f'# @summary {"Long " * 29}\nclass m::x {{ }}', 'limit of 140 characters'),
    'a summary that stands too far above': ('# @summary What it is for.\n\nclass m::x { }', 'm::x has no @summary'),
    'a parameter without words': ('# @summary What it is for.\nclass m::x ($a) { }', 'm::x has no @param a'),
    'a parameter without words, below a text': ('# @summary What it is for.\n#\n# Why.\n#\n# @param a\n#   Seconds.\n'
                                                'define m::x ($a, $b) { }', 'm::x has no @param b'),
    'words of no parameter': ('# @summary What it is for.\n#\n# @param b\n#   Bytes.\ndefine m::x { }',
                              "'b' has no matching parameter"),
}


def said(directory, manifests):
    """The exit code and the lines of the check, by the manifest that each is about."""
    for name, manifest in manifests.items():
        (directory / f'{name}.pp').write_text(manifest.replace('m::x', f'm::{name}'))
    done = subprocess.run([CHECK, directory], capture_output=True, text=True)
    assert done.stderr == ''
    return done.returncode, done.stdout.splitlines()


def test_accepts_what_is_documented(tmp_path):
    names = {f'right{number}': manifest for number, manifest in enumerate(RIGHT.values())}
    assert said(tmp_path, names) == (0, [])


def test_says_what_is_wrong(tmp_path):
    names = {f'wrong{number}': manifest for number, (manifest, _) in enumerate(WRONG.values())}
    code, lines = said(tmp_path, names)
    assert code == 1
    for number, (what, (_, words)) in enumerate(WRONG.items()):
        about = [line for line in lines if f'wrong{number}' in line]
        assert [line for line in about if words.replace('m::x', f'm::wrong{number}') in line], (what, about)


def test_a_check_of_nothing_fails(tmp_path):
    done = subprocess.run([CHECK, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, '')
    assert 'is below it' in done.stderr

# SPDX-License-Identifier: Apache-2.0
"""What has to hold whatever a command is given."""

import contextlib
import io
import os

from recorded import PASSWORD

from ceilometer_redis.__main__ import main
from ceilometer_redis.errors import BadInput, NotDone


def answer(function, *arguments):
    """What a function answers; None if it refuses, in one line without the password."""
    try:
        return function(*arguments)
    except (BadInput, NotDone) as refusal:
        line = '%s' % refusal
        assert line and line.isascii() and len(line.splitlines()) == 1 and PASSWORD not in line
        assert len(line) < 2000
        return None


def run(arguments, directory):
    """The exit code of a command, which says one line if it is 2, never the password, and has then changed nothing."""
    before, out, err = snapshot(directory), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    said = out.getvalue() + err.getvalue()
    assert code in (0, 1, 2) and PASSWORD not in said
    if code == 2:
        assert out.getvalue() == '' and len(err.getvalue().splitlines()) == 1
        assert err.getvalue().startswith('ceilometer-redis: ') and len(err.getvalue()) < 2000
    if code == 2 or '--check' in arguments:
        assert snapshot(directory) == before
    return code


def snapshot(directory):
    """Every file below a directory with its content and times."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, 'rb') as content:
                found[path] = content.read(), os.stat(path).st_mtime_ns, os.stat(path).st_mode
    return found

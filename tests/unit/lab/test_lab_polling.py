# SPDX-License-Identifier: Apache-2.0
"""What the lab's tests demand of a controller's status and check."""

import json
import types

import pytest

import polling
from lab.failure import Failure


class Host:
    """A controller that finds these wrong, and whose check ends with a code."""

    name = 'node-1'

    def __init__(self, code, *names):
        self.said = json.dumps({'problems': [{'name': name} for name in names]})
        self.code = code

    def run(self, command, check):
        return types.SimpleNamespace(stdout=self.said, returncode=self.code)


@pytest.mark.parametrize('host, names', [
    (Host(1, 'redis-down'), ['redis-down']),
    (Host(1, 'unmanaged', 'redis-down'), ['redis-down']),
    (Host(2, 'electing-a-master', 'redis-down'), ['redis-down', 'electing-a-master']),
])
def test_a_controller_says_what_is_wrong_as_badly_as_it_is(host, names):
    polling.says(host, *names, within=0)


@pytest.mark.parametrize('host, names, seen', [
    (Host(0), ['redis-down'], 'last seen: nothing, 0'),
    (Host(1, 'sentinel-down'), ['redis-down'], 'last seen: sentinel-down, 1'),
    (Host(1, 'redis-down'), ['redis-down', 'sentinel-down'], 'last seen: redis-down, 1'),
    (Host(2, 'no-writes', 'redis-down'), ['redis-down'], 'last seen: no-writes, redis-down, 2'),
    (Host(1, 'electing-a-master'), ['electing-a-master'], 'last seen: electing-a-master, 1'),
    (Host(3, 'redis-down'), ['redis-down'], 'last seen: redis-down, 3'),
])
def test_what_is_not_named_or_as_bad_is_told_with_what_was_seen(host, names, seen):
    with pytest.raises(Failure, match=seen):
        polling.says(host, *names, within=0)


def test_what_is_worse_by_chance_has_its_code_given():
    polling.says(Host(2, 'no-writes', 'redis-down'), 'redis-down', code=2, within=0)
    with pytest.raises(Failure):
        polling.says(Host(1, 'redis-down'), 'redis-down', code=2, within=0)

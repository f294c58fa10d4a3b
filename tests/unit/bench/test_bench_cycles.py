# SPDX-License-Identifier: Apache-2.0
"""The cycles of agents, from what they asked."""

import pytest

from bench import cycles
from bench.cloud import Asked


def cycle(agent, begun, *projects, each=1):
    """What an agent asks in a cycle: a token, then a project a second."""
    return [Asked(begun, begun, agent, None)] + [
        Asked(begun + number * each, begun + (number + 1) * each, agent, project)
        for number, project in enumerate(projects)]


def test_a_cycle_lasts_as_long_as_that_of_the_slowest_agent():
    asked = [*cycle('one', 0, 'a', 'b'), *cycle('one', 10, 'a'), *cycle('two', 3, 'c', 'd', 'e'), *cycle('two', 13)]
    assert cycles.whole(asked, 1, 'abcde') == [{'seconds': 3, 'polls': 5, 'most': 3, 'missed': 0}]


def test_the_last_cycle_of_an_agent_may_go_on_and_is_left_out():
    asked = [*cycle('one', 0, 'a', 'b'), *cycle('one', 10, 'a', 'b'), *cycle('one', 20, 'a')]
    assert [found['polls'] for found in cycles.whole(asked, 2, 'ab')] == [2, 2]


@pytest.mark.parametrize('second, polls, missed', [('b', 2, 0), ('ab', 3, 0), ('', 1, 1)])
def test_what_is_polled_by_two_agents_or_by_none_is_counted(second, polls, missed):
    asked = [*cycle('one', 0, 'a'), *cycle('one', 10), *cycle('two', 3, *second), *cycle('two', 13)]
    found, = cycles.whole(asked, 1, 'ab')
    assert (found['polls'], found['missed']) == (polls, missed)

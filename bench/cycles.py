# SPDX-License-Identifier: Apache-2.0
"""The cycles of polling agents, from what they asked of a cloud."""

import collections

from waiting import wait


def by_agent(asked):
    """{agent: its cycles, each what it asked from one token to the next}."""
    found = collections.defaultdict(list)
    for each in sorted(asked):
        if each.project is None:
            found[each.agent].append([])
        found[each.agent][-1].append(each)
    return found


def wait_for(cloud, count, interval):
    """Wait until the agent that began last has begun so many cycles."""
    wait(lambda: min(map(len, by_agent(list(cloud.asked)).values())) >= count, (count + 2) * interval)


def whole(asked, count, projects):
    """The last so many cycles that all agents have ended, one of each agent together.

    Returns a list of {'seconds': of the slowest agent's, 'polls': in all, 'most': of one agent, 'missed': projects}.
    """
    # The last cycle of an agent may go on still.
    ended = [cycles[-count - 1:-1] for cycles in by_agent(asked).values()]
    found = []
    for together in zip(*ended, strict=True):
        polled = [[each.project for each in cycle if each.project is not None] for cycle in together]
        found.append({'seconds': max(max(each.ended for each in cycle) - cycle[0].begun for cycle in together),
                      'polls': sum(map(len, polled)), 'most': max(map(len, polled)),
                      'missed': len(set(projects).difference(*polled))})
    return found

# SPDX-License-Identifier: Apache-2.0
"""The report's comparison: which scenarios are in it, and what is counted of each configuration."""

import pytest

import comparison

OURS = {'scenario': 'test_killed', 'configuration': 'ours'}
KOLLA = {**OURS, 'configuration': 'kolla'}
ALONE = {**OURS, 'scenario': 'test_alone'}


def test_a_scenario_is_compared_when_it_was_played_on_several_configurations():
    failed_before_it_began = {'name': 'test_other', 'failure': 'no lab'}
    assert comparison.compared([KOLLA, ALONE, failed_before_it_began, OURS]) == [[OURS, KOLLA]]


@pytest.mark.parametrize('writable, right, recovered', [(5.0, 2.5, 7.5), (None, 2.5, 2.5), (5.0, None, None)])
def test_recovery_is_counted_from_the_last_note(writable, right, recovered):
    assert comparison.recovered({'writable': writable, 'right': right}) == recovered

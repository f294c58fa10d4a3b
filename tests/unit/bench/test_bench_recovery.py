# SPDX-License-Identifier: Apache-2.0
"""What the bench reads from the report of the faults."""

from bench import recovery

OURS = {'scenario': 'test_the_master_is_killed', 'configuration': 'ours', 'writable': 2.0, 'right': 3.5}


def test_a_configuration_that_never_recovers_is_beside_one_that_does():
    rows = [{**OURS, 'configuration': 'kolla', 'right': None}, OURS]
    assert recovery.recoveries(rows) == {'the master is killed': {'ours': 5.5, 'kolla': None}}


def test_what_failed_before_it_began_and_what_was_played_alone_is_left_out():
    rows = [OURS, {'scenario': OURS['scenario'], 'configuration': 'kolla', 'failure': 'no lab'},
            {'name': 'test_other', 'right': 1.0}]
    assert recovery.recoveries(rows) == {}

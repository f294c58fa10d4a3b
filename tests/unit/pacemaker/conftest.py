# SPDX-License-Identifier: Apache-2.0
"""The cluster that these tests change."""

import pytest
from simulated_cluster import AGENTS, Cluster, fuel_cib

from ceilometer_redis.pacemaker import tools


@pytest.fixture
def unsettled(tmpdir, monkeypatch):
    """A cluster as Fuel has just configured it; nothing happens in it, and Pacemaker's tools are all real."""
    path = str(tmpdir.join('cib.xml'))
    with open(path, 'w') as cib:
        cib.write(fuel_cib())
    monkeypatch.setenv('CIB_file', path)
    return Cluster(path)


@pytest.fixture
def pacemaker(unsettled, tmpdir, monkeypatch):
    """A cluster that does what it is configured to before anybody asks for its CIB, as a live one would soon."""
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.AGENT_FILES', {
        'ceilometer': str(tmpdir.join('ceilometer.conf')), 'aodh': str(tmpdir.join('aodh.conf'))})
    monkeypatch.setattr('ceilometer_redis.pacemaker.agents.GUARD_FILES', (str(tmpdir.join('helper')),))

    def query():
        unsettled.settle()
        # What cibadmin would print.
        return unsettled.cib()

    monkeypatch.setattr(tools, 'query', query)
    unsettled.settle()
    assert [len(unsettled.running(primitive)) for primitive in AGENTS] == [1, 1]
    return unsettled

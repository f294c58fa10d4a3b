# SPDX-License-Identifier: Apache-2.0
"""The clones of the redis server and the sentinel."""

import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import NODES, deploy, deployment

from ceilometer_redis.errors import NotDone
from ceilometer_redis.pacemaker import daemons, tools


def test_redis_and_sentinel_run_on_each_controller_from_its_own_deployment_on(pacemaker):
    for count, node in enumerate(NODES, 1):
        deploy(pacemaker, node)
        assert pacemaker.running('p_redis-server') == pacemaker.running('p_redis-sentinel') == NODES[:count]


def test_a_second_deployment_changes_nothing_and_says_so(pacemaker):
    for node in NODES:
        assert deploy(pacemaker, node)
    before = pacemaker.cib()
    for node in NODES:
        assert daemons.apply_resources(deployment(node), check=True) == []
        assert daemons.apply_resources(deployment(node)) == []
    assert ElementTree.tostring(pacemaker.cib()) == ElementTree.tostring(before)


def test_a_check_names_what_would_change_and_changes_nothing(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    assert daemons.apply_resources(deployment(NODES[0]), check=True) == [
        'clone_p_redis-server is defined', 'clone_p_redis-server has a place on node-1.example.com',
        'clone_p_redis-sentinel is defined', 'clone_p_redis-sentinel has a place on node-1.example.com']
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_of_a_controllers_daemons_pacemaker_starts_the_redis_server_first(pacemaker):
    tools.update(lambda cib: daemons.define_daemons(cib, deployment(NODES[0])))
    said = pacemaker.simulate()
    assert re.findall(r'Resource action: +(p_redis-[a-z]+)\S* +start', said) == ['p_redis-server', 'p_redis-sentinel']


def test_what_an_operator_set_on_a_daemon_stays_and_what_he_broke_is_mended(pacemaker):
    deploy(pacemaker, NODES[0])
    subprocess.check_call(['crm_resource', '--resource', 'p_redis-server', '--meta', '--set-parameter', 'is-managed',
                           '--parameter-value', 'false'])
    subprocess.check_call(['crm_resource', '--resource', 'p_redis-server', '--set-parameter', 'config',
                           '--parameter-value', '/tmp/wrong.conf'])
    assert deploy(pacemaker, NODES[0]) == ['clone_p_redis-server is defined']
    pairs = dict((pair.get('name'), pair.get('value'))
                 for pair in pacemaker.xpath(".//clone[@id='clone_p_redis-server']//nvpair"))
    assert pairs == {'config': '/etc/ceilometer-redis/redis/redis.conf', 'failure-timeout': '60s', 'interleave': 'true',
                     'is-managed': 'false'}


def test_daemons_that_pacemaker_was_told_to_leave_alone_are_not_waited_for_but_said(pacemaker):
    subprocess.check_call(['crm_attribute', '--name', 'maintenance-mode', '--update', 'true'])
    with pytest.raises(NotDone) as refused:
        daemons.apply_resources(deployment(NODES[0]))
    assert str(refused.value) == ('maintenance-mode is true: Pacemaker leaves p_redis-server on %s alone. '
                                  'Change that, then try again' % NODES[0])
    subprocess.check_call(['crm_attribute', '--name', 'maintenance-mode', '--delete'])
    assert deploy(pacemaker, NODES[0]) == []


def test_daemons_that_run_may_be_deployed_again_in_maintenance(pacemaker):
    deploy(pacemaker, NODES[0])
    subprocess.check_call(['crm_attribute', '--name', 'maintenance-mode', '--update', 'true'])
    assert deploy(pacemaker, NODES[0]) == []

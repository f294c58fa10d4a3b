# SPDX-License-Identifier: Apache-2.0
"""The lab's own parts that need no root: what it recognises as its own, what it writes, what it refuses."""

import fcntl
import os
import subprocess
import types

import pytest

from lab import __main__, cluster, hosts, lab, requirements, telemetry, trees, waiting
from lab.failure import Failure

CONTROLLERS = lab.Lab().controllers[:2]

COROSYNC = '''\
totem {
  version: 2
  cluster_name: fuel
  transport: knet
  crypto_cipher: none
  crypto_hash: none
}
nodelist {
  node {
    ring0_addr: 10.109.0.11
    name: node-1.example.com
    nodeid: 1
  }
  node {
    ring0_addr: 10.109.0.12
    name: node-2.example.com
    nodeid: 2
  }
}
quorum {
  provider: corosync_votequorum
}
logging {
  to_logfile: yes
  logfile: /var/log/corosync/corosync.log
  to_syslog: no
  timestamp: on
}
'''

CONFIGURATION = '''\
property symmetric-cluster=false stonith-enabled=false start-failure-is-fatal=false no-quorum-policy=ignore \
cluster-recheck-interval=190s
primitive p_ceilometer-agent-central systemd:ceilometer-agent-central op monitor interval=20 timeout=30 \
op start interval=0 timeout=360 op stop interval=0 timeout=360 meta resource-stickiness=1
location p_ceilometer-agent-central-on-node-1.example.com p_ceilometer-agent-central 100: node-1.example.com
location p_ceilometer-agent-central-on-node-2.example.com p_ceilometer-agent-central 100: node-2.example.com
primitive p_aodh-evaluator systemd:aodh-evaluator op monitor interval=20 timeout=30 \
op start interval=0 timeout=360 op stop interval=0 timeout=360 meta resource-stickiness=1
location p_aodh-evaluator-on-node-1.example.com p_aodh-evaluator 100: node-1.example.com
location p_aodh-evaluator-on-node-2.example.com p_aodh-evaluator 100: node-2.example.com
'''


def test_corosync_knows_the_controllers_by_their_full_names():
    assert cluster.corosync_conf(CONTROLLERS) == COROSYNC


def test_pacemaker_has_simple_primitives_with_a_location_per_controller():
    assert cluster.configuration(CONTROLLERS) == CONFIGURATION


def test_without_quorum_one_or_two_controllers_go_on_and_more_stop():
    everybody = list(lab.Lab().hosts.values())
    assert [cluster.policy(everybody[:count]) for count in (1, 2, 3, 5)] == ['ignore', 'ignore', 'stop', 'stop']


CIB = '''<cib validate-with="pacemaker-3.0" admin_epoch="0" epoch="1" num_updates="0">
<configuration><crm_config/><nodes><node id="1" uname="node-1.example.com"/><node id="2" uname="node-2.example.com"/>
<node id="3" uname="node-3.example.com"/></nodes><resources/><constraints/></configuration>
<status><node_state id="1" uname="node-1.example.com" in_ccm="true" crmd="online" join="member" expected="member"/>
<node_state id="2" uname="node-2.example.com" in_ccm="false" crmd="offline" join="down" expected="down"/>
<node_state id="3" uname="node-3.example.com" in_ccm="true" crmd="online" join="pending" expected="member"/></status>
</cib>
'''


@pytest.mark.parametrize('cib, cut, online', [
    (CIB, None, ['node-1.example.com']), (CIB, 1000, []), (CIB, 0, []), ('', None, []),
], ids=['a cluster', 'an answer cut off', 'no answer', 'no cluster'])
def test_who_is_in_the_cluster_is_what_crm_mon_says(monkeypatch, tmp_path, cib, cut, online):
    (tmp_path / 'cib.xml').write_text(cib)
    monkeypatch.setenv('CIB_file', str(tmp_path / 'cib.xml'))

    def run(command, check):
        said = subprocess.run(command, shell=True, text=True, capture_output=True, check=check)
        return types.SimpleNamespace(stdout=said.stdout[:cut])
    assert cluster.online(types.SimpleNamespace(run=run)) == online


def test_a_recorded_pid_that_is_now_another_process_is_not_the_hosts(monkeypatch, tmp_path):
    monkeypatch.setattr(hosts, 'STATE', tmp_path)
    (tmp_path / 'node-1.pid').write_text(f'{os.getpid()}\n')
    assert CONTROLLERS[0].pid() is None


def test_no_address_and_no_mac_is_given_twice():
    everybody = lab.Lab().hosts.values()
    assert len({host.address for host in everybody}) == len({host.mac for host in everybody}) == len(everybody)


def test_every_needed_package_is_checked_by_one_of_its_programs():
    assert sorted(requirements.PROGRAMS) == (trees.DEFINITIONS.parent / 'packages.txt').read_text().split()


def test_while_one_lab_command_works_another_is_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(lab, 'LOCK', tmp_path / 'lock')
    monkeypatch.setattr(requirements, 'check_root', lambda: None)
    with open(tmp_path / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert __main__.main(['down']) == 2
    assert capsys.readouterr().err == 'lab: another `python3 -m lab` is at work on this lab\n'


def test_without_root_the_lab_says_so(monkeypatch, capsys):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert __main__.main(['up']) == 2
    assert capsys.readouterr().err == 'lab: the lab makes containers and needs root: run it as root or with sudo\n'


def test_a_changed_definition_is_a_new_tree_and_an_untouched_one_the_same(monkeypatch, tmp_path):
    for name in ('base', 'bookworm', 'controller'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'packages').write_text('procps\n')
    monkeypatch.setattr(trees, 'DEFINITIONS', tmp_path)
    known = {hosts.controller_tree('bookworm').path}
    assert hosts.controller_tree('bookworm').path in known
    for path, text in (('controller/packages', 'procps\ncurl\n'), ('controller/setup', 'true\n'),
                       ('bookworm/setup', 'true\n'), ('base/setup', 'true\n')):
        (tmp_path / path).write_text(text)
        path = hosts.controller_tree('bookworm').path
        assert path not in known
        known.add(path)


def test_of_the_cache_stays_what_the_trees_stand_on_and_what_is_in_use(monkeypatch, tmp_path):
    monkeypatch.setattr(trees, 'CACHE', tmp_path)
    kept = hosts.controller_tree('bullseye')
    used = tmp_path / 'master-bullseye-of-another-lab'
    for path in (*(layer.path for layer in kept.layers()), used, tmp_path / 'master-bullseye-old'):
        path.mkdir()
    trees.prune([kept], {used})
    assert set(tmp_path.glob('*-*')) == {used, *(layer.path for layer in kept.layers())}


@pytest.mark.parametrize('platform', hosts.PLATFORMS)
def test_the_controllers_of_a_platform_stand_on_its_agents(platform):
    layers = hosts.controller_tree(platform).layers()
    assert [(layer.name, layer.suite) for layer in layers] == [
        ('controller', platform), (platform, platform), ('base', platform)]
    assert all(layer.packages() for layer in layers)


def test_a_platform_that_is_none_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(hosts, 'PLATFORM', 'sid')
    assert __main__.main(['up']) == 2
    assert capsys.readouterr().err == f"lab: PLATFORM: 'sid' is none, allowed: {', '.join(hosts.PLATFORMS)}\n"


def test_a_lab_that_is_up_with_another_platform_is_not_taken_for_this_one(monkeypatch, tmp_path):
    monkeypatch.setattr(requirements, 'check_root', lambda: None)
    monkeypatch.setattr(lab.Lab, '_is_up', lambda self: True)
    monkeypatch.setattr(lab, 'READY', tmp_path / 'ready')
    monkeypatch.setattr(hosts, 'PLATFORM', 'bookworm')
    lab.READY.write_text('bullseye')
    with pytest.raises(Failure, match="^PLATFORM: this lab is up with 'bullseye', not with 'bookworm'$"):
        lab.Lab.attach()


def test_samples_are_read_from_the_time_asked_for_without_a_line_still_being_written():
    text = '{"timestamp": "2026-01-31T12:00:10"}\n{"timestamp": "2026-01-31T12:00:00"}\n{"timestamp": "2026-01-3'
    services = types.SimpleNamespace(run=lambda *_, **__: types.SimpleNamespace(stdout=text))
    assert [sample['timestamp'] for sample in telemetry.samples(services)] == [
        '2026-01-31T12:00:00', '2026-01-31T12:00:10']
    assert [sample['timestamp'] for sample in telemetry.samples(services, since='2026-01-31T12:00:01')] == [
        '2026-01-31T12:00:10']


def test_waiting_ends_with_the_conditions_value_or_names_what_did_not_come():
    answers = iter([None, 0, 'here'])
    assert waiting.until(lambda: next(answers), 5, 'something', interval=0) == 'here'
    with pytest.raises(Failure, match='^something: not within 0 s$'):
        waiting.until(lambda: False, 0, 'something', interval=0)

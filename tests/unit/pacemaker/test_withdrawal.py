# SPDX-License-Identifier: Apache-2.0
"""The plugin's withdrawal in Pacemaker's configuration: on a file, with crm_simulate in the place of the daemons."""

import contextlib
import itertools
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from simulated_cluster import (
    AGENTS,
    CENTRAL,
    EVALUATOR,
    NODES,
    RELEASING,
    ZOOKEEPER,
    Cluster,
    definition,
    deploy,
    deployment,
)

from ceilometer_redis import withdrawal
from ceilometer_redis.__main__ import main
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.history import journal
from ceilometer_redis.pacemaker import agents, clones, constraints, daemons, leaving, tools


@pytest.fixture
def pacemaker(pacemaker, monkeypatch, tmpdir):
    """Three controllers with the plugin; fuels_own is what they were before. Puppet does nothing here."""
    pacemaker.simulate = lambda *events: Cluster.simulate(pacemaker, '--quorum', '1', *events)
    pacemaker.fuels_own = configuration(pacemaker)
    for apply in (daemons.apply_resources, agents.apply_agents):
        for node in NODES:
            deploy(pacemaker, node, apply)
    monkeypatch.setattr(withdrawal, 'apply_puppet_class', lambda name: False)
    monkeypatch.setattr(withdrawal, 'OWN_PATHS', (str(tmpdir.mkdir('data')), str(tmpdir.mkdir('conf'))))
    return pacemaker


def configuration(pacemaker):
    """What the withdrawal may change, in any order."""
    return sorted(definition(element) for path in ('resources/*', 'constraints/*') for element in pacemaker.xpath(path))


def leave(pacemaker, node):
    """One controller's withdrawal up to the wait for the others; the sentences of its two updates."""
    done = tools.update(lambda cib: leaving.stop_agents(cib, deployment(node)))
    pacemaker.settle()
    assert not done or node not in pacemaker.running(CENTRAL) + pacemaker.running(EVALUATOR)
    done += tools.update(lambda cib: leaving.leave(cib, deployment(node)))
    pacemaker.settle()
    return done


@contextlib.contextmanager
def switched_off(pacemaker, node):
    """A context in which a controller is off."""
    # crm_simulate switches every node on first.
    all_on = pacemaker.simulate
    pacemaker.simulate = lambda *events: all_on('--node-down', node, *events)
    pacemaker.settle()
    yield
    pacemaker.simulate = all_on
    pacemaker.settle()


@pytest.mark.parametrize('order', list(itertools.permutations(NODES)))
def test_the_others_go_on_together_until_the_last_leaves_and_then_all_is_as_fuel_made_it(pacemaker, order):
    for count, node in enumerate(order[:-1], 1):
        leave(pacemaker, node)
        assert pacemaker.running(CENTRAL) == pacemaker.running(EVALUATOR) == sorted(order[count:])
        assert pacemaker.running('p_redis-server') == pacemaker.running('p_redis-sentinel') == NODES
    leave(pacemaker, order[-1])
    assert configuration(pacemaker) == pacemaker.fuels_own
    assert [len(pacemaker.running(primitive)) for primitive in (CENTRAL, EVALUATOR)] == [1, 1]
    assert not pacemaker.running('p_redis-server') + pacemaker.running('p_redis-sentinel')
    assert 'ceilometer-redis' not in ElementTree.tostring(pacemaker.cib().find('configuration')).decode()


def test_an_agent_that_no_longer_coordinated_is_as_fuel_made_it_too(pacemaker):
    for node in NODES:
        deploy(pacemaker, node, agents.apply_agents, **RELEASING)
    released = [deployment(node, **RELEASING) for node in NODES]
    for here in released:
        tools.update(lambda cib, here=here: leaving.stop_agents(cib, here) + leaving.leave(cib, here))
        pacemaker.settle()
        assert len(pacemaker.running(EVALUATOR)) == 1
    assert configuration(pacemaker) == pacemaker.fuels_own


def test_a_second_run_changes_nothing(pacemaker):
    for node in NODES:
        leave(pacemaker, node)
    before = ElementTree.tostring(pacemaker.cib())
    assert [leave(pacemaker, node) for node in NODES] == [[], [], []]
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_who_waits_changes_nothing_more(pacemaker):
    leave(pacemaker, NODES[0])
    assert leave(pacemaker, NODES[0]) == []


def test_primitives_that_fuel_put_back_are_simple_and_run_once(pacemaker):
    root = ElementTree.parse(pacemaker.path)
    for primitive in AGENTS:
        clones.make_primitive(root.getroot(), primitive)
        for node in NODES:
            constraints.add_location(root.getroot(), primitive, node)
    root.write(pacemaker.path)
    pacemaker.settle()
    for node in NODES:
        leave(pacemaker, node)
    assert [len(pacemaker.running(primitive)) for primitive in (CENTRAL, EVALUATOR)] == [1, 1]
    assert configuration(pacemaker) == pacemaker.fuels_own


def test_a_controller_that_is_off_is_not_waited_for_and_gets_no_agent_before_it_left_too(pacemaker):
    with switched_off(pacemaker, NODES[2]):
        for node in NODES[:2]:
            leave(pacemaker, node)
        assert len(pacemaker.running(CENTRAL)) == 1
    assert pacemaker.running('p_redis-server') == NODES[2:]
    assert NODES[2] not in pacemaker.running(CENTRAL)
    leave(pacemaker, NODES[2])
    assert configuration(pacemaker) == pacemaker.fuels_own
    assert len(pacemaker.running(CENTRAL)) == 1


def test_a_controller_that_was_deployed_again_meanwhile_is_waited_for(pacemaker):
    leave(pacemaker, NODES[0])
    assert '%s does not leave' % NODES[0] in deploy(pacemaker, NODES[0], agents.apply_agents)
    for node in NODES[1:]:
        leave(pacemaker, node)
    assert pacemaker.running(CENTRAL) == NODES[:1]
    assert pacemaker.running('p_redis-server') == NODES


def test_what_an_operator_said_of_an_agent_stays(pacemaker):
    clone = clones.clone_id(CENTRAL)
    subprocess.check_call(['crm_resource', '--ban', '--resource', clone, '--node', NODES[2]])
    subprocess.check_call(['crm_resource', '--resource', clone, '--meta', '--set-parameter', 'is-managed',
                           '--parameter-value', 'true'])
    for node in NODES:
        leave(pacemaker, node)
    ban, = [one for one in pacemaker.xpath('constraints/rsc_location') if one.get('score') == '-INFINITY']
    assert (ban.get('rsc'), ban.get('node')) == (CENTRAL, NODES[2])
    pairs = pacemaker.xpath("resources/primitive[@id='%s']/meta_attributes/nvpair" % CENTRAL)
    assert ('is-managed', 'true') in [(pair.get('name'), pair.get('value')) for pair in pairs]


def test_a_check_names_what_would_change_and_changes_nothing(pacemaker):
    before = ElementTree.tostring(pacemaker.cib())
    data, conf = withdrawal.OWN_PATHS
    assert withdrawal.check(deployment(NODES[0])) == [
        'clone_p_aodh-evaluator stops on node-1.example.com',
        'clone_p_ceilometer-agent-central stops on node-1.example.com',
        'clone_p_ceilometer-redis-guard stops on node-1.example.com',
        'node-1.example.com leaves', '%s is put aside' % data, '%s is put aside' % conf]
    assert ElementTree.tostring(pacemaker.cib()) == before


def test_the_last_puts_aside_what_is_ours_when_its_store_has_stopped(pacemaker, tmpdir):
    for node in NODES[:2]:
        leave(pacemaker, node)
    tmpdir.join('data', 'appendonly.aof').write('kept')
    said = []
    withdrawal.withdraw(deployment(NODES[2]), said.append)
    assert not any(os.path.exists(path) for path in withdrawal.OWN_PATHS)
    aside, = [path for path in tmpdir.listdir() if path.basename.startswith('data.')]
    assert aside.join('appendonly.aof').read() == 'kept'
    assert said[-2:] == ['%s is now %s' % (path, path + aside.ext) for path in withdrawal.OWN_PATHS]


def test_a_withdrawal_that_is_no_longer_wanted_ends_and_its_controller_is_waited_for_again(pacemaker, monkeypatch):
    with pytest.raises(NotDone) as ended:
        withdrawal.withdraw(deployment(NODES[0]), lambda sentence: None, wanted=lambda: False)
    assert 'switched on again' in str(ended.value)
    assert leaving.remaining_controllers(pacemaker.cib(), deployment(NODES[0])) == NODES


def test_a_controller_whose_agents_do_not_stop_does_not_leave(pacemaker, monkeypatch):
    monkeypatch.setattr(withdrawal, 'AGENT_TIMEOUT', 0)
    monkeypatch.setattr(leaving, 'any_runs', lambda primitives, node: CENTRAL in primitives)
    with pytest.raises(NotDone) as late:
        withdrawal.withdraw(deployment(NODES[0]), lambda sentence: None, wanted=lambda: False)
    assert str(late.value) == 'stop of the agents here: not within 0 s'
    assert leaving.remaining_controllers(pacemaker.cib(), deployment(NODES[1])) == NODES
    assert all(os.path.exists(path) for path in withdrawal.OWN_PATHS)


def test_the_data_of_a_store_that_does_not_stop_stay_where_they_are(pacemaker, monkeypatch):
    for node in NODES[:2]:
        leave(pacemaker, node)
    monkeypatch.setattr(withdrawal, 'STOP_TIMEOUT', 0)
    monkeypatch.setattr(leaving, 'any_runs', lambda primitives, node: 'p_redis-server' in primitives)
    with pytest.raises(NotDone) as late:
        withdrawal.withdraw(deployment(NODES[2]), lambda sentence: None)
    assert str(late.value) == 'stop of the store here: not within 0 s'
    assert all(os.path.exists(path) for path in withdrawal.OWN_PATHS)


def test_without_quorum_nothing_is_changed(pacemaker, monkeypatch):
    root = ElementTree.parse(pacemaker.path)
    root.getroot().set('have-quorum', '0')
    monkeypatch.setattr(tools, 'query', root.getroot)
    with pytest.raises(NotDone) as ended:
        withdrawal.withdraw(deployment(NODES[0]), lambda sentence: None)
    assert 'no quorum' in str(ended.value)


@pytest.mark.parametrize('operation, runs', [
    ('operation="start" call-id="7" rc-code="0" op-status="0" last-rc-change="1"', True),
    # Being stopped (Pacemaker 2.1.5): the daemon's files are not to be taken away yet.
    ('operation="stop" call-id="-1" rc-code="193" op-status="-1"', True),
    ('operation="stop" call-id="8" rc-code="0" op-status="0"', False),
    # Being started again, as an older Pacemaker has it.
    ('operation="stop" call-id="8" rc-code="0" op-status="0"/>'
     '<lrm_rsc_op operation="start" call-id="-1" rc-code="193" op-status="-1"', True),
])
def test_a_daemon_runs_until_its_stop_has_ended(monkeypatch, operation, runs):
    state = ('<cib><status><node_state uname="%s"><lrm><lrm_resources><lrm_resource id="p_redis-server">'
             '<lrm_rsc_op %s/></lrm_resource></lrm_resources></lrm></node_state></status></cib>')
    monkeypatch.setattr(tools, 'query', lambda: ElementTree.fromstring(state % (NODES[0], operation)))
    assert leaving.any_runs(['p_redis-server'], NODES[0]) is runs


@pytest.fixture
def compute(tmpdir, monkeypatch, capsys):
    """A compute node whose agent coordinates; withdraw() is its command: exit code and lines. applied: by Puppet."""
    path = tmpdir.mkdir('etc').join('deployment.yaml')
    path.write("node: {name: node-6}\noptions: {}\nservices: [ceilometer-polling]\n")
    monkeypatch.setattr(withdrawal, 'OWN_PATHS', (str(tmpdir.join('none')), str(path.dirpath())))

    class Compute(object):
        applied = []

        def withdraw(self, *options):
            code = main(['withdraw', '--deployment', str(path)] + list(options))
            return code, capsys.readouterr()[0].splitlines()

    monkeypatch.setattr(withdrawal, 'apply_puppet_class', lambda name: Compute.applied.append(name) or True)
    Compute.applied[:] = []
    return Compute()


def test_a_compute_node_takes_back_its_agents_configuration_and_waits_for_nobody(compute, tmpdir):
    code, said = compute.withdraw()
    assert (code, compute.applied) == (0, ['compute'])
    assert said[0] == "withdraw: the agent's configuration is without coordination"
    assert ['withdraw: %s' % values['text'] for _, values in journal.read()] == said
    assert not tmpdir.join('etc').check() and len(said) == 2
    code, said = compute.withdraw()
    assert (code, compute.applied, said[0][:28]) == (0, ['compute'], 'withdraw: nothing to change,')


def test_a_check_on_a_compute_node_changes_nothing(compute, tmpdir):
    assert compute.withdraw('--check') == (1, ['withdraw: would change: %s is put aside' % tmpdir.join('etc')])
    assert (compute.applied, tmpdir.join('etc').check()) == ([], True)


@pytest.mark.parametrize('off', [True, False])
def test_a_compute_node_withdraws_by_itself_only_when_the_plugin_is_switched_off(compute, monkeypatch, off):
    monkeypatch.setattr(withdrawal, 'is_plugin_off', lambda: off)
    code, said = compute.withdraw('--switched-off')
    assert (code, compute.applied) == (0, ['compute'] if off else [])
    # The cron job passes on all lines but this one.
    assert off or said == ['withdraw: nothing to change, the plugin is not switched off']


@pytest.mark.parametrize('off', [True, False])
def test_a_check_of_that_says_first_whether_the_plugin_is_switched_off(compute, monkeypatch, tmpdir, off):
    monkeypatch.setattr(withdrawal, 'is_plugin_off', lambda: off)
    would = (1, ['withdraw: would change: %s is put aside' % tmpdir.join('etc')])
    on = (0, ['withdraw: nothing to change, the plugin is not switched off'])
    assert compute.withdraw('--check', '--switched-off') == (would if off else on)
    assert (compute.applied, tmpdir.join('etc').check()) == ([], True)


def test_a_check_of_what_is_already_so_says_that_nothing_would_change(compute, monkeypatch):
    monkeypatch.setattr(withdrawal, 'OWN_PATHS', ())
    assert compute.withdraw('--check') == (0, ['withdraw: nothing to change'])


@pytest.mark.parametrize('code, changed', [(0, False), (2, True), (1, None), (4, None), (6, None)])
def test_a_withdrawal_goes_on_only_when_puppet_has_done_its_part(monkeypatch, tmpdir, code, changed):
    puppet = tmpdir.join('puppet')
    puppet.write('#!/bin/sh\necho Notice: begun\necho Error: what it says last >&2\nexit %d\n' % code)
    puppet.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmpdir), prepend=os.pathsep)
    if changed is not None:
        assert withdrawal.apply_puppet_class('agents') is changed
        return
    with pytest.raises(NotDone) as failed:
        withdrawal.apply_puppet_class('agents')
    assert str(failed.value) == 'puppet: Error: what it says last'


def test_a_puppet_that_hangs_is_one_line_that_says_for_how_long_it_was_waited_for(monkeypatch, tmpdir):
    puppet = tmpdir.join('puppet')
    puppet.write('#!/bin/sh\nsleep 30\n')
    puppet.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmpdir), prepend=os.pathsep)
    monkeypatch.setattr(withdrawal, 'PUPPET_TIMEOUT', 1)
    with pytest.raises(NotDone) as failed:
        withdrawal.apply_puppet_class('agents')
    assert str(failed.value) == 'puppet: has not ended within 1 s'


@pytest.fixture
def moved(pacemaker, monkeypatch, tmpdir):
    """The same three controllers, whose agents share an existing service now; OURS_FORMER is left of the store."""
    for node in NODES:
        deploy(pacemaker, node, agents.apply_agents, service=ZOOKEEPER)
    monkeypatch.setattr(withdrawal, 'FORMER_STORE_PATHS', tuple(str(tmpdir.join(name).ensure(dir=True))
                                                         for name in ('store', 'redis', 'redis.conf')))
    return pacemaker


def test_the_store_that_was_deployed_before_goes_with_the_last_controller_and_its_data_are_put_aside(moved):
    starts = moved.starts()
    for count, node in enumerate(NODES, 1):
        found = [path for path in withdrawal.FORMER_STORE_PATHS if os.path.exists(path)]
        would = withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER), check=True)
        assert '%s is put aside' % withdrawal.FORMER_STORE_PATHS[0] in would or count > 1
        done = withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER))
        assert 'clone_p_redis-server stops on %s' % node in done
        assert [path for path in found if os.path.exists(path)] == []
        moved.settle()
        assert moved.running('p_redis-server') == moved.running('p_redis-sentinel') == NODES[count:]
    assert 'clone_p_redis-server is removed' in done
    assert moved.xpath("resources/clone[@id='clone_p_redis-server']") == []
    assert moved.starts() == starts
    for node in NODES:
        assert withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER), check=True) == []
        assert withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER)) == []


def test_the_data_of_a_former_store_that_does_not_stop_stay_where_they_are(moved, monkeypatch):
    monkeypatch.setattr(withdrawal, 'STOP_TIMEOUT', 0)
    monkeypatch.setattr(leaving, 'any_runs', lambda primitives, node: 'p_redis-server' in primitives)
    with pytest.raises(NotDone):
        withdrawal.apply_former_store(deployment(NODES[0], service=ZOOKEEPER))
    assert all(os.path.exists(path) for path in withdrawal.FORMER_STORE_PATHS)


def test_a_store_that_is_in_use_is_not_taken_away():
    with pytest.raises(BadInput) as refused:
        withdrawal.apply_former_store({'redis': {}})
    assert refused.value.field == 'store'


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 0, 1)])
def test_who_shares_an_existing_service_withdraws_as_one_with_a_store(moved, order):
    for node in NODES:
        withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER))
    for count, number in enumerate(order[:-1], 1):
        leave(moved, NODES[number])
        assert moved.running(CENTRAL) == moved.running(EVALUATOR) == sorted(NODES[left] for left in order[count:])
    leave(moved, NODES[order[-1]])
    assert configuration(moved) == moved.fuels_own
    assert [len(moved.running(primitive)) for primitive in (CENTRAL, EVALUATOR)] == [1, 1]
    assert 'ceilometer-redis' not in ElementTree.tostring(moved.cib().find('configuration')).decode()
    assert [leave(moved, node) for node in NODES] == [[], [], []]


def test_a_controller_that_shares_a_service_and_is_off_gets_no_agent_before_it_left_too(moved):
    for node in NODES:
        withdrawal.apply_former_store(deployment(node, service=ZOOKEEPER))
    with switched_off(moved, NODES[2]):
        for node in NODES[:2]:
            leave(moved, node)
        assert len(moved.running(CENTRAL)) == 1
    assert NODES[2] not in moved.running(CENTRAL)
    leave(moved, NODES[2])
    assert configuration(moved) == moved.fuels_own

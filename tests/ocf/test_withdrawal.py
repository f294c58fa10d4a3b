# SPDX-License-Identifier: Apache-2.0
"""How the monitors of the server and the guard find out that the plugin was switched off in Fuel."""

import time

import pytest
import yaml

from controller import NOT_RUNNING, wait

ASTUTE = '/etc/astute.yaml'
WITHDRAW = 'helper withdraw --switched-off'

pytestmark = pytest.mark.any_redis


@pytest.fixture(params=['redis-server', 'guard'])
def agent(request):
    return request.param


def rewrite(controller, change):
    """Let Fuel write other data."""
    astute = yaml.safe_load(controller.read(ASTUTE))
    change(astute)
    controller.write(ASTUTE, yaml.safe_dump(astute))


def uninstall(astute):
    """As 8.0 and later do: nothing of the plugin is left."""
    del astute['ceilometer-redis']
    astute['plugins'] = []


def switch_off(astute):
    """As 7.0 does."""
    astute['ceilometer-redis'] = {'metadata': {'enabled': False}}


def has_others(astute):
    """What is off is another plugin, before and after this one."""
    astute['a-plugin'] = astute['zabbix'] = {'metadata': {'enabled': False}}


@pytest.mark.parametrize('change', [uninstall, switch_off])
def test_a_switch_off_starts_one_withdrawal_that_outlives_the_action(controller, agent, change):
    controller.replace_helper('echo withdrawing >&2; exec sleep 60')
    rewrite(controller, change)
    # As a person might leave it.
    text = controller.read(ASTUTE).replace('enabled: false', 'enabled:   false')
    controller.write(ASTUTE, text.replace('ceilometer-redis:\n', 'ceilometer-redis:\n# the plugin\n'))
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    wait(lambda: 'logged: withdrawing' in controller.calls())
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    assert controller.calls().count(WITHDRAW) == 1
    assert controller.calls().count('logger -t ceilometer-redis') == 1
    pid, = controller.processes('sleep 60')
    assert 'Umask:\t0077' in controller.read(f'/proc/{pid}/status')
    # The next one when it is over.
    controller.signal(pid, 9)
    wait(lambda: not controller.processes('ceilometer-redis'))
    controller.act(agent, 'monitor')
    wait(lambda: controller.calls().count(WITHDRAW) == 2)


@pytest.mark.parametrize('change', [lambda astute: None, has_others])
def test_a_plugin_that_is_on_is_left_alone(controller, agent, change):
    controller.replace_helper('')
    rewrite(controller, change)
    controller.act(agent, 'monitor')
    controller.shell(f'rm {ASTUTE}')
    controller.act(agent, 'monitor')
    time.sleep(0.5)  # what would be started is started in the background
    assert controller.calls() == []


def test_no_other_action_looks(controller, agent):
    rewrite(controller, uninstall)
    controller.replace_helper('exit 1')
    for action in ('stop', 'validate-all', 'meta-data', 'usage'):
        controller.act(agent, action)
    time.sleep(0.5)
    assert WITHDRAW not in controller.calls()


def test_a_node_without_the_helper_has_nothing_to_withdraw(controller, agent):
    rewrite(controller, uninstall)
    controller.shell('rm /usr/local/bin/ceilometer-redis')
    assert controller.act(agent, 'monitor').code == NOT_RUNNING
    time.sleep(0.5)
    assert controller.calls() == []


def test_data_that_say_nothing_are_no_switch_off(controller):
    """The real helper's word: it would ask Pacemaker first."""
    for text in ('', '# made by nobody\n', 'roles:\n- primary-con', 'ceilometer-redis:\n  metadata:\n'):
        controller.write(ASTUTE, text)
        controller.act('guard', 'monitor')
        time.sleep(0.5)  # what is started is started in the background
        wait(lambda: not controller.processes('ceilometer-redis'))
    assert [call for call in controller.calls() if 'cibadmin' in call] == []


def test_the_real_helper_withdraws(controller):
    rewrite(controller, uninstall)
    assert controller.act('redis-server', 'monitor').code == NOT_RUNNING
    wait(lambda: [call for call in controller.calls() if 'cibadmin' in call])

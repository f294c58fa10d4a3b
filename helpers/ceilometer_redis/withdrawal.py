# SPDX-License-Identifier: Apache-2.0
"""The plugin's withdrawal: the controllers as Fuel made them, with one agent that polls and no store.

Each controller takes back what is its own: its agents stop, their configuration is Fuel's again. While another one
still coordinates, the store stays and the others poll; the last to leave makes, in one update, simple primitives of the
agents' clones and ends the store. So no two agents poll without knowing each other, whenever Fuel gets to which
controller, and none is left with a store that is gone. What was ours is put aside, nothing is deleted.
"""

import os
import subprocess
import time

from ceilometer_redis.deployment import document, former
from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.fuel import astute, plugin
from ceilometer_redis.pacemaker import attributes, daemons, guard, leaving, state, tools
from ceilometer_redis.pacemaker.agents import AGENT_TIMEOUT
from ceilometer_redis.waiting import OVERDUE, bounded, wait_for

#: What of the plugin's is put aside: the store's data, its configuration and the deployment file. This order: the
#: deployment file says to a second run what is left to do.
OWN_PATHS = ('/var/lib/ceilometer-redis', os.path.dirname(CONF_DIR))

#: The same of a store that was deployed before the environment came to use an existing service.
FORMER_STORE_PATHS = (OWN_PATHS[0], CONF_DIR, CONF_DIR + '.conf', os.path.join(OWN_PATHS[1], 'sentinel.conf'))

#: The plugin's Puppet modules, which Fuel leaves on a node also when it is switched off or uninstalled, and Fuel's.
PLUGIN_MODULES = '/etc/fuel/plugins/ceilometer-redis-2.0/puppet/modules'
FUEL_MODULES = '/etc/puppet/modules'

#: Seconds between two looks at Fuel's data, which is not written at once, and at the other controllers.
PERIOD = 10

#: Seconds the daemons may take to stop, a handover included.
STOP_TIMEOUT = 120

#: Seconds puppet may take, which restarts services: one that hangs would keep every later withdrawal from beginning.
PUPPET_TIMEOUT = 600

#: Exit codes of puppet apply --detailed-exitcodes that are no failure (Puppet 3 to 8).
UNCHANGED, CHANGED = 0, 2


def apply_puppet_class(name):
    """Let Puppet bring this node to a class of the plugin's; return whether anything was changed.

    Puppet also takes back what it made: it knows the formats of the configuration files and keeps the firewall's rules
    over a reboot.

    Args:
        name: what of ceilometer_redis::withdrawal: agents, compute or store.

    Raises:
        NotDone: Puppet failed, of which this quotes its last line, or took longer than PUPPET_TIMEOUT.
    """
    command = ['puppet', 'apply', '--modulepath', '%s:%s' % (PLUGIN_MODULES, FUEL_MODULES), '--detailed-exitcodes',
               '--color', 'false', '--execute', 'include ceilometer_redis::withdrawal::%s' % name]
    process = subprocess.Popen(bounded(command, PUPPET_TIMEOUT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=dict(os.environ, LC_ALL='C.UTF-8'))
    lines = process.communicate()[0].decode('utf-8', 'replace').strip().splitlines() or ['no word of it']
    if process.returncode == OVERDUE:
        raise NotDone('puppet: has not ended within %d s' % PUPPET_TIMEOUT)
    if process.returncode not in (UNCHANGED, CHANGED):
        raise NotDone('puppet: %s' % lines[-1])
    return process.returncode == CHANGED


def put_aside(paths):
    """Give what is ours another name, with the time in it; return sentences of what was moved."""
    done, suffix = [], time.strftime('.%Y%m%dT%H%M%SZ', time.gmtime())
    for path in paths:
        if os.path.exists(path):
            os.rename(path, path + suffix)
            done.append('%s is now %s' % (path, path + suffix))
    return done


def apply_former_store(deployment, check=False, path=document.PATH):
    """Have no store here, as the environment uses an existing service; return sentences of what changed (or would).

    For the time after the agents have moved.

    Raises:
        BadInput: the environment has a store of its own.
        NotDone: a daemon did not stop within STOP_TIMEOUT, Pacemaker was told to leave it alone, or a tool failed.
    """
    if has_store(deployment):
        raise BadInput('store', 'be existing for this command', "'deploy'", 'the environment has a store of its own')
    if check:
        aside = [path for path in FORMER_STORE_PATHS if os.path.exists(path)]
        return leaving.remove_store(tools.query(), deployment) + ['%s is put aside' % path for path in aside]
    cib, node = tools.query(), deployment['node']['fqdn']
    state.refuse_unmanaged(cib, state.running(cib, [(primitive, node) for primitive in daemons.PRIMITIVES]))
    done = tools.update(lambda cib: leaving.remove_store(cib, deployment))
    wait_for(lambda: not leaving.any_runs(daemons.PRIMITIVES, node), STOP_TIMEOUT, 'stop of the store here')
    done += put_aside(FORMER_STORE_PATHS)
    if 'former' in deployment:
        former.without_former(path)
    return done


def is_plugin_off():
    """Return whether Fuel's data say that the plugin is off, the same at a second look."""
    first = astute.contents()
    if not plugin.may_be_off(first) or not plugin.switched_off():
        return False
    time.sleep(PERIOD)
    return astute.contents() == first and plugin.switched_off()


def check(deployment):
    """Return sentences of what withdraw() would do if this controller were the last.

    Raises:
        ToolFailed: Pacemaker does not answer.
    """
    cib = tools.query()
    return leaving.stop_agents(cib, deployment) + leaving.leave(cib, deployment) + check_compute()


def check_compute():
    """Return sentences of what withdraw_compute() would do."""
    return ['%s is put aside' % path for path in OWN_PATHS if os.path.isdir(path)]


def withdraw_compute(say):
    """Withdraw the plugin from this compute node, which waits for nobody.

    Args:
        say: a function that gets a sentence of each thing that was changed.

    Raises:
        NotDone: Puppet failed.
    """
    if apply_puppet_class('compute'):
        say("the agent's configuration is without coordination")
    for sentence in put_aside(OWN_PATHS):
        say(sentence)


def withdraw(deployment, say, wanted=lambda: True):
    """Withdraw the plugin from this controller.

    Args:
        deployment: the deployment file's content.
        say: a function that gets a sentence of each thing that was changed or is waited for.
        wanted: a function that returns whether it is still to be done, asked while other controllers are waited for.

    Raises:
        NotDone: it is not wanted any more, this controller is cut off from the others, something did not stop in time
            or Pacemaker was told to leave it alone, or a tool failed.
    """
    node = deployment['node']['fqdn']
    cib = tools.query()
    if cib.get('have-quorum') != '1':
        raise NotDone('the cluster has no quorum here, nothing is changed: withdraw again when more controllers are on')
    agents = sorted(list(deployment['agents']) + [guard.PRIMITIVE])
    state.refuse_unmanaged(cib, state.running(cib, [(name, node) for name in agents + list(daemons.PRIMITIVES)]))
    if apply_puppet_class('agents'):
        say("the agents' configuration is without coordination")
    for sentence in tools.update(lambda cib: leaving.stop_agents(cib, deployment)):
        say(sentence)
    if leaving.is_deployed(tools.query(), node):
        wait_for(lambda: not leaving.any_runs(agents, node), AGENT_TIMEOUT, 'stop of the agents here')
        leave_with_the_others(deployment, say, wanted)
    wait_for(lambda: not leaving.any_runs(daemons.PRIMITIVES, node), STOP_TIMEOUT, 'stop of the store here')
    if apply_puppet_class('store'):
        say("the store's ports are closed")
    for sentence in put_aside(OWN_PATHS):
        say(sentence)


def leave_with_the_others(deployment, say, wanted):
    """Leave, and wait until the last controller has; the arguments are those of withdraw().

    Raises:
        NotDone: the withdrawal is not wanted any more, or a tool of Pacemaker's failed.
    """
    node, waited_for = deployment['node']['fqdn'], None
    while True:
        for sentence in tools.update(lambda cib: leaving.leave(cib, deployment)):
            say(sentence)
        cib = tools.query()
        if not leaving.is_deployed(cib, node):
            return
        if not wanted():
            tools.update(lambda cib: ['stays'] if attributes.unmark_leaving(cib, node) else [])
            raise NotDone('the plugin is switched on again: the next deployment starts the agents here')
        if leaving.remaining_controllers(cib, deployment) != waited_for:
            waited_for = leaving.remaining_controllers(cib, deployment)
            say('waiting for the withdrawal from %s' % ', '.join(waited_for))
        time.sleep(PERIOD)

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
from ceilometer_redis.pacemaker import attributes, daemons, guard, leaving, tools
from ceilometer_redis.pacemaker.agents import AGENT_TIMEOUT
from ceilometer_redis.waiting import wait_for

#: What is put aside: the store's data, its configuration and the deployment file. This order: the deployment file says
#: to a second run what is left to do.
KEPT_ASIDE = ('/var/lib/ceilometer-redis', os.path.dirname(CONF_DIR))

#: The same of a store that was deployed before the environment came to use an existing service.
KEPT_ASIDE_OF_FORMER_STORE = (KEPT_ASIDE[0], CONF_DIR, CONF_DIR + '.conf', os.path.join(KEPT_ASIDE[1], 'sentinel.conf'))

#: Fuel's own evidence that the plugin's manifests are on a node, also after it was switched off or uninstalled.
PLUGIN = '/etc/fuel/plugins/ceilometer-redis-2.0/puppet/modules'
FUEL = '/etc/puppet/modules'

#: Seconds between two looks at Fuel's data, which is not written at once, and at the other controllers.
PERIOD = 10

#: Seconds the daemons may take to stop, a handover included.
STOP_TIMEOUT = 120


def apply_class(name):
    """Let Puppet bring this node to a class of the plugin's; return whether anything was changed.

    Puppet also takes back what it made: it knows the formats of the configuration files and keeps the firewall's rules
    over a reboot. Raises NotDone with its last line.
    """
    process = subprocess.Popen(['puppet', 'apply', '--modulepath', '%s:%s' % (PLUGIN, FUEL), '--detailed-exitcodes',
                                '--color', 'false', '--execute', 'include ceilometer_redis::withdrawal::%s' % name],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL='C.UTF-8'))
    lines = process.communicate()[0].decode('utf-8', 'replace').strip().splitlines() or ['no word of it']
    if process.returncode not in (0, 2):
        raise NotDone('puppet: %s' % lines[-1])
    return process.returncode == 2


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

    For the time after the agents have moved. Raises NotDone if a daemon does not stop within STOP_TIMEOUT.
    """
    if has_store(deployment):
        raise BadInput('store', 'be existing for this command', "'deploy'", 'the environment has a store of its own')
    if check:
        aside = [path for path in KEPT_ASIDE_OF_FORMER_STORE if os.path.exists(path)]
        return leaving.end_store(tools.query(), deployment) + ['%s is put aside' % path for path in aside]
    done, node = tools.update(lambda cib: leaving.end_store(cib, deployment)), deployment['node']['fqdn']
    wait_for(lambda: not leaving.runs_here(daemons.PRIMITIVES, node), STOP_TIMEOUT, 'stop of the store here')
    done += put_aside(KEPT_ASIDE_OF_FORMER_STORE)
    if 'former' in deployment:
        former.without_former(path)
    return done


def is_off():
    """Return whether Fuel's data say that the plugin is off, the same at a second look."""
    first = astute.contents()
    if not plugin.may_be_off(first) or not plugin.switched_off():
        return False
    time.sleep(PERIOD)
    return astute.contents() == first and plugin.switched_off()


def check(deployment):
    """Return sentences of what withdraw() would do if this controller were the last."""
    cib = tools.query()
    return leaving.stop_agents(cib, deployment) + leaving.leave(cib, deployment) + check_compute()


def check_compute():
    """Return sentences of what withdraw_compute() would do."""
    return ['%s is put aside' % path for path in KEPT_ASIDE if os.path.isdir(path)]


def withdraw_compute(say):
    """Withdraw the plugin from this compute node, which waits for nobody; say(sentence) of what was changed."""
    if apply_class('compute'):
        say("the agent's configuration is without coordination")
    for sentence in put_aside(KEPT_ASIDE):
        say(sentence)


def withdraw(deployment, say, wanted=lambda: True):
    """Withdraw the plugin from this controller; say(sentence) of each thing that was changed or is waited for.

    wanted: whether it is still to be done, asked while other controllers are waited for. Raises NotDone when it is not,
    when this controller is cut off from the others, and when something does not stop in time.
    """
    node = deployment['node']['fqdn']
    if tools.query().get('have-quorum') != '1':
        raise NotDone('the cluster has no quorum here, nothing is changed: withdraw again when more controllers are on')
    if apply_class('agents'):
        say("the agents' configuration is without coordination")
    for sentence in tools.update(lambda cib: leaving.stop_agents(cib, deployment)):
        say(sentence)
    if leaving.has_store(tools.query(), node):
        agents = sorted(list(deployment['agents']) + [guard.PRIMITIVE])
        wait_for(lambda: not leaving.runs_here(agents, node), AGENT_TIMEOUT, 'stop of the agents here')
        await_others(deployment, say, wanted)
    wait_for(lambda: not leaving.runs_here(daemons.PRIMITIVES, node), STOP_TIMEOUT, 'stop of the store here')
    if apply_class('store'):
        say("the store's ports are closed")
    for sentence in put_aside(KEPT_ASIDE):
        say(sentence)


def await_others(deployment, say, wanted):
    """Leave, and wait until the last controller has."""
    node, waited_for = deployment['node']['fqdn'], None
    while True:
        for sentence in tools.update(lambda cib: leaving.leave(cib, deployment)):
            say(sentence)
        cib = tools.query()
        if not leaving.has_store(cib, node):
            return
        if not wanted():
            tools.update(lambda cib: ['stays'] if attributes.unmark_leaving(cib, node) else [])
            raise NotDone('the plugin is switched on again: the next deployment starts the agents here')
        if leaving.coordinating(cib, deployment) != waited_for:
            waited_for = leaving.coordinating(cib, deployment)
            say('waiting for the withdrawal from %s' % ', '.join(waited_for))
        time.sleep(PERIOD)

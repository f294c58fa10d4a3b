"""The plugin's withdrawal: the controllers as Fuel made them, with one agent that polls and no store.

Each controller takes back what is its own: its agents stop, their configuration is Fuel's again. While another one
still coordinates, the store stays and the others poll; the last to leave makes, in one update, simple primitives of the
agents' clones and ends the store. So no two agents poll without knowing each other, whenever Fuel gets to which
controller, and none is left with a store that is gone. What was ours is put aside, nothing is deleted.
"""
from __future__ import print_function

import os
import subprocess
import time

from ceilometer_redis import cluster
from ceilometer_redis import deployment as deployment_file
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.fuel import astute, plugin
from ceilometer_redis.store import CONF_DIR, wait_for

#: What is put aside: the store's data, its configuration and the deployment file. This order: the deployment file says
#: to a second run what is left to do.
OURS = ('/var/lib/ceilometer-redis', os.path.dirname(CONF_DIR))

#: The same of a store that was deployed before the environment came to use an existing service.
OURS_FORMER = (OURS[0], CONF_DIR, CONF_DIR + '.conf', os.path.join(OURS[1], 'sentinel.conf'))

#: Fuel's own evidence that the plugin's manifests are on a node, also after it was switched off or uninstalled.
PLUGIN = '/etc/fuel/plugins/ceilometer-redis-2.0/puppet/modules'
FUEL = '/etc/puppet/modules'

#: Seconds between two looks at Fuel's data, which is not written at once, and at the other controllers.
PERIOD = 10

#: Seconds the daemons may take to stop, a handover included.
STOP_TIMEOUT = 120

SERVER_CLONE = cluster.clone_id('p_redis-server')


def has_store(cib, node):
    """Return whether the store has a place on a node, or it uses a service: the plugin has not been withdrawn there."""
    return (cluster.location(cib, SERVER_CLONE, node) is not None or
            cluster.attribute(cib, node, cluster.SERVICE) is not None)


def stop_agents(cib, deployment):
    """Take their places on this node from the agents and their guard; return sentences of what was changed."""
    node, done = deployment['node']['fqdn'], []
    if not has_store(cib, node):
        return done
    for primitive in sorted(list(deployment['agents']) + [cluster.GUARD]):
        # Fuel may have made a simple primitive of a clone meanwhile.
        for resource in (cluster.clone_id(primitive), primitive):
            done += cluster.put_place(cib, resource, node, taken=True)
    return done


def coordinating(cib, deployment):
    """Return the controllers that are on and still have the plugin."""
    off = cluster.offline(cib)
    return [node for node in nodes(cib, deployment)
            if node not in off and has_store(cib, node) and not cluster.leaving(cib, node)]


def nodes(cib, deployment):
    """Return the full names of the controllers that Pacemaker knows."""
    known = [node.get('uname') for node in cib.findall('configuration/nodes/node')]
    return [controller['fqdn'] for controller in deployment['controllers'] if controller['fqdn'] in known]


def leave(cib, deployment):
    """Let this controller leave and, if it is the last, all that wait for it; return sentences of what was changed.

    A controller that is off keeps its place in the store, so that it can leave when it is back; agents have none there.
    """
    node = deployment['node']['fqdn']
    if not has_store(cib, node):
        return []
    done = ['%s leaves' % node] if cluster.mark_leaving(cib, node) else []
    if coordinating(cib, deployment):
        return done
    leaving = [other for other in nodes(cib, deployment) if cluster.leaving(cib, other)]
    staying = [other for other in nodes(cib, deployment) if has_store(cib, other) and other not in leaving]
    done += cluster.remove_guard(cib)
    for primitive in sorted(cluster.all_agents(deployment)):
        if cluster.find(cib, primitive) is not None:
            done += cluster.put_primitive(cib, primitive, leaving, staying)
    for primitive in sorted(cluster.STORE):
        done += remove_daemon(cib, primitive, leaving, staying)
    for other in leaving:
        cluster.unmark_leaving(cib, other)
        cluster.remove_attribute(cib, other, cluster.SERVICE)
    return done


def remove_daemon(cib, primitive, leaving, staying):
    """Take a daemon's places on these nodes, and have no such clone when nobody stays; return sentences."""
    done = []
    for node in leaving:
        done += cluster.put_place(cib, cluster.clone_id(primitive), node, taken=True)
    return done if staying else done + cluster.remove_clone(cib, primitive)


def apply(name):
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


def runs_here(primitives, node):
    """Return whether one of the primitives runs on a node, or is still being stopped there."""
    cib = cluster.query()
    return any(cluster.started_at(cib, primitive, node) or cluster.is_under_way(cib, primitive, node)
               for primitive in primitives)


def put_aside(paths):
    """Give what is ours another name, with the time in it; return sentences of what was moved."""
    done, suffix = [], time.strftime('.%Y%m%dT%H%M%SZ', time.gmtime())
    for path in paths:
        if os.path.exists(path):
            os.rename(path, path + suffix)
            done.append('%s is now %s' % (path, path + suffix))
    return done


def end_store(cib, deployment):
    """Take the store's daemons from this node, and their clones when they have no other; return sentences."""
    node, done = deployment['node']['fqdn'], []
    for primitive in sorted(cluster.STORE):
        staying = [other for other in nodes(cib, deployment)
                   if other != node and cluster.location(cib, cluster.clone_id(primitive), other) is not None]
        done += remove_daemon(cib, primitive, [node], staying)
    return done


def apply_former_store(deployment, check=False, path=deployment_file.PATH):
    """Have no store here, as the environment uses an existing service; return sentences of what changed (or would).

    For the time after the agents have moved. Raises NotDone if a daemon does not stop within STOP_TIMEOUT.
    """
    if deployment_file.has_store(deployment):
        raise BadInput('store', 'existing is allowed: this environment has a store of its own')
    if check:
        return end_store(cluster.query(), deployment) + ['%s is put aside' % path for path in OURS_FORMER
                                                         if os.path.exists(path)]
    done, node = cluster.update(lambda cib: end_store(cib, deployment)), deployment['node']['fqdn']
    wait_for(lambda: not runs_here(cluster.STORE, node), STOP_TIMEOUT, 'stop of the store here')
    done += put_aside(OURS_FORMER)
    if 'former' in deployment:
        deployment_file.without_former(path)
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
    cib = cluster.query()
    return stop_agents(cib, deployment) + leave(cib, deployment) + check_compute()


def check_compute():
    """Return sentences of what withdraw_compute() would do."""
    return ['%s is put aside' % path for path in OURS if os.path.isdir(path)]


def withdraw_compute(say):
    """Withdraw the plugin from this compute node, which waits for nobody; say(sentence) of what was changed."""
    if apply('compute'):
        say("the agent's configuration is without coordination")
    for sentence in put_aside(OURS):
        say(sentence)


def withdraw(deployment, say, wanted=lambda: True):
    """Withdraw the plugin from this controller; say(sentence) of each thing that was changed or is waited for.

    wanted: whether it is still to be done, asked while other controllers are waited for. Raises NotDone when it is not,
    when this controller is cut off from the others, and when something does not stop in time.
    """
    node = deployment['node']['fqdn']
    if cluster.query().get('have-quorum') != '1':
        raise NotDone('the cluster has no quorum here: nothing is changed')
    if apply('agents'):
        say("the agents' configuration is without coordination")
    for sentence in cluster.update(lambda cib: stop_agents(cib, deployment)):
        say(sentence)
    if has_store(cluster.query(), node):
        agents = sorted(list(deployment['agents']) + [cluster.GUARD])
        wait_for(lambda: not runs_here(agents, node), cluster.AGENT_TIMEOUT, 'stop of the agents here')
        await_others(deployment, say, wanted)
    wait_for(lambda: not runs_here(cluster.STORE, node), STOP_TIMEOUT, 'stop of the store here')
    if apply('store'):
        say("the store's ports are closed")
    for sentence in put_aside(OURS):
        say(sentence)


def await_others(deployment, say, wanted):
    """Leave, and wait until the last controller has."""
    node, waited_for = deployment['node']['fqdn'], None
    while True:
        for sentence in cluster.update(lambda cib: leave(cib, deployment)):
            say(sentence)
        cib = cluster.query()
        if not has_store(cib, node):
            return
        if not wanted():
            cluster.update(lambda cib: ['stays'] if cluster.unmark_leaving(cib, node) else [])
            raise NotDone('the plugin is switched on again: the next deployment starts the agents here')
        if coordinating(cib, deployment) != waited_for:
            waited_for = coordinating(cib, deployment)
            say('waiting for the withdrawal from %s' % ', '.join(waited_for))
        time.sleep(PERIOD)

# SPDX-License-Identifier: Apache-2.0
"""What is wrong: a snapshot in, findings out. Pure.

Consequences are not named beside what explains them: without quorum nothing else, of a controller that is off nothing
but that.
"""

from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.health import problems
from ceilometer_redis.health.agents import of_agents
from ceilometer_redis.health.daemons import of_store
from ceilometer_redis.health.findings import Finding, is_broken, severity, state_of, working
from ceilometer_redis.pacemaker import view


def judge(snapshot):
    """Return the Findings about a snapshot, the worst first."""
    cluster = snapshot['cluster']
    if cluster is not None and not cluster['quorum'] and cluster['stops']:
        return [Finding('no-quorum', '', 'no quorum: Pacemaker has stopped everything')]
    found = list(of_cluster(snapshot))
    if has_store(snapshot['deployment']):
        found += of_store(snapshot)
    elif snapshot['service']:
        found.append(Finding('service-away', '', 'the service cannot be joined: %s' % snapshot['service']))
    found += of_agents(snapshot, found)
    if not is_broken(found):
        found = [finding._replace(what=finding.what + ', work goes on') if finding.name == 'controller-offline' else
                 finding for finding in found]
    return sorted(found, key=lambda finding: (severity(finding) != problems.CRITICAL, problems.PLACES[finding.name]))


def of_cluster(snapshot):
    """Yield what is wrong with the cluster and its controllers."""
    cluster = snapshot['cluster']
    if cluster is None:
        yield Finding('pacemaker-away', snapshot['deployment']['node']['name'], 'Pacemaker does not answer here')
        return
    if cluster['maintenance']:
        yield Finding('maintenance', '', cluster['maintenance'])
    names = {view.OFFLINE: ('controller-offline', 'is offline'),
             view.UNKNOWN: ('controller-offline', 'is not known to Pacemaker'),
             view.JOINING: ('controller-joining', 'joins the cluster'),
             view.STANDBY: ('controller-standby', 'is on standby'),
             view.MAINTENANCE: ('controller-in-maintenance', 'is in maintenance'),
             view.LEFT: ('controller-withdrawn', 'has no place in Pacemaker: withdrawn, or not deployed')}
    for controller in snapshot['controllers']:
        state = state_of(snapshot, controller)
        if state in names:
            yield Finding(names[state][0], controller['name'], '%s %s' % (controller['name'], names[state][1]))
        elif cluster['nodes'][controller['fqdn']]['leaving']:
            yield Finding('controller-leaving', controller['name'], '%s leaves' % controller['name'])
    for finding in unmanaged(snapshot):
        yield finding


def unmanaged(snapshot):
    """Yield the resources that Pacemaker was told to leave alone, each once, unless all are."""
    said = set()
    for controller in working(snapshot) if not snapshot['cluster']['maintenance'] else ():
        for primitive, seen in sorted(snapshot['cluster']['nodes'][controller['fqdn']]['resources'].items()):
            if seen['unmanaged'] and state_of(snapshot, controller) != view.MAINTENANCE and primitive not in said:
                said.add(primitive)
                yield Finding('unmanaged', primitive, '%s: %s' % (primitive, seen['unmanaged']))

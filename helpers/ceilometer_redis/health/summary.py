# SPDX-License-Identifier: Apache-2.0
"""What `ceilometer-redis status --json` prints: a snapshot and its findings, as programs and the screen take them.

`verdict`: healthy, degraded or critical.
`problems`: a list of `name`, `severity`, `where` (a controller, a resource, a service; '' is the whole), `what` was
seen and what to `do`; the worst first.
`master`: the address of the one redis master, else null. `service`: the existing service, without secrets, or null.
`controllers`: of each `name`, `fqdn`, `address`; Pacemaker's `state` of it, and `resources`: by primitive `state`,
`since`, `unmanaged`, `stopped_by`, `failure` (`operation`, `reason`, `at`); of redis `role`, `link`, `lag`, `refusal`;
of the sentinel `sentinel_master`, `sentinels`, `replicas`, `quorum`, `can_fail_over`, `tilt`; `guard_age`: seconds
since its guard looked.
`groups`: of each `service`, `group` and `members`: `member`, its `controller`, `since`, `share` (0 to 1), `beat`.
`guard`: what the guard here last said, `agents`, and its `age`. `failover`: the configuration `epoch` of the last one,
when it was (`at`), the controllers it was `from` and `to`, and `why`. `under_way`: actions that Pacemaker waits for.

Ages and `lag` are seconds, moments seconds since the epoch; null is what nobody knows.
"""

import re

from ceilometer_redis.deployment.parts import has_store, service_of
from ceilometer_redis.errors import printable
from ceilometer_redis.health import agents, daemons, members, problems
from ceilometer_redis.health.findings import is_broken, owner, resource, state_of

HEALTHY, DEGRADED, CRITICAL = 'healthy', 'degraded', 'critical'

#: Seconds within which all sentinels learn of a failover.
SPREAD = 10


def summarize(snapshot, findings, noted=None):
    """Return the summary, as this module says, of a snapshot and its Findings.

    Args:
        snapshot: What was seen.
        findings: What judgement found, the worst first.
        noted: The last failover that the log of the sentinel here tells of, as history has it; None if there is none.
    """
    deployment, guard = snapshot['deployment'], snapshot['guard']
    masters = [controller['address'] for controller in snapshot['controllers']
               if (controller['redis'] or {}).get('role') == 'master']
    return {
        'verdict': verdict(findings),
        'problems': [problem(finding, deployment) for finding in findings],
        'master': masters[0] if len(masters) == 1 else None,
        'service': service_of(deployment),
        'controllers': [row(snapshot, controller) for controller in snapshot['controllers']],
        'groups': groups(snapshot),
        'guard': guard if guard is None or guard['age'] <= agents.STALE else dict(guard, agents={}),
        'failover': failover(snapshot, noted) if has_store(deployment) else None,
        'under_way': [dict(zip(('resource', 'controller', 'operation', 'since'), action))
                      for action in (snapshot['cluster'] or {}).get('under_way', ())],
    }


def verdict(findings):
    """Return the verdict on Findings, the worst first."""
    if not findings:
        return HEALTHY
    return CRITICAL if is_broken(findings) else DEGRADED


def problem(finding, deployment):
    """Return a Finding as one of `problems`; what is to be typed has the full name of its place."""
    found = problems.PROBLEMS[finding.name]
    names = dict((controller['name'], controller['fqdn']) for controller in deployment['controllers'])
    return {'name': found.name, 'severity': found.severity, 'where': finding.where, 'what': printable(finding.what),
            'do': found.do.replace('NAME', names.get(finding.where, finding.where))}


def row(snapshot, controller):
    """Return a controller as one of `controllers`."""
    seen, sentinel = controller['redis'] or {}, controller['sentinel'] or {}
    cluster, own = snapshot['cluster'], snapshot['deployment']['node']['fqdn']
    found = dict((key, controller[key]) for key in ('name', 'fqdn', 'address'))
    found.update((key, seen.get(key)) for key in ('role', 'link', 'refusal'))
    found.update((key, sentinel.get(key)) for key in ('sentinels', 'replicas', 'quorum', 'can_fail_over', 'tilt'))
    looked = (snapshot['store'] or {}).get('looked', {}).get(controller['fqdn'])
    if controller['fqdn'] == own:
        looked = snapshot['guard'] and snapshot['guard']['age']
    found.update({
        'sentinel_master': printable(sentinel['master']) if sentinel else None,
        'lag': daemons.lag_of(snapshot, controller), 'guard_age': looked,
        'state': state_of(snapshot, controller),
        'resources': cluster['nodes'][controller['fqdn']]['resources'] if cluster else {}})
    return found


def groups(snapshot):
    """Return `groups`."""
    store, deployment = snapshot['store'], snapshot['deployment']
    return [{'service': name, 'group': group, 'members': [
                member_of(snapshot, name, member) for member in store['groups'][group]]}
            for name in members.services(deployment) if store
            for group in sorted(store['groups']) if members.is_of(name, group, deployment)]


def member_of(snapshot, name, member):
    """Return a member of the groups of a service as one of `members`."""
    deployment, store = snapshot['deployment'], snapshot['store']
    found = owner(snapshot['controllers'], store, member)
    primitives = [primitive for primitive, agent in deployment['agents'].items() if agent['service'] == name]
    agent = resource(snapshot, found, primitives[0]) if found and primitives else None
    left, lifetime = store['left'].get(member), membership(deployment['coordination']['backend_url'])
    return {'member': printable(member), 'controller': found['name'] if found else None,
            'since': agent and agent['since'], 'share': snapshot['shares'].get(name, {}).get(member),
            'beat': None if left is None else max(0, lifetime - left / 1000.0)}


def membership(url):
    """Return for how many seconds a member's beat counts by the URL of the agents, as tooz reads it."""
    for option in ('membership_timeout', 'timeout'):
        found = re.search('[?&]%s=([0-9]{1,6})(&|$)' % option, url)
        if found:
            return int(found.group(1))
    return 30


def failover(snapshot, noted=None):
    """Return `failover`; None while no sentinel answers. The arguments are those of summarize().

    When it was, the sentinels have to agree on: one forgets it when it is restarted, or told its master anew. What the
    log of the one here has besides is of the last failover only if it is not another one.
    """
    seen = [controller['sentinel'] for controller in snapshot['controllers'] if controller['sentinel']]
    if not seen:
        return None
    latest = max(seen, key=lambda sentinel: sentinel['epoch'])
    if not latest['epoch']:
        return {'epoch': 0, 'at': None, 'from': None, 'to': None, 'why': None}
    names = dict((controller['address'], controller['name']) for controller in snapshot['controllers'])
    times = sorted(sentinel['switched'] for sentinel in seen
                   if sentinel['epoch'] == latest['epoch'] and sentinel['switched'] is not None)
    agreed = len(times) > len(snapshot['controllers']) // 2 and times[-1] - times[0] <= SPREAD
    found = {'epoch': latest['epoch'], 'at': snapshot['now'] - times[-1] if agreed else None, 'from': None,
             'to': names.get(latest['master']), 'why': None}
    if noted and noted['to'] == latest['master'] and (not agreed or abs(noted['time'] - found['at']) <= SPREAD):
        found.update({'at': noted['time'], 'from': names.get(noted['from'], noted['from']), 'why': noted['why']})
    return found

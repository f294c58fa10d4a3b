# SPDX-License-Identifier: Apache-2.0
"""A monitoring plugin's one line, exit code and performance data, by https://nagios-plugins.org/doc/guidelines.html."""

from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.errors import printable
from ceilometer_redis.health import agents, daemons, members, problems
from ceilometer_redis.health.findings import Finding, severity, state_of
from ceilometer_redis.health.ranges import alerts

#: Exit codes with their words.
OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
WORDS = ('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')

SERVICE = 'CEILOMETER-REDIS'

#: Characters of a sentence in the line.
SHORT = 150

def with_ranges(snapshot, findings, warning, critical):
    """Return (findings, exit code) where the replication lag is judged by these Ranges, if one is given.

    Args:
        snapshot: What was seen.
        findings: What judgement found, the worst first.
        warning: The Range of lag, in seconds, that is a WARNING; None: none.
        critical: Likewise CRITICAL.
    """
    most = greatest_lag(snapshot)
    if warning is not None or critical is not None:
        findings = [finding for finding in findings if finding.name != 'replica-behind']
    codes = [CRITICAL if severity(finding) == problems.CRITICAL else WARNING for finding in findings]
    for limit, code in ((critical, CRITICAL), (warning, WARNING)):
        if alerts(limit, most):
            codes.append(code)
            findings = findings + [Finding('replica-behind', '', 'replication lag is %d s (%s)' % (
                most, limit.text))]
            break
    return findings, max(codes or [OK])


def line(snapshot, findings, code, warning=None, critical=None):
    """Return the one line of a check; the arguments are those and the results of with_ranges()."""
    return '%s | %s' % (status_line(code, text(snapshot, findings)), ' '.join(
        datum(*values) for values in performance(snapshot, warning, critical)))


def status_line(code, sentence):
    """Return a status with a sentence, which has no bar in it."""
    return '%s %s - %s' % (SERVICE, WORDS[code], printable(sentence)[:SHORT].replace('|', '/'))


def text(snapshot, findings):
    """Return the worst finding, with its name; without one who is master."""
    if findings:
        more = ' (and %d more)' % (len(findings) - 1) if len(findings) > 1 else ''
        return '%s: %s%s' % (findings[0].name, printable(findings[0].what)[:SHORT - 50], more)
    masters = [controller['name'] for controller in snapshot['controllers']
               if (controller['redis'] or {}).get('role') == 'master']
    count = len(snapshot['controllers'])
    return '%d controller%s, %s' % (count, '' if count == 1 else 's', 'redis master is %s' % masters[0]
                                    if masters else 'the service answers')


def performance(snapshot, warning=None, critical=None):
    """Return [(label, value or None, unit, warning, critical, least, most)]."""
    online = len([controller for controller in snapshot['controllers']
                  if state_of(snapshot, controller) == 'online'])
    count, store = len(snapshot['controllers']), snapshot['store']
    found = [('controllers', None if snapshot['cluster'] is None else online, '', None, None, 0, count)]
    for name in members.services(snapshot['deployment']):
        beating = None if store is None else len(agents.beating(snapshot, name))
        found.append((name, beating, '', None, None, 0, None))
    for controller in snapshot['controllers']:
        if (controller['redis'] or {}).get('role') == 'master':
            seen = controller['redis']
            found += [('clients', seen['connected_clients'], '', None, None, 0, seen['max_clients'] or None),
                      ('memory', seen['used_memory'], 'B', None, None, 0, seen['max_memory'] or None)]
            break
    if has_store(snapshot['deployment']):
        found.insert(0, ('lag', greatest_lag(snapshot), 's', warning, critical, 0, None))
    return found


def datum(label, value, unit, warning, critical, least, most):
    """Return one item of performance data; an unknown value is U."""
    limits = ['' if limit is None else limit.text for limit in (warning, critical)]
    limits += ['' if limit is None else '%d' % limit for limit in (least, most)]
    shown = 'U' if value is None else '%d%s' % (value, unit)
    return ("'%s'=%s;%s" % (label, shown, ';'.join(limits))).rstrip(';')


def greatest_lag(snapshot):
    """Return the greatest replication lag in seconds; None while nobody knows one."""
    found = [daemons.lag_of(snapshot, controller) for controller in snapshot['controllers']]
    return max([lag for lag in found if lag is not None] or [None])

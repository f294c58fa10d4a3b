# SPDX-License-Identifier: Apache-2.0
"""Metrics for the textfile collector of Prometheus' node_exporter."""

import errno
import os
import tempfile

from ceilometer_redis.health import agents, daemons, members, problems
from ceilometer_redis.health.findings import state_of

PREFIX = 'ceilometer_redis_'


#: What the state is, for people.
STATE = 'What the check says: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.'


def unknown():
    """Return metrics() of a check that failed: without them its former ones would stay."""
    return [('state', STATE, [({}, 3)])]


def metrics(snapshot, findings, code):
    """Return [(name, help, [(labels, value)])] of gauges, by a snapshot, its Findings and the check's exit code."""
    controllers, store = snapshot['controllers'], snapshot['store']
    counts = [finding.name for finding in findings]
    found = [
        ('state', STATE, [({}, code)]),
        ('problems', 'How often each problem of the table is there.', [
            ({'name': problem.name, 'severity': problem.severity}, counts.count(problem.name))
            for problem in problems.TABLE]),
        ('controllers', 'Controllers of the environment.', [({}, len(controllers))]),
    ]
    if snapshot['cluster'] is not None:
        found.append(('controller_online', 'Whether a controller is online to Pacemaker.', [
            ({'controller': each['name']}, state_of(snapshot, each) == 'online') for each in controllers]))
    if store is not None:
        found.append(('members', 'Members of the groups of an agent that beat.', [
            ({'agent': name}, len(agents.beating(snapshot, name)))
            for name in members.services(snapshot['deployment'])]))
        found.append(('share_ratio', "A controller's part of the hash ring of an agent.", [
            ({'agent': name, 'controller': each['name']}, sum(
                share for member, share in shares.items() if member in store['published'].get(each['fqdn'], ())))
            for name, shares in sorted(snapshot['shares'].items()) if shares for each in controllers]))
    return found + of_store(snapshot)


def of_store(snapshot):
    """Return metrics() of the redis servers and the sentinels."""
    answering = [(each, each['redis']) for each in snapshot['controllers'] if each['redis'] and
                 each['redis']['refusal'] is None]
    lags = [(each, daemons.lag_of(snapshot, each)) for each in snapshot['controllers']]
    epochs = [each['sentinel']['epoch'] for each in snapshot['controllers'] if each['sentinel']]
    return [
        ('master', 'Whether the redis server of a controller is master.', [
            ({'controller': each['name']}, seen['role'] == 'master') for each, seen in answering]),
        ('clients', 'Clients of the redis server of a controller.', [
            ({'controller': each['name']}, seen['connected_clients']) for each, seen in answering]),
        ('memory_bytes', 'Memory that the redis server of a controller uses.', [
            ({'controller': each['name']}, seen['used_memory']) for each, seen in answering]),
        ('replication_lag_seconds', 'Seconds since a replica last acknowledged what the master sent.', [
            ({'controller': each['name']}, lag) for each, lag in lags if lag is not None]),
        ('config_epoch', 'Configuration epoch of the sentinels: each failover counts it up.', [
            ({}, epoch) for epoch in sorted(epochs)[-1:]]),
    ]


def render(found):
    """Return metrics() in Prometheus' text format."""
    lines = []
    for name, words, samples in found:
        if samples:
            lines += ['# HELP %s%s %s' % (PREFIX, name, words), '# TYPE %s%s gauge' % (PREFIX, name)]
            lines += ['%s%s%s %s' % (PREFIX, name, _labels(labels), '%.6g' % value if isinstance(value, float)
                                     else '%d' % value) for labels, value in samples]
    return '\n'.join(lines) + '\n'


def write(path, text):
    """Put text into a file at once, for everybody to read: the collector may read at any time, and only FILE.prom.

    Raises:
        EnvironmentError: It cannot be made, or is something that must not be replaced, as a device.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise EnvironmentError(errno.EINVAL, 'it is no file')
        handle, partial = tempfile.mkstemp(prefix='.ceilometer-redis-', dir=os.path.dirname(os.path.abspath(path)))
        try:
            with os.fdopen(handle, 'wb') as stream:
                stream.write(text.encode('utf-8'))
                os.fchmod(stream.fileno(), 0o644)
            os.rename(partial, path)
        except BaseException:
            os.remove(partial)
            raise
    except EnvironmentError as error:
        # Not that of the file beside it, which is gone.
        raise EnvironmentError(error.errno, error.strerror, path)


def _labels(labels):
    escaped = [(name, value.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n'))
               for name, value in sorted(labels.items())]
    return '{%s}' % ','.join('%s="%s"' % each for each in escaped) if escaped else ''

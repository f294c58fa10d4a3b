# SPDX-License-Identifier: Apache-2.0
"""The history of this controller: failovers, repairs, restarts, deployments, withdrawals."""

from ceilometer_redis.errors import printable
from ceilometer_redis.history import daemon_logs, journal

#: Kinds of events, by what the journal calls them. The rest of what it has is none of these.
KINDS = {'repair': 'repair', 'restart': 'restart', 'deployment': 'deployment', 'apply': 'deployment',
         'handover': 'handover', 'withdrawal': 'withdrawal'}

FAILOVER = 'failover'


def events(since=0, until=float('inf'), path=None, directory=None):
    """Return what is known to have happened on this controller, the oldest first.

    Needs to be root's: nobody else reads the journal, or the logs of redis. Other controllers are not asked.

    Args:
        since: Seconds since the epoch.
        until: Likewise.
        path: Of the journal, if it is another one.
        directory: Of the daemons' logs, if it is another one.

    Returns:
        A list of {'time': seconds since the epoch, 'kind': a word, 'text': a printable line}, with what else is known;
        a failover has from and to, addresses, and why.

    Raises:
        EnvironmentError: A file is there and cannot be read.
    """
    found = daemon_logs.events(since, directory)
    for seconds, values in journal.read(path):
        if values['event'] in KINDS:
            found.append(dict(values, time=seconds, kind=KINDS[values['event']]))
    for event in found:
        event['text'] = printable(event['text'])
    return sorted((event for event in found if since <= event['time'] <= until),
                  key=lambda event: (event['time'], event['kind'], event['text']))


def last_failover(events):
    """Return the last failover of events(), None if there is none."""
    return next((event for event in reversed(events) if event['kind'] == FAILOVER), None)

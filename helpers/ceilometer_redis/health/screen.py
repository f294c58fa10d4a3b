# SPDX-License-Identifier: Apache-2.0
"""A summary on one screen of plain ASCII, the verdict first."""

import datetime

from ceilometer_redis.errors import printable
from ceilometer_redis.health import agents, summary
from ceilometer_redis.pacemaker import view

#: How the lines of a verdict look on a terminal.
COLOURS = {summary.HEALTHY: '\033[32m', summary.DEGRADED: '\033[33m', summary.CRITICAL: '\033[31m'}
PLAIN = '\033[0m'

#: Characters of a member's name that are shown: those of a uuid.
NAME = 36

#: Characters of a line.
LINE = 1000

#: Members of a group that are shown.
MEMBERS = 12


def render(found, colours=False):
    """Return a summary as text; colours: whether the terminal shows them."""
    lines = verdict_lines(found)
    if found['service']:
        lines += ['', 'service: %s' % printable(found['service'])]
    lines += [''] + table(CONTROLLERS if found['service'] is None else CONTROLLERS_OF_SERVICE,
                          [controller_row(found, row) for row in found['controllers']])
    for group in found['groups']:
        lines += [''] + group_lines(group)
    for detail in (guard_lines, failover_lines, failure_lines, under_way_lines):
        lines += detail(found)
    lines = [printable(line.rstrip(), LINE) for line in lines]
    if colours:
        lines[0] = COLOURS[found['verdict']] + lines[0] + PLAIN
    return '\n'.join(lines)


def verdict_lines(found):
    """Return the verdict with the first problem and what to do, and a line for each further one."""
    lines = ['%(what)s; %(do)s [%(name)s]' % problem for problem in found['problems']]
    if not lines:
        return [summary.HEALTHY]
    more = ['  also: %s' % line for line in lines[1:]]
    return ['%s: %s' % (found['verdict'], lines[0])] + more


#: Titles of the columns; with an existing service there is no redis and no sentinel of ours.
CONTROLLERS = ('controller', 'pacemaker', 'redis', 'sentinel', 'guard')
CONTROLLERS_OF_SERVICE = ('controller', 'pacemaker', 'guard')


def controller_row(found, row):
    """Return a controller as cells."""
    cells = [row['name'], pacemaker_cell(row)]
    if found['service'] is None:
        cells += [redis_cell(row), sentinel_cell(found, row)]
    return cells + ['-' if row['guard_age'] is None else 'looked %s ago' % age(row['guard_age'])]


def pacemaker_cell(row):
    """Return what Pacemaker says of a controller, and what does not run there though it should."""
    down = [primitive for primitive, seen in sorted(row['resources'].items()) if seen['state'] != view.STARTED]
    if row['state'] in (view.ONLINE, view.MAINTENANCE) and down:
        return '%s, down: %s' % (row['state'], ', '.join(down))
    return row['state'] or '-'


def redis_cell(row):
    """Return what a redis server is, in words."""
    if row['role'] is None:
        return row['refusal'] or '-'
    if row['role'] == 'master':
        return 'master'
    if row['link'] != 'up':
        return 'replica, not linked'
    return 'replica' if row['lag'] is None else 'replica, lag %s' % age(row['lag'])


def sentinel_cell(found, row):
    """Return what a sentinel sees, in words."""
    if row['sentinel_master'] is None:
        return 'no answer'
    names = dict((other['address'], other['name']) for other in found['controllers'])
    return 'names %s, %d other%s' % (names.get(row['sentinel_master'], row['sentinel_master']), row['sentinels'] - 1,
                                     '' if row['sentinels'] == 2 else 's')


def group_lines(group):
    """Return the members of a group as lines."""
    rows = [(member['controller'] or 'nobody', member['member'][:NAME], moment(member['since']),
             '-' if member['share'] is None else '%d %%' % round(100 * member['share']),
             'none' if member['beat'] is None else '%s ago' % age(member['beat']))
            for member in sorted(group['members'], key=lambda member: (member['controller'] or '~', member['member']))]
    lines = table(('  ' + printable(group['group']), 'member', 'running since', 'share', 'last beat'),
                  [('  ' + row[0],) + row[1:] for row in rows[:MEMBERS]])
    return lines + (['  and %d more' % (len(rows) - MEMBERS)] if len(rows) > MEMBERS else [])


def guard_lines(found):
    """Return what the guard here says of each agent; of one that is silent, its age."""
    said = found['guard']
    if said is None:
        return []
    if said['age'] > agents.STALE:
        return ['', 'the guard here last looked %s ago' % age(said['age'])]
    return [''] + ['guard here: %s: %s (%s)' % (printable(agent), printable(word['verdict']), printable(word['reason']))
                   for agent, word in sorted(said['agents'].items())] if said['agents'] else []


def failover_lines(found):
    """Return when the master changed last."""
    last = found['failover']
    if not last:
        return []
    if not last['epoch']:
        return ['', 'last failover: none yet']
    words = '%sto %s, %s, configuration epoch %d%s' % (
        'from %s ' % last['from'] if last['from'] else '', last['to'] or 'a server that is gone',
        moment(last['at']) if last['at'] else 'nobody knows when', last['epoch'],
        ' (%s)' % last['why'] if last['why'] else '')
    return ['', 'last failover: ' + printable(words)]


def failure_lines(found):
    """Return the failed actions that Pacemaker lists."""
    return ['failed action: %s of %s on %s, %s: %s' % (
                seen['failure']['operation'], primitive, row['name'], moment(seen['failure']['at']),
                printable(seen['failure']['reason']))
            for row in found['controllers'] for primitive, seen in sorted(row['resources'].items()) if seen['failure']]


def under_way_lines(found):
    """Return what Pacemaker waits for."""
    return ['under way: %(operation)s of %(resource)s on %(controller)s' % action + ', since %s' % moment(
        action['since']) for action in found['under_way']]


def table(titles, rows):
    """Return titles and rows of cells as lines in columns."""
    widths = [max(len(row[column]) for row in [titles] + list(rows)) for column in range(len(titles))]
    return ['  '.join(cell.ljust(width) for cell, width in zip(row, widths)) for row in [titles] + list(rows)]


def age(seconds):
    """Return a duration in words: 3 s, 4 min, 5 h, 6 d."""
    for size, unit in ((86400, 'd'), (3600, 'h'), (60, 'min')):
        if seconds >= 2 * size:
            return '%d %s' % (seconds // size, unit)
    return '%d s' % seconds


def moment(when):
    """Return a moment, in seconds since the epoch, as text in UTC; '-' of none."""
    if when is None:
        return '-'
    try:
        return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(when))).strftime('%Y-%m-%d %H:%M:%SZ')
    except (OverflowError, ValueError):  # the latter in Python 2.7, of years before 1900
        return '-'

# SPDX-License-Identifier: Apache-2.0
"""The report of an audit as people read it."""

import itertools

from ceilometer_redis.audit.samples import UNKNOWN
from ceilometer_redis.audit.words import iso, shown

#: The table names so many resources of a cycle, and shows so many cycles that were not right; --json names all.
NAMED = 5
SHOWN_CYCLES = 40


def table(report):
    """Return the lines of the report for people."""
    lines = []
    for interval in sorted(set(report['meters'].values())):
        meters = sorted(meter for meter, seconds in report['meters'].items() if seconds == interval)
        of_interval = [cycle for cycle in report['cycles'] if cycle['interval'] == interval]
        if len(set(report['meters'].values())) > 1:
            lines.append('every %g s: %s' % (interval, some(meters)))
        if of_interval:
            lines.append('%-20s  %6s  %7s  %7s  %s' % ('cycle', 'polled', 'missing', 'doubled', 'by'))
            lines += rows(of_interval)
        else:
            lines.append('not judged: there is no whole cycle of it')
    if report['unseen']:
        lines.append('%d of the expected resources were never polled' % report['unseen'])
    return lines


def rows(found):
    """Return the lines of cycles of one interval; those in a row that are right are one."""
    lines, wrong = [], 0
    for right, group in itertools.groupby(found, lambda cycle: not cycle['missing'] and not cycle['doubled']):
        group = list(group)
        if right:
            lines += row(group[0])
            if len(group) > 2:
                lines.append('  ... and %d more, each resource polled once, until %s'
                             % (len(group) - 1, iso(group[-1]['start'] + group[-1]['interval'])))
            elif len(group) == 2:
                lines += row(group[1])
            continue
        for cycle in group[:max(0, SHOWN_CYCLES - wrong)]:
            lines += row(cycle)
        if wrong <= SHOWN_CYCLES < wrong + len(group):
            lines.append('  ... and more that are not right (--json has all)')
        wrong += len(group)
        if wrong > SHOWN_CYCLES:
            break
    return lines


def row(cycle):
    """Return the lines of a cycle."""
    doubled = sum(len(resources) for resources in cycle['doubled'].values())
    missing = sum(len(resources) for resources in cycle['missing'].values())
    lines = ['%-20s  %6d  %7d  %7d  %s' % (
        iso(cycle['start']), cycle['polled'], missing, doubled,
        ', '.join('%s %d' % (shown(name), count) for name, count in sorted(cycle['by'].items())))]
    for meter, resources in sorted(cycle['missing'].items()):
        lines.append('  missing %s: %s' % (shown(meter), some(resources)))
    for meter, resources in sorted(cycle['doubled'].items()):
        named = [u'%s by %s' % (resource, u' and '.join(by)) for resource, by in sorted(resources.items())]
        lines.append('  doubled %s: %s' % (shown(meter), some(named)))
    return lines


def verdict_on_all(report):
    """Return the last line."""
    counts = ['%d cycles of %g s' % (len(list(group)), interval) for interval, group in
              itertools.groupby(sorted(cycle['interval'] for cycle in report['cycles']))]
    return '%d resources, %s: %s' % (report['resources'], ' and '.join(counts), once(report))


def verdict_on_one(report):
    """Return the last line about one resource."""
    polls = [len(cycle['polls']) for meter in report['meters'] for cycle in meter['cycles']]
    return '%s: %d cycles, missed in %d, doubled in %d: %s' % (
        shown(report['resource']), len(polls), polls.count(0), sum(1 for count in polls if count > 1), once(report))


def once(report):
    """Return the verdict in words."""
    return 'each polled exactly once' if report['exactly_once'] else 'NOT each polled exactly once'


def story(report):
    """Return the lines about one resource."""
    lines = []
    for meter in report['meters']:
        lines.append('%s, every %g s' % (shown(meter['meter']), meter['interval']))
        quiet = [len(cycle['polls']) == 1 and not cycle['events'] for cycle in meter['cycles']]
        skipped = 0
        for number, cycle in enumerate(meter['cycles']):
            # What was before and after a fault explains it.
            if all(quiet[max(0, number - 2):number + 3]) and 0 < number < len(quiet) - 1:
                skipped += 1
                continue
            if skipped:
                lines.append('  ... %d cycles, polled once in each' % skipped)
                skipped = 0
            lines += happened(cycle)
    return lines


def happened(cycle):
    """Return the lines of one cycle of one resource."""
    polls = ', '.join('%s by %s' % (iso(time)[11:-1], shown(name)) for time, name in cycle['polls'])
    if not polls:
        polls = 'MISSED: ' + why(cycle)
    elif len(cycle['polls']) > 1:
        polls = 'DOUBLED: ' + polls
    return ['%s  %s' % (iso(cycle['start']), polls)] + ['%22s%s %s' % ('', iso(time)[11:-1], shown(text))
                                                       for time, text in cycle['events']]


def why(cycle):
    """Return what the samples of others say about a cycle in which a resource was missed."""
    if not cycle['polled']:
        return 'nobody polled anything'
    if cycle['before'] in (None, UNKNOWN):
        return '%d other resources were polled' % cycle['polled']
    return '%s, which had polled it, polled %d other resources, all agents together %d' % (
        shown(cycle['before']), cycle['busy'], cycle['polled'])


def some(names):
    """Return names of a list, the first of it if it is long."""
    more = ' and %d more (--json names all)' % (len(names) - NAMED) if len(names) > NAMED else ''
    return ', '.join(shown(name) for name in names[:NAMED]) + more

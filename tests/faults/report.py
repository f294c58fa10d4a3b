"""The report of a run: what each scenario came to, as JSON and as one page of HTML."""

import html
import json
import math
import subprocess

import comparison
import polling
import recorder
import timeline
from lab import telemetry

# Seconds before the first note that are shown: two whole cycles, wherever they are cut.
BEFORE = 3 * telemetry.INTERVAL


def row(scene):
    """All that is known of a Scene, as JSON has it; times are seconds since the first note."""
    first = scene.marks[0].at if scene.marks else scene.begun
    since, until = first - BEFORE, scene.ended
    owns = {host.name: recorder.looks(host, 'own', since) for host in scene.seen}
    gaps = scene.gaps(since, until)
    mastered = recorder.masters(owns, since, until)
    columns = cycles(polling.polled(scene.lab), scene.first_right or first, since, until)
    return {
        'controllers': [host.name for host in scene.seen],
        'marks': [{**mark._asdict(), 'at': mark.at - first} for mark in scene.marks],
        'writable': finite(scene.writable),
        'right': finite(scene.right),
        'gap': sum(end - start for start, end in gaps if start >= first),
        'overlap': recorder.overlap(mastered),
        'missed': sum(column['missed'] for column in columns if column['end'] > first),
        'doubled': sum(column['doubled'] for column in columns if column['end'] > first),
        'verdicts': [{**verdict._asdict(), 'seconds': finite(verdict.seconds)} for verdict in scene.verdicts],
        'until': until - first,
        'since': since - first,
        'gaps': [[start - first, end - first] for start, end in gaps],
        'masters': [[start - first, end - first, name] for start, end, name in mastered],
        'alive': [[start - first, end - first, name] for start, end, name in recorder.alive(owns, since, until)],
        'cycles': [{**column, 'start': column['start'] - first, 'end': column['end'] - first} for column in columns],
    }


def cycles(samples, origin, since, until):
    """Each whole cycle between two moments, cut at ``origin``: start, end, missed, doubled and, image by image in a
    fixed order, the controllers that polled it."""
    # A sample that was delivered twice is one poll still.
    samples = {sample.id: sample for sample in samples}.values()
    images = sorted({sample.poll.resource for sample in samples})
    first = math.ceil((since - origin) / telemetry.INTERVAL)
    last = math.floor((until - origin) / telemetry.INTERVAL)
    found = []
    for number in range(first, last):
        start = origin + number * telemetry.INTERVAL
        polls = {image: [] for image in images}
        for sample in samples:
            if start <= sample.time < start + telemetry.INTERVAL:
                polls[sample.poll.resource].append(sample.poll.host.partition('.')[0])
        found.append({'start': start, 'end': start + telemetry.INTERVAL, 'polls': list(polls.values()),
                      'missed': telemetry.IMAGES - sum(map(bool, polls.values())),
                      'doubled': sum(max(0, len(by) - 1) for by in polls.values())})
    return found


def finite(seconds):
    """Seconds as JSON has them; None for what was not seen."""
    return seconds if seconds is not None and seconds < math.inf else None


def keep_logs(lab, folder):
    """The logs of every host of a lab in one folder, those of one that is off from its disk."""
    for host in lab.hosts.values():
        target = folder / host.name
        target.mkdir(parents=True, exist_ok=True)
        # As one archive of the layers, the upper one last.
        for layer in reversed(host.disk()):
            if (layer / 'var/log').is_dir():
                subprocess.run(['cp', '-R', f'{layer}/var/log/.', str(target)], check=False)
    for host in (host for host in lab.controllers if host.pid()):
        for name, command in STATE.items():
            (folder / host.name / name).write_text(host.run(command, check=False).stdout)


#: What is not in a log, by the name of its file.
STATE = {
    'journal.txt': 'journalctl --no-pager --boot',
    'crm_mon.txt': 'crm_mon --one-shot --inactive --failcounts',
    'cib.xml': 'cibadmin --query',
    'guard.json': f'cat {polling.GUARD_SAYS}',
    'status.json': 'ceilometer-redis status --json',
    'probe.jsonl': 'cat /var/lib/lab-probe/lines',
}


def write(rows, folder):
    """Write report.json and report.html, those that failed first."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.sort(key=lambda row: (not row['failure'], row['name']))
    (folder / 'report.json').write_text(json.dumps(rows, indent=1))
    ours = [row for row in rows if row.get('configuration', 'ours') == 'ours']
    (folder / 'report.html').write_text(PAGE.format(
        head=html.escape(f'{len(ours)} scenarios, {sum(not row["failure"] for row in ours)} as promised'),
        lines=''.join(map(line, ours)), comparison=comparison.section(rows), scenes=''.join(map(scene, ours))))


def line(row):
    """A row of the table."""
    cells = [figure(row.get(name)) for name in ('gap', 'writable', 'right', 'overlap')]
    cells += [str(row.get(name, '–')) for name in ('missed', 'doubled')]
    return (f'<tr class="{verdict(row)}"><td><a href="#{row["name"]}">{html.escape(sentence(row))}</a></td>'
            f'<td>{verdict(row)}</td>' + ''.join(f'<td class="n">{cell}</td>' for cell in cells) + '</tr>\n')


def scene(row):
    """The picture of a scenario, its invariants, and what failed."""
    failed = f'<p>Logs of all hosts: <a href="logs/{row["name"]}">logs/{row["name"]}</a></p>' \
             f'<pre>{html.escape(row["failure"])}</pre>' if row['failure'] else ''
    verdicts = ''.join(f'<li class="{"failed" if found["wrong"] else "passed"}">{html.escape(found["name"])}: '
                       f'{html.escape(seen(found))}</li>' for found in row.get('verdicts', ()))
    return (f'<section id="{row["name"]}"><h2 class="{verdict(row)}">{html.escape(sentence(row))}</h2>'
            f'<p><code>{row["name"]}</code></p>{timeline.picture(row) if "cycles" in row else ""}'
            f'<ul>{verdicts}</ul>{failed}</section>\n')


def seen(found):
    """What was seen of an invariant."""
    return '; '.join(found['wrong']) or f'seen {figure(found["seconds"])} s after the last note'


def verdict(row):
    return 'failed' if row['failure'] else 'passed'


def sentence(row):
    return ' '.join((row.get('sentence') or row['name']).split())


def figure(seconds):
    return '–' if seconds is None else f'{seconds:.1f}'


PAGE = '''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Faults</title>
<style>
 body {{ font: 15px/1.45 system-ui, sans-serif; max-width: 76em; margin: 2em auto; padding: 0 1em; color: #222 }}
 table {{ border-collapse: collapse }} th, td {{ padding: .3em .7em; border-bottom: 1px solid #ddd; text-align: left }}
 th {{ vertical-align: bottom }} td.n {{ text-align: right; font-variant-numeric: tabular-nums }}
 tr.failed td:nth-child(2), td.broken, li.failed, h2.failed {{ color: #b3261e; font-weight: bold }}
 a {{ color: inherit }} pre {{ background: #f6f6f6; padding: 1em; overflow: auto; max-height: 30em }}
 section {{ margin-top: 3em; border-top: 2px solid #ddd }} svg {{ max-width: 100%; height: auto }}
</style>
<h1>{head}</h1>
<table><thead><tr><th>scenario<th>result<th>without a writable<br>master, s<th>writable,<br>s after the last note
<th>exactly once from,<br>s after writable<th>two masters<br>took writes, s<th>samples<br>missed<th>samples<br>doubled
</thead><tbody>
{lines}</tbody></table>
{comparison}{scenes}</html>
'''

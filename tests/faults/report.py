# SPDX-License-Identifier: Apache-2.0
"""The report of a run: what each scenario came to, as JSON and as a page of HTML with pictures."""

import json
import math
import pathlib
import shutil
import subprocess

import jinja2

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
    """Write report.json, report.html and a picture of each scenario, those that failed first."""
    pictures = folder / 'pictures'
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    rows.sort(key=lambda row: (not row['failure'], row['name']))
    (folder / 'report.json').write_text(json.dumps(rows, indent=1))
    for row in rows:
        if 'cycles' in row:
            timeline.draw(row, pictures / f'{row["name"]}.svg')
    ours = [row for row in rows if row.get('configuration', 'ours') == 'ours']
    (folder / 'report.html').write_text(PAGES.get_template('report.html.j2').render(
        rows=ours, compared=comparison.compared(rows), broken=comparison.broken, recovered=comparison.recovered))


def sentence(row):
    """Return what a scenario is about, in one line."""
    return ' '.join((row.get('sentence') or row['name']).split())


def figure(seconds, absent='–'):
    """Return seconds as the page has them."""
    return absent if seconds is None else f'{seconds:.1f}'


PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent), autoescape=True,
                           undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
PAGES.filters.update(sentence=sentence, figure=figure, told=timeline.told)

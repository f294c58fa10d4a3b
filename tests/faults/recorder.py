# SPDX-License-Identifier: Apache-2.0
"""What the probes of the controllers saw: when the store took writes, who was its master, what each side names.

A probe's lines are read from the disk of its host, as this machine has it, so also when the host is off or cut off.
"""

import bisect
import json
import pathlib
import time

PROBE = pathlib.Path(__file__).with_name('probe.py')
UNIT = '''[Unit]
Description=what this controller sees of the store
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/lab-probe.py {conf}
# Until a deployment has brought python-redis.
Restart=on-failure
RestartSec=2
[Install]
WantedBy=multi-user.target
'''
LINES = 'var/lib/lab-probe/lines'

# Seconds between two points of time that are judged, and until a probe that says nothing counts as off: a look takes
# at most a second for each of four daemons.
STEP, SILENCE = 0.1, 5


def install(host, conf):
    """Have the probe on a controller, whose redis server has this file, now and whenever it boots."""
    host.run('cat >/usr/local/lib/lab-probe.py', input=PROBE.read_text())
    host.run('cat >/etc/systemd/system/lab-probe.service && systemctl enable --quiet --now lab-probe',
             input=UNIT.format(conf=conf))


def looks(host, kind, since):
    """What the probe of a host saw from a moment on, oldest first; ``kind`` is write or own."""
    path = host.store / 'upper' / LINES
    text = path.read_text() if path.exists() else ''
    found = []
    # From the end: after half an hour there are as many lines as take half a second of a processor.
    for line in reversed(text.splitlines()):
        # The last line may still be being written.
        look = json.loads(line) if line.endswith('}') else {'kind': None}
        if look['kind'] != kind:
            continue
        if look['asked'] < since:
            break
        found.append(look)
    return found[::-1]


def latest(hosts):
    """What each probe saw last of its own daemons, by the name of the host; None of one that is silent."""
    now, found = time.time(), {}
    for host in hosts:
        seen = looks(host, 'own', now - SILENCE)
        found[host.name] = seen[-1] if seen else None
    return found


def is_master(look):
    """Whether redis was a master that took writes."""
    return look['role'] == 'master' and look['writable']


class Track:
    """What one probe saw, as a function of time."""

    def __init__(self, seen):
        # A write that failed was not possible from when it was asked for, one that succeeded when it had.
        self.moments = [(look['asked'] if look.get('error') else look['time'], look) for look in seen]
        self.moments.sort(key=lambda moment: moment[0])
        self.times = [moment for moment, _ in self.moments]

    def at(self, moment):
        """The look that was the last at a moment; None when the probe was silent then."""
        found = bisect.bisect_right(self.times, moment) - 1
        if found < 0 or moment - self.times[found] >= SILENCE:
            return None
        return self.moments[found][1]


def points(since, until):
    """The points of time that are judged."""
    return [since + number * STEP for number in range(int((until - since) / STEP))]


def spans(values):
    """[(start, end, value)] of (time, value) pairs: runs of the same value, those of a false one left out."""
    found = []
    for moment, value in values:
        if found and found[-1][2] == value and moment - found[-1][1] < STEP / 2:
            found[-1][1] = moment + STEP
        elif value:
            found.append([moment, moment + STEP, value])
    return [tuple(span) for span in found]


def gaps(writes, since, until):
    """[(start, end)] in which no majority of the probes that lived could write; ``writes``: looks by host."""
    tracks = [Track(seen) for seen in writes.values()]

    def refused(moment):
        answers = [look['error'] is None for look in (track.at(moment) for track in tracks) if look]
        return sum(answers) <= len(answers) / 2
    return [(start, end) for start, end, _ in spans((point, refused(point)) for point in points(since, until))]


def masters(owns, since, until):
    """[(start, end, host)] in which the redis server of a host was a master that took writes; ``owns``: by host."""
    found = []
    for name, seen in owns.items():
        track = Track(seen)

        def master(moment, track=track, name=name):
            look = track.at(moment)
            return name if look and is_master(look) else None
        found += spans((point, master(point)) for point in points(since, until))
    return sorted(found)


def alive(owns, since, until):
    """[(start, end, host)] in which a probe spoke."""
    found = []
    for name, seen in owns.items():
        track = Track(seen)
        found += spans((point, name if track.at(point) else None) for point in points(since, until))
    return sorted(found)


def overlap(mastered):
    """Seconds in which more than one server was such a master."""
    edges = sorted([(start, 1) for start, _, _ in mastered] + [(end, -1) for _, end, _ in mastered])
    seconds, count, last = 0, 0, None
    for moment, change in edges:
        if count > 1:
            seconds += moment - last
        count, last = count + change, moment
    return seconds

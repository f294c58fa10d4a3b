# SPDX-License-Identifier: Apache-2.0
"""Seconds of a processor, and megabytes at most, of `ceilometer-redis audit` on a million samples of each form.

With this Python, each form in a process of its own, one after the other. The samples are those of three agents that
share a thousand images, with metadata as Kilo's glance has.
"""

import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid

SAMPLES, IMAGES = 1000000, 1000
INTERVAL = 600
START = datetime.datetime(2017, 3, 1)
FORMS = ('python', 'json', 'array', 'mongoexport', 'csv')


def samples(count):
    """So many samples, as the file publisher has them."""
    # The same each time.
    chance = random.Random(1)
    images = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(IMAGES)]
    for number in range(count):
        cycle, image = divmod(number, IMAGES)
        agent = image % 3
        when = START + datetime.timedelta(seconds=cycle * INTERVAL + agent * 7,
                                          microseconds=chance.randrange(3000000))
        yield {
            'name': 'image.size', 'type': 'gauge', 'unit': 'B', 'volume': 13287936, 'user_id': None,
            'project_id': 'd6e1b2a0c5f84f8f9d3b0f6f1e2d3c4b', 'resource_id': images[image],
            'timestamp': when.isoformat(), 'resource_metadata': {
                'status': 'active', 'is_public': True, 'name': 'image-%d' % image, 'deleted': False,
                'container_format': 'bare', 'created_at': '2017-02-01T10:00:00.000000', 'disk_format': 'qcow2',
                'updated_at': '2017-02-01T10:00:05.000000', 'properties': {'architecture': 'x86_64'}, 'min_disk': 0,
                'protected': False, 'checksum': 'ee1eca47dc88f4879d8a229cc70a07c6', 'deleted_at': None, 'min_ram': 64,
                'size': 13287936},
            'source': 'openstack', 'monotonic_time': None,
            'id': str(uuid.UUID(fields=(number & 0xffffffff, 7, 0x11e6, 0x80, 1, 0x525400000001 + agent)))}


def written(value):
    """A value as Python 2 writes it."""
    if isinstance(value, dict):
        return '{%s}' % ', '.join('u%r: %s' % (key, written(item)) for key, item in value.items())
    return ('u%r' if isinstance(value, str) else '%r') % (value,)


def write(form, count, path):
    """Write samples in a form."""
    with open(path, 'w') as out:
        for number, sample in enumerate(samples(count)):
            if form == 'python':
                out.write('{%s}\n' % ', '.join('%r: %s' % (key, written(item)) for key, item in sample.items()))
            elif form == 'json':
                out.write(json.dumps(sample) + '\n')
            elif form == 'array':
                out.write((', ' if number else '[') + json.dumps(sample))
            elif form == 'mongoexport':
                sample['timestamp'] = {'$date': sample['timestamp'] + 'Z'}
                for name in ('name', 'type', 'unit', 'volume'):
                    sample['counter_' + name] = sample.pop(name)
                sample['message_id'] = sample.pop('id')
                out.write(json.dumps(sample, separators=(',', ':')) + '\n')
            else:
                out.write(('' if number else 'message_id,counter_name,resource_id,timestamp\n') + ','.join(
                    sample[name] for name in ('id', 'name', 'resource_id', 'timestamp')) + '\n')
        out.write(']\n' if form == 'array' else '')


def audit(path):
    """Seconds of a processor, seconds, megabytes at most and the last line of an audit of a file."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, '-m', 'ceilometer_redis', 'audit', path], stdout=subprocess.PIPE,
                               text=True)
    said = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        sys.exit('%s: exit code %d' % (path, process.returncode))
    return {'processor_seconds': round(usage.ru_utime + usage.ru_stime, 2),
            'seconds': round(time.monotonic() - begun, 2), 'megabytes': usage.ru_maxrss // 1024, 'said': said[-1]}


def measure(folder):
    """{form: what its audit took}."""
    found = {}
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for form in FORMS:
            path = os.path.join(place, 'samples')
            write(form, SAMPLES, path)
            found[form] = dict(audit(path), samples=SAMPLES, file_megabytes=os.stat(path).st_size >> 20)
            print('  %-12s %s' % (form, found[form]), flush=True)
    return found

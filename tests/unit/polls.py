# SPDX-License-Identifier: Apache-2.0
"""Polls of three agents that share images, and samples of them as the file publisher writes them."""

import datetime
import itertools
import json
import uuid

START = 1500000000
INTERVAL = 10
IMAGES = ['image-%d' % number for number in range(6)]
SHARES = {'node-1': IMAGES[:3], 'node-2': IMAGES[3:5], 'node-3': IMAGES[5:]}
PHASES = {'node-1': 1.0, 'node-2': 3.0, 'node-3': 5.0}
MACS = {'node-1': '52:54:00:00:00:01', 'node-2': '52:54:00:00:00:02', 'node-3': '52:54:00:00:00:03'}
NUMBERS = itertools.count()


def batch(time, host, resources=None, meter='image.size'):
    """What one agent polls at once; time in seconds after START."""
    return [(START + time, meter, resource, host) for resource in (SHARES[host] if resources is None else resources)]


def steady(cycles=8, drift=0.0, phases=None, meter='image.size'):
    """Three agents, each with its share of the images and its own rhythm."""
    return [poll for cycle in range(cycles) for host, phase in (phases or PHASES).items()
            for poll in batch(cycle * (INTERVAL + drift) + phase, host, meter=meter)]


def without(polls, host, since, until):
    """The polls but those of one host in a time."""
    return [poll for poll in polls if poll[3] != host or not since <= poll[0] - START < until]


def line(time, host, resource, id='id', name='name'):
    """A sample as the file publisher writes it."""
    stamp = datetime.datetime(2017, 7, 14, 2, 40) + datetime.timedelta(seconds=time)
    # Of version 1, and the same in every process that collects the tests.
    identity = uuid.UUID(fields=(next(NUMBERS), 0, 0x1000, 0x80, 0, int(MACS[host].replace(':', ''), 16)))
    fields = {id: str(identity), name: 'image.size', 'resource_id': resource, 'timestamp': stamp.isoformat(),
              'type': 'gauge', 'volume': 1, 'unit': 'B', 'resource_metadata': {'name': u'\xe4'}, 'source': 'openstack'}
    return json.dumps(fields, sort_keys=True).encode('ascii') + b'\n'

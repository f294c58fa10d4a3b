# SPDX-License-Identifier: Apache-2.0
"""The samples the agents make: read from the services host, attributed to the controllers."""

import json

from lab import waiting

SAMPLES = '/var/lib/ceilometer/samples'
IMAGES = 20
INTERVAL = 10  # seconds, as in polling.yaml


def samples(services, since=''):
    """The samples with a ``timestamp`` (UTC, ISO 8601) not before ``since``, oldest first."""
    lines = services.run(f'cat {SAMPLES} 2>/dev/null', check=False).stdout.splitlines()
    known = [json.loads(line) for line in lines if line.endswith('}')]
    return sorted((sample for sample in known if sample['timestamp'] >= since), key=lambda sample: sample['timestamp'])


def await_samples(services):
    """Wait until every image has been polled once: 7 s, and more than 120 s where four labs boot at once."""
    waiting.until(lambda: len({sample['resource_id'] for sample in samples(services)}) == IMAGES, 300,
                  f'{IMAGES} images polled')


def create_alarm_tables(controller):
    """Make the tables of the alarms' database, as Fuel does on one controller."""
    waiting.until(lambda: controller.run('su -s /bin/sh aodh -c aodh-dbsync', check=False).returncode == 0, 60,
                  "the alarms' database")


def macs(hosts):
    """Full names of the hosts by MAC: the last field of a sample's ``id``, which is a version 1 UUID."""
    return {host.mac: host.fqdn for host in hosts}

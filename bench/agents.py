# SPDX-License-Identifier: Apache-2.0
"""Real polling agents of ceilometer, each a process with a configuration of its own."""

import pathlib
import subprocess

from bench.hosts import ENDING
from waiting import wait

PROGRAM = pathlib.Path('.cache', 'bench', 'ceilometer', 'bin', 'ceilometer-polling')
MEMBERS = '_tooz_group:central-global'

CONF = """\
[DEFAULT]
transport_url = fake://
log_file = {folder}/agent.log
[publisher_notifier]
telemetry_driver = noop
[polling]
cfg_file = {folder}/polling.yaml
[service_credentials]
auth_type = password
auth_url = {cloud}/v3
username = {name}
password = any
project_name = services
user_domain_id = default
project_domain_id = default
"""
COORDINATION = """\
[coordination]
backend_url = {url}
"""
POLLING = """\
sources:
- name: objects
  interval: {interval}
  meters: [storage.objects]
"""


class Agents:
    """Agents that poll a cloud; url: of their store, by which they share the work, or None."""

    def __init__(self, folder, cloud, interval, url=None):
        self.folder, self.cloud, self.interval, self.url = folder, cloud, interval, url
        self.processes = []

    def start(self):
        """Start one more; returns its name at once."""
        name = f'agent-{len(self.processes) + 1}'
        folder = self.folder / name
        folder.mkdir(parents=True)
        conf = CONF.format(folder=folder, cloud=self.cloud.url, name=name)
        if self.url is not None:
            conf += COORDINATION.format(url=self.url.replace('$', '$$'))
        (folder / 'ceilometer.conf').write_text(conf)
        (folder / 'polling.yaml').write_text(POLLING.format(interval=self.interval))
        with open(folder / 'said', 'w') as said:
            self.processes.append(subprocess.Popen(
                [*ENDING, PROGRAM, '--polling-namespaces', 'central', '--config-file', folder / 'ceilometer.conf'],
                stdout=said, stderr=said))
        return name

    def start_in_turn(self, count, store):
        """Start so many, each when the one before has joined and begun to poll, as the guard has it."""
        for number in range(1, count + 1):
            name = self.start()
            if self.url is not None:
                wait(lambda number=number: store.hlen(MEMBERS) > number)  # with tooz' own field
            wait(lambda name=name: any(asked.agent == name for asked in list(self.cloud.asked)))

    def end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)

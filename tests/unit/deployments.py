# SPDX-License-Identifier: Apache-2.0
"""A controller's deployment file, and the command that writes it."""

import yaml

from ceilometer_redis.__main__ import main

FILE_OF_NODE_2 = """\
addresses:
- '192.168.0.5'
- '192.168.0.4'
- '192.168.0.3'
agents:
  p_aodh-evaluator:
    config: aodh
    service: aodh-evaluator
  p_ceilometer-agent-central:
    config: ceilometer
    service: ceilometer-agent-central
clients: []
controllers:
- address: '192.168.0.5'
  fqdn: 'node-1.example.com'
  name: 'node-1'
  primary: true
- address: '192.168.0.4'
  fqdn: 'node-2.example.com'
  name: 'node-2'
  primary: false
- address: '192.168.0.3'
  fqdn: 'node-3.example.com'
  name: 'node-3'
  primary: false
coordination:
  backend_url: 'redis://:S3cretS3cret@192.168.0.4:26379?sentinel=ceilometer-redis&sentinel_fallback=192.168.0.5:26379\
&sentinel_fallback=192.168.0.3:26379&db=0&timeout=10&membership_timeout=60&socket_timeout=5'
environment:
  fuel_version: '9.1'
  openstack_version: 'mitaka-9.0'
guard: true
node:
  address: '192.168.0.4'
  fqdn: 'node-2.example.com'
  name: 'node-2'
  primary: false
options: {}
redis:
  min_slaves_max_lag: 10
  min_slaves_to_write: 1
  password: 'S3cretS3cret'
  port: 6379
sentinel:
  down_after: 5000
  failover_timeout: 15000
  master_name: ceilometer-redis
  parallel_syncs: 1
  port: 26379
  quorum: 2
services: []
"""


def keep(data, *names):
    """Only these nodes, the first of them the primary controller."""
    nodes = data['network_metadata']['nodes']
    data['network_metadata']['nodes'] = dict((name, nodes[name]) for name in names)
    return data


ZOOKEEPER = 'zookeeper://user:S3cret$@10.0.0.9:2181?timeout=20'


class Host(object):
    """A controller's two files, and the command on them."""

    def __init__(self, directory, capsys):
        self.astute = directory.join('astute.yaml')
        self.path = directory.join('etc', 'deployment.yaml')
        self.previous = directory.join('etc', 'deployment.yaml.previous')
        self.capsys = capsys

    def run(self, *options):
        """(exit code, lines on standard output, lines on standard error)."""
        code = main(['deployment', '--astute', str(self.astute), '--hiera', self.astute.dirname,
                     '--output', str(self.path)] + list(options))
        out, err = self.capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    def fuel_says(self, data):
        self.astute.write(yaml.safe_dump(data))

# SPDX-License-Identifier: Apache-2.0
"""Three controllers with the plugin's store, as tests/ocf has them: namespaces of this machine with real daemons.

What stands in for the cluster says that all is well there. An agent of each is played by a real member of tooz.
"""

import contextlib
import glob
import json
import os
import pathlib
import subprocess
import sys
import time

import yaml

from bench.figures import Skipped
from ceilometer_redis.guard import access
from ceilometer_redis.pacemaker import guard
from controller import CONF, ENVIRONMENT, Controllers, Era, begin
from waiting import wait

PROJECT = pathlib.Path(__file__).parent.parent

#: The agents of a controller, by their program, and their groups.
AGENTS = {'ceilometer-polling': 'central-global', 'aodh-evaluator': 'alarm_evaluator'}

#: What ends a process with this one, however that ends.
ENDING = ('setpriv', '--pdeathsig', 'KILL')

#: What a Pacemaker says in which every guard has had its turn.
CIB = '<cib have-quorum="1"><configuration><nodes/><resources/><constraints/></configuration><status>%s</status></cib>'
NODE = ('<node_state uname="%s" in_ccm="true"><transient_attributes><instance_attributes>'
        '<nvpair name="%s" value="1"/></instance_attributes></transient_attributes></node_state>')


@contextlib.contextmanager
def three_controllers(folder):
    """Controllers whose store is complete, the first one with its master; raises Skipped for who is not root."""
    if os.geteuid() != 0:
        raise Skipped('only root can make hosts of this machine')
    helper = folder.resolve() / 'helper'
    subprocess.run([sys.executable, 'tools/pack.py', 'helpers', helper], cwd=PROJECT, check=True)
    controllers = Controllers(0, 3, Era('Debian', 'dash'), str(helper))
    try:
        begin(controllers.all)
        yield controllers.all
    finally:
        controllers.end()
        helper.unlink()


def deployment(controller):
    return yaml.safe_load(controller.read('/etc/ceilometer-redis/deployment.yaml'))


def backend_url(controller):
    return deployment(controller)['coordination']['backend_url']


def start_guard(controller):
    """Start the guard, and the agents that it guards; returns these."""
    nodes = ''.join(NODE % (each['fqdn'], guard.TURN) for each in deployment(controller)['controllers'])
    controller.write('/mnt/cib.xml', CIB % nodes)
    controller.replace('/usr/sbin/cibadmin', 'cat /mnt/cib.xml')
    agents = [start_agent(controller, *each) for each in AGENTS.items()]
    controller.start('guard')
    says = '/run/ceilometer-redis-guard/guard.json'
    wait(lambda: controller.read(says).count('is a member') == len(AGENTS))
    # Then it looks less often.
    wait(lambda: not controller.redis().exists(access.LOCK))
    return agents


def start_agent(controller, program, group):
    """Start a member that beats, which the guard knows by the words of its command."""
    controller.shell(f'ln -s {PROJECT}/bench/members.py /mnt/{program}')
    agent = Members(backend_url(controller), controller.network.command(
        controller.index, sys.executable, f'/mnt/{program}'))
    agent.ask('grow', [[f'{program}-{controller.index}', group]])
    return agent


class Members:
    """members.py in a process of its own: members of tooz that beat once a second, as agents up to Ocata do."""

    def __init__(self, url, command=(sys.executable, str(PROJECT / 'bench' / 'members.py'))):
        self.process = subprocess.Popen([*ENDING, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask(url)

    def ask(self, *words):
        """What it answers to words."""
        self.process.stdin.write(json.dumps(words) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()


def daemons(controller):
    """{what: pid on the controller}."""
    found = {agent: controller.pid(agent) for agent in CONF}
    found['guard'], = controller.processes('ceilometer-redis guard')
    if controller.role() == 'master':
        found['redis-server, the master'] = found.pop('redis-server')
    return found


def processor_seconds(controller, pid):
    """What all threads of a process have used, to a nanosecond."""
    paths = glob.glob(controller.path(f'/proc/{pid}/task/*/schedstat'))
    return sum(int(pathlib.Path(path).read_text().split()[0]) for path in paths) / 1e9


def megabytes(controller, pid):
    status = controller.read(f'/proc/{pid}/status').splitlines()
    return int(next(line for line in status if line.startswith('VmRSS:')).split()[1]) / 1024


def seconds_of(controller, *words):
    """How long a command of the helper takes on a controller, whatever it finds, and what of it a processor works."""
    begun, used = time.monotonic(), os.times()
    # As on a controller, where the first Python of PATH is the distribution's.
    controller.run('env', '-i', f'PATH={ENVIRONMENT["PATH"]}', '/usr/local/bin/ceilometer-redis', *words)
    now = os.times()
    return time.monotonic() - begun, (now.children_user + now.children_system
                                      - used.children_user - used.children_system)

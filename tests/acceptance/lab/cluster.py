# SPDX-License-Identifier: Apache-2.0
"""The Pacemaker cluster of the controllers, as a Fuel deployment leaves it before any plugin runs."""

import contextlib
import xml.etree.ElementTree as ElementTree

from lab import hosts, waiting

# Fuel's own OCF agents cannot be had here: systemd's units stand in for ocf:fuel:ceilometer-agent-central and
# ocf:fuel:aodh-evaluator.
AGENTS = {'p_ceilometer-agent-central': 'ceilometer-agent-central', 'p_aodh-evaluator': 'aodh-evaluator'}
PROPERTIES = ('symmetric-cluster=false stonith-enabled=false start-failure-is-fatal=false no-quorum-policy={policy} '
              'cluster-recheck-interval=190s')
UNITS = ('corosync', 'pacemaker')
CONF = '/etc/corosync/corosync.conf'

COROSYNC = '''totem {{
  version: 2
  cluster_name: fuel
  transport: knet
  crypto_cipher: none
  crypto_hash: none
}}
nodelist {{
{nodes}}}
quorum {{
  provider: corosync_votequorum
}}
logging {{
  to_logfile: yes
  logfile: /var/log/corosync/corosync.log
  to_syslog: no
  timestamp: on
}}
'''
NODE = '''  node {{
    ring0_addr: {host.address}
    name: {host.fqdn}
    nodeid: {number}
  }}
'''


def corosync_conf(controllers):
    """corosync.conf for these hosts; Pacemaker knows the nodes by their full names, as on Fuel."""
    nodes = ''.join(NODE.format(host=host, number=hosts.number(host.name)) for host in controllers)
    return COROSYNC.format(nodes=nodes)


def policy(controllers):
    """What a partition without quorum does: on Fuel one or two controllers go on, more stop (its enable_quorum)."""
    return 'stop' if len(controllers) > 2 else 'ignore'


def configuration(controllers):
    """The commands for `crm configure` that make Fuel's properties, simple primitives and their locations."""
    lines = [f'property {PROPERTIES.format(policy=policy(controllers))}']
    for name, unit in AGENTS.items():
        lines.append(f'primitive {name} systemd:{unit} op monitor interval=20 timeout=30'
                     ' op start interval=0 timeout=360 op stop interval=0 timeout=360 meta resource-stickiness=1')
        lines += [f'location {name}-on-{host.fqdn} {name} 100: {host.fqdn}' for host in controllers]
    return '\n'.join(lines) + '\n'


def configure(controllers, timeout=60):
    """Wait until all are online, load the configuration, wait until both agents run."""
    first = controllers[0]
    waiting.until(lambda: set(online(first)) == {host.fqdn for host in controllers}, timeout, 'the cluster is quorate')
    first.run('crm configure load update -', input=configuration(controllers))
    waiting.until(lambda: all(running_on(first, name) for name in AGENTS), timeout, f'{" and ".join(AGENTS)} run')


def absent():
    """Files of a host that is in no cluster yet: an empty unit is a masked one."""
    return {f'/etc/systemd/system/{unit}.service': ('', 0o644) for unit in UNITS}


def is_member(host):
    """Whether a host is in the cluster, or was when it was switched off."""
    return host.run(f'test -e /etc/systemd/system/{UNITS[0]}.service', check=False).returncode != 0


def join(controllers, host):
    """Take a host that is in no cluster into that of the controllers, as Fuel's task `cluster`; wait until it is."""
    if is_member(host):
        return
    members = [member for member in controllers if is_member(member)]
    for member in controllers:
        member.run(f'cat >{CONF}', input=corosync_conf(controllers))
    members[0].run('corosync-cfgtool -R')
    host.run(f'rm {" ".join(absent())} && systemctl daemon-reload && systemctl start {" ".join(UNITS)}')
    waiting.until(lambda: host.fqdn in online(members[0]), 90, f'{host.name} is in the cluster')


def enable_quorum(controllers, host):
    """Let a partition without quorum do what it does with so many controllers, as Fuel's task of this name."""
    host.run(f'crm configure property no-quorum-policy={policy(controllers)}')


def forget(controllers, host):
    """Forget a host that is off, as Fuel does; constraints that name it stay, which not every Fuel removes."""
    for member in controllers:
        member.run(f'cat >{CONF}', input=corosync_conf(controllers))
    controllers[0].run(f'corosync-cfgtool -R && crm_node --force --remove {host.fqdn}')


def hasten(host):
    """Let the next start of the cluster not wait 20 s for a controller that might be in charge already."""
    host.run('crm_attribute --type crm_config --name dc-deadtime --update 1s')


def unhasten(host):
    """As Fuel leaves it again."""
    host.run('crm_attribute --type crm_config --name dc-deadtime --delete')


def online(host):
    """Full names of the nodes that are online and in the cluster, as ``host`` sees it; none while it sees nothing."""
    said = host.run('crm_mon --one-shot --inactive --output-as=xml', check=False).stdout
    try:
        report = ElementTree.fromstring(said)
    except ElementTree.ParseError:  # of a host that is off, or was switched off meanwhile
        return []
    return [node.get('name') for node in report.iterfind("nodes/node[@online='true'][@pending='false']")]


def running_on(host, resource):
    """Full names of the nodes a resource runs on."""
    return host.run(f"crm_resource --locate --quiet --resource '{resource}'", check=False).stdout.split()


@contextlib.contextmanager
def told(host, resource, name, value):
    """A context in which a resource has a meta attribute of an operator's: target-role or is-managed."""
    option = f'crm_resource --resource {resource} --meta'
    host.run(f'{option} --set-parameter {name} --parameter-value {value}')
    try:
        yield
    finally:
        host.run(f'{option} --delete-parameter {name}')


@contextlib.contextmanager
def unattended(host):
    """A context in which Pacemaker looks on and restarts nothing."""
    host.run('crm configure property maintenance-mode=true')
    try:
        yield
    finally:
        host.run('crm configure property maintenance-mode=false')


def failures(host):
    """The failed actions that Pacemaker lists, as `OPERATION on NODE: REASON`."""
    report = ElementTree.fromstring(host.run('crm_mon --one-shot --output-as=xml').stdout)
    return [f'{failure.get("op_key")} on {failure.get("node")}: {failure.get("exitstatus")}'
            for failure in report.findall('failures/failure')]

"""The Pacemaker cluster of the controllers, as a Fuel deployment leaves it before any plugin runs."""

import contextlib
import xml.etree.ElementTree as ElementTree

from lab import waiting

# Fuel's own OCF agents cannot be had here: systemd's units stand in for ocf:fuel:ceilometer-agent-central and
# ocf:fuel:aodh-evaluator.
AGENTS = {'p_ceilometer-agent-central': 'ceilometer-agent-central', 'p_aodh-evaluator': 'aodh-evaluator'}
PROPERTIES = ('symmetric-cluster=false stonith-enabled=false start-failure-is-fatal=false no-quorum-policy=stop '
              'cluster-recheck-interval=190s')

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
    nodes = ''.join(NODE.format(host=host, number=number) for number, host in enumerate(controllers, 1))
    return COROSYNC.format(nodes=nodes)


def configuration(controllers):
    """The commands for `crm configure` that make Fuel's properties, simple primitives and their locations."""
    lines = [f'property {PROPERTIES}']
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


def hasten(host):
    """Let the next start of the cluster not wait 20 s for a controller that might be in charge already."""
    host.run('crm_attribute --type crm_config --name dc-deadtime --update 1s')


def unhasten(host):
    """As Fuel leaves it again."""
    host.run('crm_attribute --type crm_config --name dc-deadtime --delete')


def online(host):
    """Full names of the nodes that are online and in the cluster, as ``host`` sees it."""
    return _words(host, "crm_mon --one-shot --inactive --output-as=xml | sed -n 's/.*<node name=\"\\([^\"]*\\)\".*"
                        " online=\"true\".* pending=\"false\".*/\\1/p'")


def running_on(host, resource):
    """Full names of the nodes a resource runs on."""
    return _words(host, f"crm_resource --locate --quiet --resource '{resource}' 2>/dev/null")


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


def _words(host, command):
    return host.run(command, check=False).stdout.split()

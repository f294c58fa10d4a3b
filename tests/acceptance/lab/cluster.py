"""The Pacemaker cluster of the controllers, as a Fuel deployment leaves it before any plugin runs."""

from lab import waiting

# As Fuel sets them. Its own OCF agents cannot be had here: the systemd units stand in for ocf:fuel:ceilometer-agent-central
# and ocf:fuel:aodh-evaluator.
AGENTS = {'p_ceilometer-agent-central': 'ceilometer-agent-central', 'p_aodh-evaluator': 'aodh-evaluator'}
PROPERTIES = ('symmetric-cluster=false stonith-enabled=false start-failure-is-fatal=false no-quorum-policy=stop '
              'cluster-recheck-interval=190s')


def corosync_conf(controllers):
    """corosync.conf for these hosts; Pacemaker knows the nodes by their full names, as on Fuel."""
    nodes = ''.join(f'  node {{\n    ring0_addr: {host.address}\n    name: {host.fqdn}\n    nodeid: {number}\n  }}\n'
                    for number, host in enumerate(controllers, 1))
    return ('totem {\n  version: 2\n  cluster_name: fuel\n  transport: knet\n  crypto_cipher: none\n  crypto_hash: none\n}\n'
            f'nodelist {{\n{nodes}}}\n'
            'quorum {\n  provider: corosync_votequorum\n}\n'
            'logging {\n  to_logfile: yes\n  logfile: /var/log/corosync/corosync.log\n  to_syslog: no\n  timestamp: on\n}\n')


def configuration(controllers):
    """The commands for `crm configure` that make Fuel's properties, simple primitives and their locations."""
    lines = [f'property {PROPERTIES}']
    for name, unit in AGENTS.items():
        lines.append(f'primitive {name} systemd:{unit} op monitor interval=20 timeout=30 op start interval=0 timeout=360 '
                     'op stop interval=0 timeout=360 meta resource-stickiness=1')
        lines += [f'location {name}-on-{host.fqdn} {name} 100: {host.fqdn}' for host in controllers]
    return '\n'.join(lines) + '\n'


def configure(controllers, timeout=60):
    """Wait until all are online, load the configuration, wait until both agents run."""
    first = controllers[0]
    waiting.until(lambda: set(online(first)) == {host.fqdn for host in controllers}, timeout, 'the cluster is quorate')
    first.run('crm configure load update -', input=configuration(controllers))
    for name in AGENTS:
        waiting.until(lambda: running_on(first, name), timeout, f'{name} runs')


def online(host):
    """Full names of the nodes that are online and in the cluster, as ``host`` sees it."""
    return _words(host, "crm_mon --one-shot --inactive --output-as=xml | sed -n 's/.*<node name=\"\\([^\"]*\\)\".*"
                        " online=\"true\".* pending=\"false\".*/\\1/p'")


def running_on(host, resource):
    """Full names of the nodes a resource runs on."""
    return _words(host, f"crm_resource --locate --quiet --resource '{resource}' 2>/dev/null")


def _words(host, command):
    return host.run(command, check=False).stdout.split()

# SPDX-License-Identifier: Apache-2.0
"""The lab as a whole: up, down, and the lock that lets one at a time do either."""

import concurrent.futures
import contextlib
import fcntl
import shutil
import subprocess
import uuid

from lab import cluster, hosts, nailgun, network, requirements, telemetry, trees, waiting
from lab.failure import Failure

LOCK = hosts.STATE.with_suffix('.lock')
READY = hosts.STATE / 'ready'
MEMBERS = hosts.STATE / 'controllers'
COMPUTES = hosts.STATE / 'computes'
KEPT = hosts.STATE / 'kept'


class Lab:
    """All hosts by name (``hosts``), the ``controllers`` and ``computes`` of the environment, the ``master``, the
    ``services`` host."""

    def __init__(self):
        self.hosts = hosts.table()
        self.master = self.hosts[hosts.MASTER]
        self.services = self.hosts[hosts.SERVICES]
        names = MEMBERS.read_text().split() if MEMBERS.exists() else hosts.CONTROLLERS
        self.controllers = [self.hosts[name] for name in names]
        self.computes = [self.hosts[name] for name in (COMPUTES.read_text().split() if COMPUTES.exists() else ())]

    @property
    def nodes(self):
        """The hosts of the environment, which a deployment changes."""
        return [*self.controllers, *self.computes]

    @property
    def present(self):
        """The hosts that there are, on or off."""
        return [self.master, self.services, *self.nodes]

    @classmethod
    def attach(cls):
        """The lab that is up. Raises Failure when there is none."""
        requirements.check_root()
        lab = cls()
        if not lab._is_up():
            raise Failure('no lab is up; `python3 -m lab up` brings one up')
        if READY.read_text() != hosts.PLATFORM:
            raise Failure(f'PLATFORM: this lab is up with {READY.read_text()!r}, not with {hosts.PLATFORM!r}')
        return lab

    def up(self, say=print, controllers=hosts.CONTROLLERS):
        """Bring everything up to the state a Fuel deployment leaves: quorate cluster, one polling agent, 20 images."""
        requirements.check()
        with _alone():
            if self._is_up():
                raise Failure(f'this lab is up, with PLATFORM={READY.read_text()}; `python3 -m lab down` ends it')
            self._remove()
            self.controllers = [self.hosts[name] for name in controllers]
            self._build(say)
            self._create()
            say('hosts: booting')
            hosts.boot(self.present)
            say("telemetry: making the alarms' tables")
            telemetry.create_alarm_tables(self.controllers[0])
            say('cluster: waiting for quorum')
            cluster.configure(self.controllers)
            say('telemetry: waiting for the first samples')
            telemetry.await_samples(self.services)
            READY.write_text(hosts.PLATFORM)

    def add(self, *names):
        """Add controllers to the environment, which the next deployment takes into the cluster: new, and booted."""
        added = [self.hosts[name] for name in names]
        for host in added:
            self._create_host(host, cluster.absent())
        hosts.boot(added)
        self._set_controllers(self.controllers + added)

    def remove(self, *names):
        """Remove controllers from the environment, as Fuel does before a deployment: off for ever, their disks gone."""
        removed = [self.hosts[name] for name in names]
        for host in removed:
            host.remove()
        self._set_controllers([host for host in self.controllers if host not in removed])
        for host in removed:
            cluster.forget(self.controllers, host)

    def add_compute(self):
        """Add the compute node to the environment, which the next deployment gives its tasks: new, and booted."""
        host = self.hosts[hosts.COMPUTE]
        self._create_host(host, cluster.absent())
        host.boot()
        self._set_computes([host])
        return host

    def remove_compute(self):
        """Remove the compute node from the environment, as Fuel does: off for ever, its disk gone."""
        self.hosts[hosts.COMPUTE].remove()
        self._set_computes([])

    def _set_computes(self, computes):
        self.computes = computes
        COMPUTES.write_text('\n'.join(host.name for host in computes))

    def _set_controllers(self, controllers):
        self.controllers = controllers
        MEMBERS.write_text('\n'.join(host.name for host in controllers))

    def keep(self, name, what):
        """Shut the hosts that a deployment changes down in order, and keep their disks by this name; ``what`` says
        what they were made of."""
        cluster.hasten(self.controllers[0])
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(hosts.Host.shutdown, self._deployed()))
        for host in self._deployed():
            host.keep(name)
        KEPT.mkdir(exist_ok=True)
        (KEPT / name).write_text(what)

    def kept(self, name):
        """What the disks kept by this name were made of, '' when there are none, or none that can be booted: the
        services host, which is never restored, ends with the machine or with a run that was killed."""
        return (KEPT / name).read_text() if (KEPT / name).exists() and self.services.pid() else ''

    def restore(self, name):
        """Boot those hosts with the disks that were kept by this name, and no other controllers."""
        for host in self.controllers:
            host.remove()
        self._set_controllers([host for host in self.hosts.values() if host.is_kept(name) and host is not self.master])
        restored = self.controllers if self._master_is_kept(name) else self._deployed()
        for host in restored:
            host.reset(name)
        hosts.boot(restored)
        names = {host.fqdn for host in self.controllers}
        waiting.until(lambda: set(cluster.online(self.controllers[0])) == names, 60, 'the cluster is quorate', 1)
        cluster.unhasten(self.controllers[0])

    def _master_is_kept(self, name):
        # Only a deployment writes there; a boot without need is a twentieth of what a restore takes of the processors.
        return self.master.pid() and self.master.is_at(name) and not self.master.has_written(nailgun.STATE)

    def _deployed(self):
        return [self.master, *self.controllers]

    def down(self, say=print):
        """Switch off and remove whatever there is of a lab; the cached trees stay."""
        requirements.check_root()
        with _alone():
            self._remove()
            say('the lab is down')

    def _is_up(self):
        # The mark alone may be that of a machine that has been rebooted since.
        return READY.exists() and any(host.pid() for host in self.hosts.values())

    def _build(self, say):
        kinds = {host.tree.name: host.tree for host in self.hosts.values()}.values()
        for tree in kinds:
            tree.build(say)
        trees.prune({*kinds, *map(hosts.controller_tree, hosts.PLATFORMS)}, hosts.trees_in_use())

    def _create(self):
        hosts.STATE.mkdir(mode=0o700, parents=True)
        network.create()
        _keys()
        (hosts.STATE / 'ssh_config').write_text(_ssh_config(self.hosts.values()))
        self._set_controllers(self.controllers)
        corosync = {cluster.CONF: (cluster.corosync_conf(self.controllers), 0o644)}
        for host in self.present:
            self._create_host(host, corosync if host in self.controllers else {})

    def _create_host(self, host, files):
        host.create({
            '/etc/hosts': (_etc_hosts(self.hosts.values()), 0o644),
            '/root/.ssh/authorized_keys': ((hosts.STATE / 'user_key.pub').read_text(), 0o600),
            '/etc/ssh/ssh_host_ed25519_key': ((hosts.STATE / 'host_key').read_text(), 0o600),
            # PAM makes the message of the day, six processes, for each command.
            '/etc/ssh/sshd_config.d/lab.conf': ('UsePAM no\n', 0o644),
            **_own_files(host), **files})

    def _remove(self):
        for host in self.hosts.values():
            host.power_off()
        network.remove()
        for directory in (hosts.STATE, hosts.STORE):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(directory)


@contextlib.contextmanager
def _alone():
    LOCK.parent.mkdir(exist_ok=True)
    with open(LOCK, 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure('another `python3 -m lab` is at work on this lab') from None
        yield


def _keys():
    for name in ('user_key', 'host_key'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', str(hosts.STATE / name)],
                       check=True)
    key = (hosts.STATE / 'host_key.pub').read_text()
    (hosts.STATE / 'known_hosts').write_text(f'lab {key}')


def _ssh_config(all_hosts):
    """For ssh -F and testinfra's --ssh-config: every host by name, fqdn and address."""
    blocks = [f'Host {host.name} {host.fqdn} {host.address}\n  HostName {host.address}\n' for host in all_hosts]
    # The default makes a post-quantum key for each command: 0.07 s of a processor, a tenth of what all scenarios take.
    return ''.join(blocks) + f'''Host *
  User root
  IdentityFile {hosts.STATE}/user_key
  IdentitiesOnly yes
  HostKeyAlias lab
  UserKnownHostsFile {hosts.STATE}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ConnectTimeout 5
  ServerAliveInterval 5
  ServerAliveCountMax 3
  LogLevel ERROR
  KexAlgorithms curve25519-sha256
'''


def _etc_hosts(all_hosts):
    lines = [f'{host.address} {host.fqdn} {host.name}' for host in all_hosts]
    return '\n'.join(['127.0.0.1 localhost', *lines]) + '\n'


def _own_files(host):
    # The name sorts before the 80-container-host0.network that systemd brings, which would ask for DHCP.
    link = f'[Match]\nName=host0\n[Link]\nMACAddress={host.mac}\n[Network]\nAddress={host.address}/24\n' \
           'LinkLocalAddressing=no\n'
    return {
        '/etc/hostname': (f'{host.fqdn}\n', 0o644),
        '/etc/machine-id': (f'{uuid.uuid4().hex}\n', 0o444),
        '/etc/systemd/network/10-host0.network': (link, 0o644),
    }

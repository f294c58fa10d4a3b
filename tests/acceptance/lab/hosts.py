# SPDX-License-Identifier: Apache-2.0
"""The lab's hosts: their table, and one host as a thing that boots, runs commands and fails."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

from lab import waiting
from lab.failure import Failure
from lab.trees import Tree

# Several labs fit on one machine: the digit says which one this is.
NUMBER = os.environ.get('LAB', '0')
STATE = pathlib.Path('/run/ceilometer-redis-lab', NUMBER)
STORES = pathlib.Path('/var/lib/ceilometer-redis-lab')
STORE = STORES / NUMBER
BRIDGE = f'crlab{NUMBER}'
NETWORK = f'10.109.{NUMBER}'
MACHINE = f'{NETWORK}.254'
DOMAIN = 'example.com'
MASTER, SERVICES = 'master', 'services'
# The controllers of a lab unless it is brought up with others, and those that can come later.
CONTROLLERS, SPARES = ('node-1', 'node-2', 'node-3'), ('node-6', 'node-7')
# The compute node that can come later.
COMPUTE = 'node-4'
TREE = 'tree'
# What the controllers are: the suite of Debian and, with it, the era of the agents.
PLATFORMS = ('bookworm', 'bullseye', 'trixie')
PLATFORM = os.environ.get('PLATFORM', PLATFORMS[0])

# systemd-nspawn wants its own /run/systemd/nspawn to be a tmpfs. The overlay lives in the same private mount
# namespace, so that nothing stays mounted when the host is gone, however it went.
START = '''
mount --make-rprivate /
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
# redirect_dir: or a directory of a lower layer cannot be renamed, as it can on a disk.
mount -t overlay overlay -o "lowerdir=$4,upperdir=$1/upper,workdir=$1/work,redirect_dir=on" "$1/root"
exec systemd-nspawn --quiet --directory="$1/root" --machine="$2" --network-bridge="$3" --register=no --keep-unit \\
    --resolv-conf=off --timezone=off --link-journal=no --boot
'''


class Host:
    """One host: ``name``, its last octet in the lab's network and its tree."""

    def __init__(self, name, octet, tree):
        self.name = name
        self.fqdn = f'{name}.{DOMAIN}'
        self.address = f'{NETWORK}.{octet}'
        self.mac = f'52:54:00:10:9d:{octet:02x}'
        self.tree = tree
        self.store = STORE / name
        # systemd-nspawn names the bridge's port after it: "vb-" and at most twelve characters.
        self._machine = f'cr{NUMBER}-{name}'

    def __repr__(self):
        return f'<Host {self.name}>'

    def create(self, files):
        """A fresh overlay over the cached tree; ``files`` (path: (text, mode)) are this lab's own additions to it."""
        for name in ('upper', 'work', 'root'):
            (self.store / name).mkdir(mode=0o755, parents=True)
        (self.store / TREE).symlink_to(self.tree.path)
        for path, (text, mode) in files.items():
            target = self.store / 'upper' / path.lstrip('/')
            self._like_tree(target.parent)
            target.write_text(text)
            target.chmod(mode)

    def remove(self):
        """Switch the host off for ever, its disk gone, or left for ``reset`` if it was kept."""
        self.power_off()
        if not (self.store / 'kept').exists():
            shutil.rmtree(self.store)

    def _like_tree(self, directory):
        """Make ``directory`` in the overlay with the owner and mode it has in the tree."""
        if directory.is_dir():
            return
        self._like_tree(directory.parent)
        directory.mkdir()
        below = self.tree.path / directory.relative_to(self.store / 'upper')
        if below.is_dir():
            shutil.copystat(below, directory)
            os.chown(directory, below.stat().st_uid, below.stat().st_gid)

    def keep(self, name):
        """Keep what was written to this host's disk since it was new or reset, to ``reset`` to it. The host is off."""
        layer = self.store / 'kept' / name
        shutil.rmtree(layer, ignore_errors=True)
        layer.mkdir(parents=True)
        (self.store / 'upper').rename(layer / 'disk')
        if self._below.is_symlink():
            self._below.rename(layer / 'below')
        self.reset(name)

    def is_kept(self, name):
        """Whether there is what ``reset`` of this name goes back to."""
        return (self.store / 'kept' / name).exists()

    def reset(self, name):
        """The disk as it was kept by this name; the host is off, or loses power."""
        self.power_off()
        self._below.unlink(missing_ok=True)
        self._below.symlink_to(self.store / 'kept' / name)
        for directory in ('upper', 'work'):
            shutil.rmtree(self.store / directory, ignore_errors=True)
            (self.store / directory).mkdir(mode=0o755)

    def is_at(self, name):
        """Whether the disk is what was kept by this name, and what was written since."""
        return self._below.is_symlink() and self._below.resolve() == (self.store / 'kept' / name).resolve()

    def has_written(self, path):
        """Whether a file was written since the disk was new or reset."""
        return (self.store / 'upper' / str(path).lstrip('/')).exists()

    def disk(self):
        """The directories that the disk is made of besides the tree, the one that is written to first."""
        layers, layer = [self.store / 'upper'], self._below
        while layer.is_symlink():
            layers.append(layer / 'disk')
            layer /= 'below'
        return layers

    @property
    def _below(self):
        # What was kept, below what is written; of it too, what it was written on.
        return self.store / 'below'

    def start(self):
        """Switch the host on; it is reachable after ``await_ssh``."""
        if self.pid():
            raise Failure(f'{self.name} is running already')
        below = ':'.join(map(str, [*self.disk()[1:], self.store / TREE]))
        with open(STATE / f'{self.name}.console', 'ab') as console:
            process = subprocess.Popen(
                ['unshare', '--mount', 'sh', '-euc', START, 'sh', str(self.store), self._machine, BRIDGE, below],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        (STATE / f'{self.name}.pid').write_text(f'{process.pid} {_started(process.pid)}\n')

    def await_ssh(self, timeout=60):
        """Wait until the host answers over ssh."""
        waiting.until(self._answers, timeout, f'{self.name} answers over ssh')

    def boot(self):
        """Switch on and wait for ssh."""
        self.start()
        self.await_ssh()

    def _answers(self):
        if not self.pid():
            console = (STATE / f'{self.name}.console').read_text(errors='replace')
            raise Failure(f'{self.name} ended while it booted; its last words:\n{console[-800:]}')
        try:
            socket.create_connection((self.address, 22), timeout=1).close()
        except OSError:
            return False
        return self.run('true', check=False).returncode == 0

    def run(self, command, check=True, input=None, timeout=60):
        """Run a shell command over ssh; the completed process with ``stdout`` and ``stderr`` as text.

        Raises Failure when it ends with other than 0 (unless ``check`` is false) or not within ``timeout`` seconds.
        """
        stdin = {'stdin': subprocess.DEVNULL} if input is None else {'input': input}
        try:
            result = subprocess.run(['ssh', '-F', str(STATE / 'ssh_config'), self.name, command], text=True,
                                    timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **stdin)
        except subprocess.TimeoutExpired:
            raise Failure(f'{self.name}: {command.splitlines()[0][:80]}: not done within {timeout} s') from None
        if check and result.returncode:
            tail = '\n'.join((result.stdout + result.stderr).splitlines()[-15:])
            raise Failure(f'{self.name}: {command.splitlines()[0][:80]}: ended with {result.returncode}\n{tail}')
        return result

    def pid(self):
        """The pid of the host's systemd-nspawn on the machine, None when the host is off."""
        try:
            pid, started = (STATE / f'{self.name}.pid').read_text().split()
        except (OSError, ValueError):
            return None
        # By its start, not by its command line: that is empty for the moment of an exec, of which a start has three.
        return int(pid) if _started(pid) == started else None

    def leader(self):
        """The pid, on the machine, of the host's init."""
        pid = self.pid()
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split() if pid else []
        return int(children[0]) if children else None

    def power_off(self):
        """Loss of power: everything on the host ends at once, nothing is told to anybody."""
        for pid in (self.leader(), self.pid()):
            if pid:
                _kill(pid, signal.SIGKILL)
        waiting.until(lambda: not self.pid(), 10, f'{self.name} is off')
        self._unplug()

    def shutdown(self, timeout=180):
        """An orderly shutdown, as by an operator."""
        _kill(self.leader(), signal.SIGRTMIN + 4)
        waiting.until(lambda: not self.pid(), timeout, f'{self.name} shuts down')
        self._unplug()

    def _unplug(self):
        # The kernel would keep the port, and with it the name, for as long as a connection of the dead host lingers.
        subprocess.run(['ip', 'link', 'delete', f'vb-{self._machine}'], stderr=subprocess.DEVNULL)

    def freeze(self):
        """Stop every process of the host where it stands, as a hypervisor's pause does."""
        for pid in self.processes():
            _kill(pid, signal.SIGSTOP)

    def thaw(self):
        """Let a frozen host go on."""
        for pid in self.processes():
            _kill(pid, signal.SIGCONT)

    def processes(self):
        """The pids, on the machine, of all processes of the host."""
        namespace = os.readlink(f'/proc/{self.leader()}/ns/pid')
        return [int(path.name) for path in pathlib.Path('/proc').glob('[0-9]*') if _namespace(path) == namespace]

    def pids(self, pattern):
        """Pids inside the host of the processes whose command line matches ``pattern``."""
        # The bracket keeps the shell that carries the pattern from matching itself.
        found = self.run(f"pgrep -f '[{pattern[0]}]{pattern[1:]}'", check=False).stdout
        return [int(pid) for pid in found.split()]

    def kill(self, pattern, signal_name='KILL'):
        """Send a signal to every process matching ``pattern``; the pids it went to.

        All of them at once: a parent alone would let its workers leave in order, which is no crash.
        """
        pids = self.pids(pattern)
        if not pids:
            raise Failure(f'{self.name}: no process matches {pattern}')
        self.run(f'kill -{signal_name} {" ".join(map(str, pids))}')
        return pids


def boot(those):
    """Switch hosts on at once and wait for ssh on all."""
    for host in those:
        host.start()
    for host in those:
        host.await_ssh()


def _started(pid):
    """When a process began, in the kernel's clock ticks since boot, which no other process of this pid has; None when
    it has ended."""
    try:
        state, *fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return None
    return fields[18] if state != 'Z' else None


def _namespace(process):
    try:
        return os.readlink(process / 'ns/pid')
    except OSError:
        return None


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def trees_in_use():
    """Paths of the trees that hosts of any lab on this machine stand on."""
    return {path.resolve() for path in STORES.glob(f'*/*/{TREE}')}


def table():
    """Every host that the lab can have, by name."""
    hosts = [Host(MASTER, 2, Tree('master')), Host(SERVICES, 3, Tree('services'))]
    # A compute node is of the controllers' tree, which has the agents, and in no cluster.
    hosts += [Host(name, 10 + number(name), controller_tree(PLATFORM)) for name in (*CONTROLLERS, COMPUTE, *SPARES)]
    return {host.name: host for host in hosts}


def controller_tree(platform):
    """The tree of the controllers of a platform: its agents, and on them what every controller has."""
    return Tree('controller', platform, Tree(platform, platform))


def number(name):
    """The number in a node's name: its last octet counts from it, and Corosync knows a controller by that."""
    return int(name.partition('-')[2])

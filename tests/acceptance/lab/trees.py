# SPDX-License-Identifier: Apache-2.0
"""Cached file trees, one per kind of host, built from the machine's own apt sources.

A definition is a directory under ``definitions/``: ``suite`` (a Debian suite), ``packages`` (one per line), ``files/``
(copied over the tree after the packages) and ``setup`` (a shell script, run last and inside the tree). Every tree
stands on another, in the end on that of ``base`` for its suite. A tree's name carries a hash of all that and of this
module, so that a changed definition is a new tree.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import time

from lab.failure import Failure

CACHE = pathlib.Path('/var/cache/ceilometer-redis-lab')
DEFINITIONS = pathlib.Path(__file__).parent / 'definitions'
BASE = 'base'
# What a build sees of the machine's environment: how to reach the network, nothing else.
PASSED_ON = ('http_proxy', 'https_proxy', 'no_proxy', 'PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_CERT',
             'PIP_DEFAULT_TIMEOUT', 'SSL_CERT_FILE')
# Every step of a build has mounts and processes of its own, which end with it, and with the lab however that ends.
CONTAINED = ('setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc')
CA_BUNDLE = pathlib.Path('/etc/ssl/certs/ca-certificates.crt')


class Tree:
    """A tree by the name of its definition; ``suite`` overrides the definition's, ``base`` is what it stands on."""

    def __init__(self, name, suite=None, base=None):
        self.name = name
        self.definition = DEFINITIONS / name
        self.suite = suite or (self.definition / 'suite').read_text().strip()
        self.base = base or (None if name == BASE else Tree(BASE, self.suite))

    @functools.cached_property
    def path(self):
        """Where the finished tree is, or would be."""
        return CACHE / f'{self.name}-{self.suite}-{self.digest()}'

    def digest(self):
        """Twelve hexadecimal digits that stand for everything the tree is made of."""
        digest = hashlib.sha256(self.suite.encode() + pathlib.Path(__file__).read_bytes())
        for path in sorted(self.definition.rglob('*')):
            if path.is_file():
                digest.update(f'{path.relative_to(self.definition)}\0{path.stat().st_mode & 0o111}\0'.encode())
                digest.update(path.read_bytes())
        if self.base:
            digest.update(self.base.digest().encode())
        return digest.hexdigest()[:12]

    def layers(self):
        """The tree and all that it stands on."""
        return [self, *(self.base.layers() if self.base else [])]

    def packages(self):
        """The Debian packages the definition names."""
        return (self.definition / 'packages').read_text().split()

    def build(self, say=print):
        """Build the tree unless it is in the cache; return its path."""
        if self.base:
            self.base.build(say)
        with _cache():
            if not self.path.is_dir():
                self._build(say)
        return self.path

    def _build(self, say):
        started = time.monotonic()
        say(f'tree {self.name} ({self.suite}): {len(self.packages())} packages and what they need')
        part = self.path.with_suffix('.part')
        shutil.rmtree(part, ignore_errors=True)
        with open(self.path.with_suffix('.log'), 'w') as log:
            self._fill(part, log)
        part.rename(self.path)
        self.path.with_suffix('.log').unlink()
        say(f'tree {self.name} ({self.suite}): built in {time.monotonic() - started:.0f} s')

    def _fill(self, part, log):
        if self.base:
            _logged(['cp', '-a', str(self.base.path), str(part)], log)
        else:
            _logged(['debootstrap', '--variant=minbase', '--include=ca-certificates', self.suite, str(part),
                     _mirror()], log)
        _lend_machine(part, self.suite)
        inside(part, 'apt-get update && apt-get install -y --no-install-recommends $PACKAGES', log,
               PACKAGES=' '.join(self.packages()))
        files = self.definition / 'files'
        if files.is_dir():
            _logged(['cp', '-R', f'{files}/.', f'{part}/'], log)
        setup = self.definition / 'setup'
        if setup.exists():
            inside(part, setup.read_text(), log)
        _take_machine_back(part, log)


def prune(trees, in_use):
    """Keep of the cache only ``trees``, what they stand on, and the paths that are ``in_use``."""
    kept = {layer.path for tree in trees for layer in tree.layers()} | in_use
    with _cache():
        for path in set(CACHE.glob('*-*')) - kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def _cache():
    """One builder at a time; a second one waits and then finds the tree."""
    CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    with open(CACHE / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def inside(root, script, log, **variables):
    """Run a shell script in the tree at ``root``, with the network of the machine."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment.update(variables, PATH='/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME='/root',
                       LC_ALL='C.UTF-8', DEBIAN_FRONTEND='noninteractive')
    enter = 'mount -t proc proc "$0/proc" && mount -t sysfs -o ro sysfs "$0/sys" && exec chroot "$0" /bin/sh -euxc "$1"'
    _logged(['sh', '-c', enter, str(root), script], log, env=environment)


def _logged(command, log, env=None):
    log.flush()
    result = subprocess.run([*CONTAINED, *command], env=env, stdin=subprocess.DEVNULL, stdout=log,
                            stderr=subprocess.STDOUT)
    if result.returncode:
        log.flush()
        tail = ''.join(pathlib.Path(log.name).read_text(errors='replace').splitlines(keepends=True)[-15:])
        raise Failure(f'{command[0]} failed with {result.returncode}; its last lines (all in {log.name}):\n{tail}')


def _apt_sources():
    """(address, suite) of every source of the machine's own apt."""
    output = subprocess.run(['apt-get', 'indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages'],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    return [tuple(line.split()) for line in output.splitlines()]


def _codename():
    release = pathlib.Path('/etc/os-release').read_text()
    return next(line.split('=')[1].strip('"') for line in release.splitlines() if line.startswith('VERSION_CODENAME='))


def _mirror():
    codename = _codename()
    for address, suite in _apt_sources():
        if suite == codename:
            return address
    raise Failure(f'apt on this machine has no source for {codename} itself')


def _lend_machine(root, suite):
    """Give the tree the machine's way to its packages, with ``suite`` in place of the machine's own.

    Of another suite than that no updates: mirrors drop those of an old one, which their index still names (bullseye's).
    """
    codename = _codename()
    sources = {f'deb {address} {known.replace(codename, suite)} main' for address, known in _apt_sources()
               if known == codename or suite == codename == known.split('-')[0]}
    (root / 'etc/apt/sources.list').write_text('\n'.join(sorted(sources)) + '\n')
    for directory in ('apt.conf.d', 'auth.conf.d'):
        source, target = pathlib.Path('/etc/apt') / directory, root / 'etc/apt' / f'{directory}'
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
    (root / 'etc/apt/apt.conf.d/00lab').write_text('Dpkg::Options:: "--force-confold";\n')
    (root / 'etc/dpkg/dpkg.cfg.d/lab').write_text('force-unsafe-io\npath-exclude=/usr/share/doc/*\n'
                                                  'path-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n')
    (root / 'etc/resolv.conf').unlink(missing_ok=True)
    shutil.copy('/etc/resolv.conf', root / 'etc/resolv.conf')
    (root / CA_BUNDLE.relative_to('/')).parent.mkdir(parents=True, exist_ok=True)
    if CA_BUNDLE.exists():
        shutil.copy(CA_BUNDLE, root / CA_BUNDLE.relative_to('/'))
    policy = root / 'usr/sbin/policy-rc.d'
    policy.write_text('#!/bin/sh\nexit 101\n')
    policy.chmod(0o755)


def _take_machine_back(root, log):
    """Leave nothing of the machine in the tree: its hosts reach no mirror."""
    inside(root, 'apt-get clean; rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/*; : >/etc/apt/sources.list;'
                 ' update-ca-certificates --fresh', log)
    for directory in ('apt.conf.d', 'auth.conf.d'):
        for path in pathlib.Path('/etc/apt', directory).glob('*'):
            (root / 'etc/apt' / directory / path.name).unlink(missing_ok=True)
    for name in ('usr/sbin/policy-rc.d', 'etc/apt/apt.conf.d/00lab', 'etc/dpkg/dpkg.cfg.d/lab', 'etc/resolv.conf'):
        (root / name).unlink(missing_ok=True)

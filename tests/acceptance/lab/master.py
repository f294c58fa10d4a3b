# SPDX-License-Identifier: Apache-2.0
"""The lab's Fuel master: installing plugins with the real Fuel client, and asking the stand-in for Nailgun."""

import json
import pathlib
import subprocess
import urllib.error
import urllib.request

from lab import hosts, nailgun, waiting
from lab.failure import Failure

PLUGIN = 'ceilometer-redis'
TREE = f'{nailgun.PLUGINS}/{PLUGIN}-2.0'
PORT = nailgun.ADDRESS[1]


def start(host):
    """(Re)start the stand-in for Nailgun with the code that is here; it forgets nothing."""
    host.run('cat >/usr/local/lib/nailgun.py && systemctl restart nailgun',
             input=pathlib.Path(nailgun.__file__).read_text())
    waiting.until(lambda: _answers(host), 20, 'Nailgun answers')


def install(host, package):
    """`fuel plugins --install` of a package file (.fp or .rpm), as an operator does; what the client says."""
    package = pathlib.Path(package)
    start(host)
    subprocess.run(['scp', '-q', '-F', str(hosts.STATE / 'ssh_config'), str(package), f'{host.name}:/var/'], check=True)
    return host.run(f'cd /var && fuel plugins --install {package.name}', timeout=120).stdout


def remove(host):
    """`fuel plugins --remove`, and the tree with it, which the client leaves behind when it came from an .fp."""
    version = next((plugin['version'] for plugin in api(host, 'plugins') if plugin['name'] == PLUGIN), None)
    if version:
        host.run(f'fuel plugins --remove {PLUGIN}=={version}', timeout=120)
    host.run(f'rm -rf {TREE}')


def installed(host):
    """The installed plugin's tree: of each path its mode and, of a file, its SHA-256."""
    listing = host.run(f"cd {TREE} && find . -printf '%P %M\\n' &&"
                       " find . -type f -printf '%P ' -exec sha256sum {} ';'")
    tree = {}
    for line in listing.stdout.splitlines():
        path, fact = line.split(' ')[:2]
        tree.setdefault(path, []).append(fact)
    return tree


def api(host, path, body=None, method='PUT'):
    """What Nailgun answers to GET /api/v1/PATH, or to ``method`` with ``body``. Raises Failure with what it refuses."""
    request = urllib.request.Request(f'http://{host.address}:{PORT}/api/v1/{path}',
                                     method='GET' if body is None else method,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise Failure(f'Nailgun: {error.code} {json.load(error)["message"]}') from None


def _answers(host):
    try:
        return api(host, 'version')
    except OSError:
        return None

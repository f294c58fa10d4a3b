# SPDX-License-Identifier: Apache-2.0
"""The Fuel client installs both packages of the plugin on a master, where Nailgun takes it."""

import pytest

from lab import master
from lab.failure import Failure

KINDS = ('fp', 'rpm')


@pytest.fixture
def fuel(lab, packages):
    """The lab's master as it was before any plugin; what was there before is there again afterwards."""
    host = lab.master
    host.run('systemctl stop nailgun; if [ -e /var/lib/nailgun ]; then mv /var/lib/nailgun /var/lib/nailgun.kept; fi')
    clear(host)
    yield host
    clear(host)
    host.run('systemctl stop nailgun; rm -rf /var/lib/nailgun')
    if host.run('[ -e /var/lib/nailgun.kept ]', check=False).returncode == 0:
        host.run('mv /var/lib/nailgun.kept /var/lib/nailgun')
        master.install(host, packages['rpm'])


def clear(host):
    """Take the plugin's package and tree away behind Nailgun's back."""
    host.run(f'rm -rf {master.TREE};'
             ' if rpm --query --quiet ceilometer-redis-2.0; then rpm --erase ceilometer-redis-2.0; fi')


def registered(host):
    return [(plugin['name'], plugin['version'], plugin['package_version']) for plugin in master.api(host, 'plugins')]


@pytest.mark.parametrize('kind', KINDS)
def test_the_client_installs_the_plugin_and_lists_it(fuel, packages, kind):
    assert 'was successfully installed' in master.install(fuel, packages[kind])
    listed = fuel.run('fuel plugins --list').stdout.splitlines()[-1]
    assert [cell.strip() for cell in listed.split('|')][1:4] == ['ceilometer-redis', '2.0.2', '3.0.0']
    assert registered(fuel) == [('ceilometer-redis', '2.0.2', '3.0.0')]


def test_both_packages_leave_the_same_tree(fuel, packages):
    trees = []
    for kind in KINDS:
        master.install(fuel, packages[kind])
        trees.append(master.installed(fuel))
        master.remove(fuel)
    assert trees[0] == trees[1]
    assert trees[0]['deployment_scripts/ceilometer-redis'][0] == '-rwxr-xr-x'


@pytest.mark.parametrize('kind', KINDS)
def test_installing_again_changes_nothing(fuel, packages, kind):
    master.install(fuel, packages[kind])
    tree = master.installed(fuel)
    said = master.install(fuel, packages[kind])
    assert kind == 'fp' or 'Nothing to do' in said
    assert master.installed(fuel) == tree
    assert registered(fuel) == [('ceilometer-redis', '2.0.2', '3.0.0')]


def test_registering_the_same_version_again_is_a_conflict(fuel, packages):
    master.install(fuel, packages['fp'])
    plugin, = master.api(fuel, 'plugins')
    with pytest.raises(Failure, match='409'):
        master.api(fuel, 'plugins', plugin, 'POST')


def test_the_client_removes_the_plugin(fuel, packages):
    master.install(fuel, packages['rpm'])
    master.remove(fuel)
    assert registered(fuel) == []
    assert fuel.run(f'ls -d {master.TREE}', check=False).returncode != 0


def test_nodes_can_fetch_scripts_and_packages(fuel, lab, packages):
    master.install(fuel, packages['rpm'])
    node = lab.controllers[0]
    listing = node.run(f'rsync rsync://{fuel.address}:/plugins/ceilometer-redis-2.0/deployment_scripts/').stdout
    assert 'ceilometer-redis' in listing.split()
    repository = f'http://{fuel.address}:8080/plugins/ceilometer-redis-2.0/repositories/trusty'
    assert 'Package: redis-server\n' in node.run(f'curl -fsS {repository}/Packages.gz | gunzip').stdout

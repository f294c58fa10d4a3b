# SPDX-License-Identifier: Apache-2.0
"""What Fuel does on the nodes of a 9.x environment: their data, the plugin's files and packages, its tasks.

Nailgun's graph and Astute's executor in one, for the tasks that plugins bring; of Fuel's own tasks only the order they
impose on those is left (their work is done in the lab's trees). A real environment also runs a failed task up to three
times; here the first failure is the end, so that nothing hides behind a second run.
"""

import collections
import concurrent.futures
import copy
import graphlib
import itertools
import pathlib
import re
import time

import yaml

from lab import cluster, hosts, master
from lab.failure import Failure
from lab.nailgun import CORE_TASKS

# What a real Nailgun of 9.2 serialised for the nodes of two environments.
RECORDED = pathlib.Path(__file__).parents[2] / 'data' / 'astute'
# The compute node of the first of them; in the lab it has another name and number.
COMPUTE = 'node-6'
# All that the data of another release have of their own, for platforms whose agents are of that release.
RELEASES = {'bullseye': {'fuel_version': '11.0', 'openstack_version': 'ocata-11.0'}}
# A node's file of the release whose data are in /etc/hiera: its keys are node.yaml's, the rest is cluster.yaml's.
HIERA = RECORDED / '11.0' / 'node-47.primary-controller.node.yaml'
# Of Fuel's own tasks, those that take new controllers into the cluster: their groups, and what does their work here.
# The first of them, which 8.0 and later have, is beside the second on the way from `hosts` to `virtual_ips`.
PRIMARY_CLUSTER = 'primary-cluster'
JOINING = {PRIMARY_CLUSTER: (['primary-controller'], cluster.join),
           'cluster': (['controller'], cluster.join),
           'enable_quorum': (['primary-controller'], cluster.enable_quorum)}
CONDITION = re.compile(r'settings:([\w-]+)\.([\w-]+)\.value == (true|false)')
# Exit codes of `puppet apply --detailed-exitcodes` that mean success: whether anything changed.
CHANGED = {0: False, 2: True}

Run = collections.namedtuple('Run', 'task node changed seconds output')
Run.__doc__ = 'One task on one node: what Puppet did there.'


def deploy(lab, settings=None, enabled=True, say=print, absent=()):
    """Deploy the installed plugin on controllers and compute nodes; one Run per task and node, in the order they ended.

    ``settings`` (name: value) are set in the environment first; those not named keep their value. Not ``enabled``, the
    plugin is switched off there: it has no tasks then, and the nodes' data nothing of it. Those that are ``absent`` are
    in the others' data but not deployed. Raises Failure for what Nailgun refuses and for the first task that fails.
    """
    editable = configure(lab.master, settings or {}, enabled)
    delivered = master.api(lab.master, 'clusters/1/orchestrator/deployment')
    tasks = [task for task in master.api(lab.master, 'clusters/1/deployment_tasks')
             if holds(task.get('condition'), editable)]
    if not all(map(cluster.is_member, lab.controllers)):
        tasks += [{'id': name, 'groups': groups} for name, (groups, _) in JOINING.items()]
    names = [host.name for host in lab.controllers]
    nodes = {host.name: host for host in lab.nodes if host not in absent}
    data = {name: node_data(recorded(name, names), lab, delivered, editable) for name in nodes}
    with concurrent.futures.ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(lambda name: prepare(nodes[name], data[name], say), nodes))
        report = []
        for batch in batches(tasks, {name: data[name]['roles'] for name in nodes}):
            report += pool.map(lambda run: perform(run[0], nodes[run[1]], lab, say), batch)
    return report


def configure(host, settings, enabled=True):
    """Switch the plugin on or off in the environment, with these settings; the environment's settings thereafter."""
    editable = master.api(host, 'clusters/1/attributes')['editable']
    if master.PLUGIN not in editable:
        raise Failure(f'{master.PLUGIN} is not installed on the master')
    group = editable[master.PLUGIN]
    group['metadata']['enabled'] = enabled
    for name, value in settings.items():
        group['metadata']['versions'][0].setdefault(name, {})['value'] = value
    return master.api(host, 'clusters/1/attributes', {'editable': {master.PLUGIN: group}})['editable']


def recorded(name, controllers=hosts.CONTROLLERS):
    """The recorded data of the node of this name in an environment with these controllers, the first the primary one.

    Other than the usual ones, they are some of an environment that was recorded with all that the lab can have, but no
    compute node.
    """
    if list(controllers) == list(hosts.CONTROLLERS):
        return _recorded('9.2', name)
    data = _recorded('9.2-five-controllers', name)
    nodes = data['network_metadata']['nodes']
    primary, other = (nodes[each]['node_roles'] for each in hosts.CONTROLLERS[:2])
    for each in controllers:
        nodes[each]['node_roles'] = primary if each == controllers[0] else other
    data['roles'] = nodes[name]['node_roles']
    for absent in set(hosts.CONTROLLERS + hosts.SPARES) - set(controllers):
        del nodes[absent]
    return data


def _recorded(environment, name):
    own = environment == '9.2'
    path, = (RECORDED / environment).glob(f'{COMPUTE if own and name == hosts.COMPUTE else name}.*.yaml')
    text = path.read_text()
    return yaml.safe_load(_renamed(text) if own else text)


def _renamed(text):
    """Recorded data with the compute node's name and number in the lab."""
    number = hosts.number
    return re.sub(rf"\b{COMPUTE}\b", hosts.COMPUTE, text).replace(f"'{number(COMPUTE)}'", f"'{number(hosts.COMPUTE)}'")


def node_data(data, lab, delivered, editable):
    """A node's data: ``data`` recorded from a real environment, moved to the lab's addresses, with the plugins' part as
    ``delivered`` and the components as in the settings."""
    data = {key: value for key, value in data.items() if key != master.PLUGIN}
    nodes = data['network_metadata']['nodes']
    if not lab.computes:
        nodes.pop(hosts.COMPUTE, None)
    moved = {nodes[host.name]['network_roles']['management']: host.address for host in lab.nodes}
    moved.update({f'{old}/24': f'{new}/24' for old, new in moved.items()})
    data = _replaced({**data, **copy.deepcopy(delivered)}, moved)
    data['master_ip'] = lab.master.address
    data.update(RELEASES.get(hosts.PLATFORM, {}))
    data['ceilometer']['enabled'] = editable['additional_components']['ceilometer']['value']
    return data


def files(data):
    """The files in which Fuel of the platform's release gives a node its data, as texts by their paths."""
    if hosts.PLATFORM not in RELEASES:
        return {'/etc/astute.yaml': _dump(data)}
    own = yaml.safe_load(HIERA.read_text())
    return {'/etc/astute.yaml': (HIERA.parent / 'astute.yaml').read_text(),
            '/etc/hiera/cluster.yaml': _dump({key: value for key, value in data.items() if key not in own}),
            '/etc/hiera/node.yaml': _dump({key: value for key, value in data.items() if key in own})}


def _dump(data):
    return yaml.safe_dump(data, default_flow_style=False)


def _replaced(data, table):
    """``data`` with every string that is a key of ``table`` replaced by its value there."""
    if isinstance(data, dict):
        return {key: _replaced(value, table) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(value, table) for value in data]
    return table.get(data, data) if isinstance(data, str) else data


def holds(condition, editable):
    """Whether a task's condition holds for these settings. Raises Failure for a form other than the one known here."""
    if condition is None:
        return True
    match = CONDITION.fullmatch(condition)
    if not match:
        raise Failure(f'condition {condition!r}: only "settings:GROUP.NAME.value == true|false" is known here')
    group, name, value = match.groups()
    return editable[group][name]['value'] is (value == 'true')


def batches(tasks, roles):
    """The tasks in the order of Fuel 9.x, as lists of (task, node) that may run at the same time.

    ``roles`` are the roles of each node. 9.x keeps no order but the edges'.
    """
    where = {PRIMARY_CLUSTER: [node for node in roles if 'primary-controller' in roles[node]]}
    where.update({task['id']: [node for node in roles if set(of_roles(task)) & set(roles[node])] for task in tasks})
    runs = {(task['id'], node): task for task in tasks for node in where[task['id']]}
    sorter = graphlib.TopologicalSorter()
    for later, earlier in itertools.chain(_core_edges(roles, where), _edges(runs, where)):
        sorter.add(later, earlier)
    for run in runs:
        sorter.add(run)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise Failure(f'the tasks form a cycle: {" -> ".join(" on ".join(run) for run in error.args[1])}') from None
    while sorter.is_active():
        batch = []
        while ready := sorter.get_ready():
            batch += [run for run in ready if run in runs]
            sorter.done(*(run for run in ready if run not in runs))
        if batch:
            yield [(runs[run], run[1]) for run in sorted(batch)]
            sorter.done(*batch)


def of_roles(task):
    """The roles of the nodes that have a task: of the deployment itself they are its groups."""
    return task.get('groups', task.get('role', ()))


def _core_edges(roles, where):
    """The order of Fuel's own tasks, as pairs of runs, the later first."""
    for node in roles:
        for earlier, later in itertools.pairwise(CORE_TASKS):
            yield (later, node), (earlier, node)
    for node, other in itertools.permutations(roles, 2):
        yield ('post_deployment_start', node), ('deploy_end', other)
    for node in where[PRIMARY_CLUSTER]:
        yield (PRIMARY_CLUSTER, node), ('hosts', node)
        yield ('virtual_ips', node), (PRIMARY_CLUSTER, node)


def _edges(runs, where):
    """What tasks say of their order, as pairs of runs, the later first: requires and required_for hold on one node,
    cross-depends and cross-depended-by (by name here) for every node that has the other task."""
    for run, task in runs.items():
        yield from ((run, (other, run[1])) for other in task.get('requires', ()))
        yield from (((other, run[1]), run) for other in task.get('required_for', ()))
        yield from ((run, (cross['name'], other)) for cross in task.get('cross-depends', ())
                    for other in where.get(cross['name'], ()))
        yield from (((cross['name'], other), run) for cross in task.get('cross-depended-by', ())
                    for other in where.get(cross['name'], ()))


def prepare(node, data, say):
    """The node's data, then Fuel's own tasks plugins_rsync and plugins_setup_repositories."""
    started = time.monotonic()
    for path, text in files(data).items():
        # Fuel makes /etc/hiera.
        directory = path.rpartition('/')[0]
        node.run(f'umask 077 && mkdir -p {directory} && cat >{path}.new && mv {path}.new {path}', input=text)
    for plugin in data['plugins']:
        for scripts in plugin['scripts']:
            path = scripts['local_path']
            node.run(f'mkdir -p {path} && rsync -c -r --delete {scripts["remote_url"]} {path}')
        for repository in plugin['repositories']:
            release = node.run(f'curl -fsS {repository["uri"]}/Release').stdout
            for path, text in apt_files(repository, release).items():
                node.run(f'cat >{path}', input=text)
    node.run('apt-get update', timeout=120)
    say(f'plugins_rsync, plugins_setup_repositories on {node.name}: {time.monotonic() - started:.0f} s')


def apt_files(repository, release):
    """What puppetlabs-apt writes for a plugin's repository: its source, and its pin by the Label in its Release file.

    Fuel's generate_plugins_pins (fuel-library 9.0) also knows Origin, Suite and Codename, which fpb does not write.
    """
    label = re.search(r'^Label: (.*)', release, re.MULTILINE).group(1)
    name = repository['name']
    return {
        f'/etc/apt/sources.list.d/{name}.list':
            f'deb {repository["uri"]} {repository["suite"]} {repository["section"]}'.rstrip() + '\n',
        f'/etc/apt/preferences.d/{name}.pref':
            f'Package: *\nPin: release l={label}\nPin-Priority: {repository["priority"]}\n',
    }


def perform(task, node, lab, say):
    """Run a task on a node."""
    if task['id'] not in JOINING:
        return puppet(task, node, say)
    started = time.monotonic()
    _, act = JOINING[task['id']]
    act(lab.controllers, node)
    return Run(task['id'], node.name, True, time.monotonic() - started, '')


def puppet(task, node, say):
    """Apply a task's manifest on a node as Astute does (mcagents/puppetd.rb), the exit code detailed."""
    if task['type'] != 'puppet':
        raise Failure(f'{task["id"]}: tasks of type {task["type"]} are not known here')
    parameters = task['parameters']
    cwd = parameters['cwd']
    started = time.monotonic()
    result = node.run(f'cd {cwd} && LC_ALL=C.UTF-8 puppet apply {cwd}{parameters["puppet_manifest"]}'
                      f' --modulepath {parameters["puppet_modules"]} --detailed-exitcodes --trace --reports none'
                      ' --color false --logdest console --logdest /var/log/puppet.log',
                      check=False, timeout=parameters['timeout'])
    seconds = time.monotonic() - started
    if result.returncode not in CHANGED:
        said = [line for line in (result.stdout + result.stderr).splitlines() if not line.startswith('/usr/lib/ruby')]
        tail = '\n'.join(said[-25:])
        raise Failure(f'{task["id"]} on {node.name}: puppet ended with {result.returncode}\n{tail}')
    changed = CHANGED[result.returncode]
    say(f'{task["id"]} on {node.name}: {"changed" if changed else "no change"}, {seconds:.0f} s')
    return Run(task['id'], node.name, changed, seconds, result.stdout + result.stderr)

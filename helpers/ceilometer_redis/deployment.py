"""The deployment file: what Fuel's data mean for this node. The only reader of Fuel's data.

/etc/astute.yaml has the shapes that Nailgun 7.0, 8.0 and 9.2 serialise (tests/data/astute); how the result looks and
who reads it is in doc/architecture.rst.
"""

from __future__ import print_function

import collections
import errno
import os
import re
import socket
import sys
import tempfile

import yaml

from ceilometer_redis import backend_url, meters, service, settings
from ceilometer_redis.errors import BadInput

ASTUTE = '/etc/astute.yaml'
PATH = '/etc/ceilometer-redis/deployment.yaml'
PLUGIN = 'ceilometer-redis'
MASTER_NAME = 'ceilometer-redis'

# A failed election is tried again only after twice this time (milliseconds).
FAILOVER_TIMEOUT = 15000

CENTRAL = ('p_ceilometer-agent-central', {'service': 'ceilometer-agent-central', 'config': 'ceilometer'})
ALARM_EVALUATOR = ('p_ceilometer-alarm-evaluator', {'service': 'ceilometer-alarm-evaluator', 'config': 'ceilometer'})
AODH_EVALUATOR = ('p_aodh-evaluator', {'service': 'aodh-evaluator', 'config': 'aodh'})

# Roles by Fuel's names for them.
CONTROLLER = frozenset(['primary-controller', 'controller'])
COMPUTE = 'compute'

NOTIFICATION_AGENT = 'ceilometer-agent-notification'

# What makes an agent of that role coordinate, in ceilometer.conf (openstack/ceilometer, tags 2015.1.4, 5.0.5, 6.1.3,
# 7.0.5 and 8.1.5). The queues are ceilometer's default, said because all agents need the same number: a lower one loses
# what waits in the others, so it does not follow the number of controllers.
NOTIFICATION = {'notification/workload_partitioning': 'true'}
NOTIFICATION_QUEUES = dict(NOTIFICATION, **{'notification/pipeline_processing_queues': '10'})
INSTANCES = {'compute/workload_partitioning': 'true'}
DISCOVERY = {'compute/instance_discovery_method': 'workload_partitioning'}

# Its former section, [central], is the deprecated name of this one in all these releases.
PREFIX = 'polling/partitioning_group_prefix'

#: What an OpenStack release has: evaluator of alarms; tooz, which stands for the installed one while there is none, so
#: that a second deployment finds the same options; options of the notification agent; service (which Fuel declares
#: through openstack/puppet-ceilometer) and options of the compute agent.
Release = collections.namedtuple('Release', 'evaluator tooz notification compute_agent compute')

# By Fuel's openstack_version.
RELEASES = {
    '2015.1.0-7.0': Release(ALARM_EVALUATOR, (0, 13), NOTIFICATION, 'ceilometer-agent-compute', INSTANCES),
    'liberty-8.0': Release(ALARM_EVALUATOR, (1, 24), NOTIFICATION_QUEUES, 'ceilometer-agent-compute', INSTANCES),
    'mitaka-9.0': Release(AODH_EVALUATOR, (1, 34), NOTIFICATION_QUEUES, 'ceilometer-polling', INSTANCES),
    'newton-10.0': Release(AODH_EVALUATOR, (1, 43), NOTIFICATION_QUEUES, 'ceilometer-polling', INSTANCES),
    'ocata-11.0': Release(AODH_EVALUATOR, (1, 48), NOTIFICATION_QUEUES, 'ceilometer-polling', DISCOVERY),
}

# The parts of a deployment about a store of its own.
STORE = ('redis', 'sentinel', 'coordination')

#: Parts of every deployment file, and of a controller's.
PARTS = ('node', 'options', 'services')
CONTROLLER_PARTS = PARTS + ('controllers', 'addresses', 'clients', 'coordination', 'agents', 'guard')

SECRET = ('redis.password', 'coordination.backend_url', 'options.coordination/backend_url.value',
          'former.redis.password', 'former.coordination.backend_url')


def build(astute, tooz_version=None):
    """The deployment as a dictionary, from the content of /etc/astute.yaml.

    tooz_version: of the tooz that ceilometer uses here, as a tuple; None: the one of the OpenStack release.
    Raises BadInput naming the setting or the key of astute.yaml.
    """
    release = _release(astute)
    chosen = settings.checked(_plugin(astute))
    controllers = _controllers(astute)
    addresses = [controller['address'] for controller in controllers]
    tooz_version = tooz_version or release.tooz
    if _is_compute(astute):
        return _compute_deployment(astute, release, chosen, addresses, tooz_version)
    deployment = {
        'environment': _environment(astute),
        'node': _this_node(astute, controllers),
        'controllers': controllers,
        'addresses': addresses,
        'clients': [compute['address'] for compute in _computes(astute)] if chosen['coordinate_compute'] else [],
        'agents': dict([CENTRAL, release.evaluator] if chosen['coordinate_alarms'] else [CENTRAL]),
        'options': _options(release.notification if chosen['coordinate_notification'] else {}, chosen),
        'services': [NOTIFICATION_AGENT] if chosen['coordinate_notification'] else [],
        'guard': chosen['guard'],
    }
    store = _existing_service if chosen['store'] == 'existing' else _own_store
    deployment.update(store(deployment, chosen, tooz_version))
    return deployment


def has_store(deployment):
    """Whether the environment has a store of its own, and does not use an existing service."""
    return 'redis' in deployment


def keep_former(deployment, path, conf_dir):
    """Give a deployment without a store, as `former`, that of the deployment file in force while the daemons are here.

    They serve the agents until those have moved, which a service that cannot be joined puts off.
    """
    if has_store(deployment) or not os.path.exists(os.path.join(conf_dir, 'redis.conf')):
        return
    try:
        in_force = with_store(_read_mapping(path))
    except (EnvironmentError, BadInput):
        return
    if has_store(in_force):
        deployment['former'] = dict((part, in_force[part]) for part in STORE)


def keep_released(deployment, path):
    """Name, as `released`, the agents that coordinated by the deployment file in force and no longer do.

    They have to become Fuel's again here: their store would go without them.
    """
    try:
        in_force = _read_mapping(path)
    except (EnvironmentError, BadInput):
        return
    known = dict(in_force.get('released', {}), **in_force.get('agents', {}))
    released = dict(item for item in known.items() if item[0] not in deployment.get('agents', {}))
    if released:
        deployment['released'] = released


def with_store(deployment):
    """The deployment as the daemons here see it: with its own store, or with the former one that still runs."""
    return dict(deployment, **deployment.get('former', {}))


def without_former(path):
    """Forget the former store in a deployment file; the rest of the file stays."""
    deployment = load(path)
    if deployment.pop('former', None):
        write(deployment, path)


def _compute_deployment(astute, release, chosen, addresses, tooz_version):
    """A compute node's deployment: nothing but what its agent needs, if it is to coordinate."""
    deployment = {
        'environment': _environment(astute),
        'node': _described(_own(astute)[0]),
        'options': {},
        'services': [],
    }
    if chosen['coordinate_compute']:
        url = _backend_url(addresses, chosen, tooz_version)
        deployment['client'] = service.client(url)
        deployment['options'] = _options(release.compute, chosen)
        # oslo.config takes a single $ for the beginning of a variable.
        deployment['options']['coordination/backend_url'] = {'value': url.replace('$', '$$'), 'secret': True}
        deployment['services'] = [release.compute_agent]
    return deployment


def _environment(astute):
    return {'fuel_version': '%s' % astute.get('fuel_version', ''), 'openstack_version': astute['openstack_version']}


def _backend_url(addresses, chosen, tooz_version):
    url = chosen['backend_url']
    if url is None:
        return backend_url.render(addresses, chosen['sentinel_port'], chosen['redis_password'], MASTER_NAME,
                                  tooz_version)
    if url.startswith('zookeeper:') and tooz_version < service.SINCE_ZOOKEEPER:
        raise BadInput('backend_url', 'kazoo:// is allowed: tooz before 0.16 knows zookeeper by that name alone')
    return url


def _options(values, chosen):
    """Options of a role and, if set, the prefix of all polling agents, as Puppet's ceilometer_config takes them."""
    prefix = chosen['partitioning_group_prefix']
    values = dict(values, **({PREFIX: prefix} if prefix else {}))
    return dict((name, {'value': value}) for name, value in values.items())


def own_first(node, addresses):
    """The controllers' addresses in the order in which a node asks them: its own, which costs nothing, first."""
    return [node['address']] + [address for address in addresses if address != node['address']]


def warnings(deployment, tooz_version=None):
    """Sentences about what is allowed but worse than it could be."""
    found = []
    if not has_store(deployment):
        return found
    count = len(deployment['controllers'])
    if count % 2 == 0:
        found.append('%d controllers survive the loss of no more of them than %d would: the sentinels need %d of %d to '
                     'agree on a new master' % (count, count - 1, deployment['sentinel']['quorum'], count))
    if tooz_version and tooz_version < backend_url.SINCE_FAILOVER:
        found.append('tooz %s does not follow the master to another controller (0.13.2 and newer do): agents need a '
                     'restart after a failover' % '.'.join('%d' % number for number in tooz_version))
    return found


def refuse_other_ports(deployment, conf_dir):
    """Raise BadInput, naming the setting, if a daemon here has another port: it is chosen with the first deployment.

    While the daemons moved one after another, none of them would know where the others are.
    """
    for daemon in ('redis', 'sentinel') if has_store(deployment) else ():
        conf = os.path.join(conf_dir, daemon + '.conf')
        if not os.path.exists(conf):
            continue
        with open(conf) as lines:
            found = re.search(r'^port (\d+)', lines.read(), re.MULTILINE)
        if found and int(found.group(1)) != deployment[daemon]['port']:
            raise BadInput(daemon + '_port', '%s is allowed, the port in %s; for another one, deploy with the plugin '
                           'switched off first' % (found.group(1), conf))


def switched_off(path=ASTUTE):
    """Whether Fuel's data say clearly that the plugin is off in this environment.

    8.0 and later name it neither among the plugins nor else, 7.0 has its part with metadata.enabled false. A file that
    cannot be parsed, has no such controller or compute node as this, or does not say which, is no word of the
    operator's: False.
    """
    try:
        astute = _read_mapping(path)
        controllers = _controllers(astute)
        if not _is_compute(astute):
            _this_node(astute, controllers)
        if PLUGIN in astute:
            return astute[PLUGIN]['metadata']['enabled'] is False
        # 8.0 has a list of names.
        plugins = [plugin['name'] if isinstance(plugin, dict) else plugin for plugin in astute['plugins']]
        return PLUGIN not in plugins and astute['openstack_version'] in RELEASES
    except (EnvironmentError, BadInput, AttributeError, KeyError, TypeError):
        return False


def may_be_off(text):
    """Whether Fuel's data, as text, may say that the plugin is off; to read them properly takes seconds."""
    part = re.search(r'^%s:.*?(?=^[^ #\n]|\Z)' % PLUGIN, text, re.MULTILINE | re.DOTALL)
    return part is None or re.search(r'enabled: *false', part.group()) is not None


def load(path=PATH, parts=CONTROLLER_PARTS):
    """The deployment in a file that write() made, with these parts. Raises BadInput naming the file."""
    deployment = _read_mapping(path)
    missing = [part for part in parts if part not in deployment]
    if not missing and 'coordination' in parts and 'service' not in deployment['coordination']:
        missing = [part for part in ('redis', 'sentinel') if part not in deployment]
    if missing:
        raise BadInput(path, "a file made by 'ceilometer-redis deployment' is allowed, %s is missing" % missing[0])
    return deployment


def write(deployment, path=PATH):
    """Put the deployment into its file: atomically, mode 0640, what was there kept aside as PATH.previous."""
    directory = os.path.dirname(path)
    if not os.path.isdir(directory):
        os.makedirs(directory)
        # Whatever the umask: redis has its own directory in it.
        os.chmod(directory, 0o755)
    replacement = _temporary(path, dump(deployment).encode('ascii'))
    if os.path.exists(path):
        with open(path, 'rb') as current:
            os.rename(_temporary(path, current.read()), path + '.previous')
    os.rename(replacement, path)


def dump(deployment):
    """The deployment as YAML, its keys sorted."""
    return yaml.dump(deployment, Dumper=_Dumper, default_flow_style=False, width=1000)


def changes(deployment, path=PATH):
    """What write() would change, as lines without secrets; an empty list when the file is as it should be."""
    try:
        status = os.stat(path)
        current = _read_mapping(path)
    except EnvironmentError as error:
        if error.errno != errno.ENOENT:
            raise
        return ['%s: to be created' % path]
    except BadInput as error:
        return ['%s: to be replaced, it is not a deployment (%s)' % (path, error.allowed)]
    old, new = _flat(current), _flat(yaml.safe_load(dump(deployment)))
    differing = [key for key in sorted(set(old) | set(new)) if old.get(key) != new.get(key)]
    # An empty part, which a file of another version may lack, has nothing that could differ.
    lines = ['%s: %s' % (part, 'added' if part in deployment else 'removed')
             for part in sorted(set(current) ^ set(deployment))]
    lines += [_change(key, old.get(key), new.get(key)) for key in differing]
    if status.st_mode & 0o7777 != 0o640 or (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        lines.append('%s: owner and mode to be corrected' % path)
    return lines


def add_commands(subcommands):
    """Add the command `deployment`."""
    command = subcommands.add_parser('deployment', help="read Fuel's data, write the deployment file")
    command.add_argument('--check', action='store_true', help='change nothing; exit code 1 when something would change')
    command.add_argument('--astute', default=ASTUTE, metavar='FILE', help="Fuel's data (%(default)s)")
    command.add_argument('--output', default=PATH, metavar='FILE', help='the deployment file (%(default)s)')
    command.set_defaults(run=run)


def run(args):
    """The command `deployment`; returns the exit code."""
    tooz_version = backend_url.installed_tooz()
    try:
        deployment = build(_read_mapping(args.astute), tooz_version)
    except EnvironmentError as error:
        raise BadInput(args.astute, "Fuel's data are expected there (%s)" % error.strerror)
    conf_dir = os.path.join(os.path.dirname(args.output), 'redis')
    refuse_other_ports(deployment, conf_dir)
    keep_former(deployment, args.output, conf_dir)
    keep_released(deployment, args.output)
    if PREFIX in deployment['options']:
        meters.refuse_overlaps(deployment['options'][PREFIX]['value'])
    for sentence in warnings(deployment, tooz_version):
        print('ceilometer-redis: warning: %s' % sentence, file=sys.stderr)
    found = changes(deployment, args.output)
    if not found:
        print('%s: nothing to change' % args.output)
        return 0
    if not args.check:
        write(deployment, args.output)
    print('\n'.join(found))
    print('%s: %s' % (args.output, 'would be written' if args.check else 'written'))
    return 1 if args.check else 0


def _own_store(deployment, chosen, tooz_version):
    """The parts of a deployment about a store that is deployed on the controllers."""
    addresses, count = deployment['addresses'], len(deployment['controllers'])
    return {
        'redis': {
            'port': chosen['redis_port'],
            'password': chosen['redis_password'],
            # A master that no replica follows refuses writes, so that a cut-off one keeps no agents of its own; with
            # two controllers that would stop polling whenever one is away.
            'min_slaves_to_write': 1 if count >= 3 else 0,
            'min_slaves_max_lag': 10,
        },
        'sentinel': {
            'port': chosen['sentinel_port'],
            'master_name': MASTER_NAME,
            'quorum': count // 2 + 1,
            'down_after': chosen['down_after'] * 1000,
            'failover_timeout': FAILOVER_TIMEOUT,
            'parallel_syncs': 1,
        },
        'coordination': {'backend_url': _backend_url(own_first(deployment['node'], addresses), chosen, tooz_version)},
    }


def _existing_service(deployment, chosen, tooz_version):
    """The parts of a deployment about a service that is there already."""
    url = _backend_url(deployment['addresses'], chosen, tooz_version)
    return {'coordination': {'backend_url': url, 'service': service.identity(url), 'client': service.client(url)}}


def _release(astute):
    release = astute.get('openstack_version')
    if release not in RELEASES:
        raise BadInput('openstack_version', "one of %s is allowed, not '%s'" % (', '.join(sorted(RELEASES)), release))
    if not (astute.get('ceilometer') or {}).get('enabled'):
        raise BadInput('ceilometer.enabled', 'true is allowed: without Ceilometer there is nothing to coordinate')
    return RELEASES[release]


def _plugin(astute):
    given = astute.get(PLUGIN) or {}
    # In 7.0 the plugin's data are on the nodes even while the plugin is switched off.
    if not (given.get('metadata') or {}).get('enabled'):
        raise BadInput('ceilometer-redis.metadata.enabled',
                       'true is allowed: the plugin is switched off in this environment')
    return given


def _controllers(astute):
    controllers = _in_order(node for node in _nodes(astute) if CONTROLLER & set(_roles(node)))
    primaries = [controller['name'] for controller in controllers if controller['primary']]
    if len(primaries) != 1:
        raise BadInput('network_metadata.nodes', 'exactly one primary-controller is allowed, not %d%s'
                       % (len(primaries), ' (%s)' % ', '.join(primaries) if primaries else ''))
    for key in ('address', 'fqdn'):
        _refuse_twins(controllers, key)
    return controllers


def _computes(astute):
    return _in_order(node for node in _nodes(astute) if _is_compute_only(node))


def _is_compute_only(node):
    """Whether the node is a compute node and no controller, which coordinates anyhow."""
    return COMPUTE in _roles(node) and not CONTROLLER & set(_roles(node))


def _is_compute(astute):
    return any(_is_compute_only(node) for node in _own(astute))


def _nodes(astute):
    return list(((astute.get('network_metadata') or {}).get('nodes') or {}).values())


def _own(astute):
    """Fuel's data of this node, in a list; an empty one if they have no such number."""
    return [node for node in _nodes(astute) if '%s' % node.get('uid') == '%s' % astute.get('uid')]


def _in_order(nodes):
    """Nodes described, by their numbers."""
    found = list(nodes)
    for node in found:
        if not re.match(r'[0-9]+\Z', '%s' % node.get('uid')):
            raise BadInput('network_metadata.nodes.%s.uid' % node.get('name'),
                           "a number is allowed, not '%s'" % node.get('uid'))
    return [_described(node) for node in sorted(found, key=lambda node: int(node['uid']))]


def _described(node):
    for key in ('name', 'fqdn'):
        if not node.get(key):
            raise BadInput('network_metadata.nodes (uid %s).%s' % (node['uid'], key),
                           'a name is allowed, none is given')
    return {
        'name': node['name'],
        'fqdn': node['fqdn'],
        'address': _address(node),
        'primary': 'primary-controller' in _roles(node),
    }


def _roles(node):
    return node.get('node_roles') or []


def _address(node):
    networks = node.get('network_roles') or {}
    role = 'ceilometer/api' if 'ceilometer/api' in networks else 'management'
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, '%s' % networks.get(role)))
        except (EnvironmentError, ValueError):
            continue
    raise BadInput('network_metadata.nodes.%s.network_roles.%s' % (node['name'], role),
                   "an IP address is allowed, not '%s'" % networks.get(role))


def _refuse_twins(controllers, key):
    seen = {}
    for controller in controllers:
        twin = seen.setdefault(controller[key], controller['name'])
        if twin != controller['name']:
            raise BadInput('network_metadata.nodes', 'one %s for each controller is allowed, %s and %s share %s'
                           % (key, twin, controller['name'], controller[key]))


def _this_node(astute, controllers):
    names = [node.get('fqdn') for node in _own(astute)] or [astute.get('fqdn')]
    for controller in controllers:
        if controller['fqdn'] in names:
            return dict(controller)
    raise BadInput('uid', "the number of a controller or a compute node is allowed, not '%s' (%s)"
                   % (astute.get('uid'), names[0]))


def _read_mapping(path):
    with open(path, 'rb') as content:
        try:
            data = yaml.safe_load(content)
        except (yaml.YAMLError, ValueError):
            # Not the parser's own message: it quotes the lines around the fault, passwords among them.
            raise BadInput(path, 'YAML is allowed, it cannot be parsed')
    if not isinstance(data, dict):
        raise BadInput(path, 'a YAML mapping is allowed')
    return data


def _temporary(path, content):
    """A new file beside path with these bytes, mode 0640; made 0600 first, so that nobody reads it meanwhile."""
    handle, name = tempfile.mkstemp(prefix='.', dir=os.path.dirname(path))
    with os.fdopen(handle, 'wb') as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), 0o640)
        os.fsync(stream.fileno())
    return name


def _flat(value, name=''):
    """A nested value as {'a.b': leaf}; an item of a list is named by its position."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {name: value}
    flat = {}
    for key, item in items:
        flat.update(_flat(item, '%s.%s' % (name, key) if name else '%s' % key))
    return flat


def _change(key, old, new):
    if key in SECRET:
        return '%s: changed' % key
    return '%s: %s -> %s' % (key, 'none' if old is None else old, 'none' if new is None else new)


class _Dumper(yaml.SafeDumper):
    """Quotes every string with a digit.

    Puppet's and Python's YAML differ in which words they take for numbers (12345e67 is one to the first alone).
    """


def _quoted(dumper, text):
    style = "'" if re.search('[0-9]', text) else None
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style=style)


for _text in set([str, type(u'')]):
    _Dumper.add_representer(_text, _quoted)

"""The deployment file: what Fuel's data mean for this node.

How the file looks and who reads it is in doc/architecture.rst.
"""

from __future__ import print_function

import errno
import os
import re
import sys
import tempfile

import yaml

from ceilometer_redis import backend_url, meters, service, settings
from ceilometer_redis.errors import BadInput
from ceilometer_redis.fuel import astute as fuels_data
from ceilometer_redis.fuel import nodes, plugin, releases

PATH = '/etc/ceilometer-redis/deployment.yaml'
MASTER_NAME = 'ceilometer-redis'

# A failed election is tried again only after twice this time (milliseconds).
FAILOVER_TIMEOUT = 15000

NOTIFICATION_AGENT = 'ceilometer-agent-notification'

# Its former section, [central], is the deprecated name of this one in all these releases.
PREFIX = 'polling/partitioning_group_prefix'

# The parts of a deployment about a store of its own.
STORE = ('redis', 'sentinel', 'coordination')

#: Parts of every deployment file, and of a controller's.
PARTS = ('node', 'options', 'services')
CONTROLLER_PARTS = PARTS + ('controllers', 'addresses', 'clients', 'coordination', 'agents', 'guard')

#: Parts that are mappings, in a file that has them.
MAPPINGS = ('node', 'options', 'agents', 'released', 'former') + STORE

SECRET = ('redis.password', 'coordination.backend_url', 'options.coordination/backend_url.value',
          'former.redis.password', 'former.coordination.backend_url')


def build(astute, tooz_version=None):
    """The deployment as a dictionary, from Fuel's data of this node.

    tooz_version: of the tooz that ceilometer uses here, as a tuple; None: the one of the OpenStack release.
    Raises BadInput naming the setting or the key of Fuel's data.
    """
    release = releases.release(astute)
    chosen = settings.checked(plugin.settings(astute))
    controllers = nodes.controllers(astute)
    if chosen['store'] == 'deploy':
        _refuse_what_redis_does_not_bear(release, chosen, controllers)
    tooz_version = tooz_version or release.tooz
    if nodes.is_compute(astute):
        return _compute_deployment(astute, release, chosen, controllers, tooz_version)
    deployment = {
        'environment': _environment(astute),
        'node': nodes.this_controller(astute, controllers),
        'controllers': controllers,
        'addresses': _addresses(controllers),
        'clients': nodes.clients(astute, controllers) if _has_clients(chosen) else [],
        'agents': dict([releases.CENTRAL] + ([release.evaluator] if chosen['coordinate_alarms'] else [])),
        'options': _options(release.notification if chosen['coordinate_notification'] else {}, chosen),
        'services': [NOTIFICATION_AGENT] if chosen['coordinate_notification'] else [],
        'guard': chosen['guard'],
    }
    store = _existing_service if chosen['store'] == 'existing' else _own_store
    deployment.update(store(deployment, chosen, tooz_version))
    return deployment


def _refuse_what_redis_does_not_bear(release, chosen, controllers):
    if chosen['down_after'] < release.down_after:
        raise BadInput('down_after', 'must be %d to %d (seconds) on this Fuel, not %d: its Redis bears no less'
                       % (release.down_after, settings.DOWN_AFTER[-1], chosen['down_after']))
    for address in _addresses(controllers):
        if len(address) > release.address:
            raise BadInput('addresses', 'must have %d characters at most on this Fuel, not %s: its Sentinel keeps '
                           'no more' % (release.address, address))


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
    if all(part in in_force for part in STORE):
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


def _compute_deployment(astute, release, chosen, controllers, tooz_version):
    """A compute node's deployment: nothing but what its agent needs, if it is to coordinate."""
    deployment = {
        'environment': _environment(astute),
        'node': nodes.this_compute(astute),
        'options': {},
        'services': [],
    }
    if _has_clients(chosen):
        deployment['node']['address'] = nodes.client(astute, controllers)
    if chosen['coordinate_compute']:
        url = _backend_url(_addresses(controllers), chosen, tooz_version)
        deployment['client'] = service.client(url)
        deployment['options'] = _options(release.compute, chosen)
        # oslo.config takes a single $ for the beginning of a variable.
        deployment['options']['coordination/backend_url'] = {'value': url.replace('$', '$$'), 'secret': True}
        deployment['services'] = [release.compute_agent]
    return deployment


def _has_clients(chosen):
    """Whether compute nodes connect to the controllers' store."""
    return chosen['coordinate_compute'] and chosen['store'] != 'existing'


def _addresses(controllers):
    return [controller['address'] for controller in controllers]


def _environment(astute):
    whole = fuels_data.Part(astute)
    return dict((key, whole.text(key)) for key in ('fuel_version', 'openstack_version'))


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
    command.add_argument('--astute', default=fuels_data.ASTUTE, metavar='FILE', help="Fuel's data (%(default)s)")
    command.add_argument('--hiera', default=fuels_data.HIERA, metavar='DIRECTORY',
                         help="Fuel's data where that file holds none (%(default)s)")
    command.add_argument('--output', default=PATH, metavar='FILE', help='the deployment file (%(default)s)')
    command.set_defaults(run=run)


def run(args):
    """The command `deployment`; returns the exit code."""
    tooz_version = backend_url.installed_tooz()
    deployment = build(fuels_data.read(args.astute, args.hiera), tooz_version)
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


def _read_mapping(path):
    """The deployment in a file, whichever parts it has. Raises BadInput if one has not the shape that write() gives."""
    with open(path, 'rb') as stream:
        data = fuels_data.parsed(path, stream.read())
    if not isinstance(data, dict):
        raise BadInput(path, 'must be a YAML mapping, not %s' % fuels_data.kind(data))
    try:
        has_text_keys = _has_text_keys(data)
    except RuntimeError:  # YAML has aliases
        raise BadInput(path, 'must not have a part that is a part of itself')
    if not has_text_keys:
        raise BadInput(path, 'must have texts as keys')
    for name in MAPPINGS:
        if not isinstance(data.get(name, {}), dict):
            raise BadInput(path, 'must have a mapping as %s, not %s' % (name, fuels_data.kind(data[name])))
    if not all(part in data['former'] for part in STORE if 'former' in data):
        raise BadInput(path, 'must have %s in former' % ', '.join(STORE))
    for name in ('agents', 'released'):
        if not all(_is_agent(agent) for agent in data.get(name, {}).values()):
            raise BadInput(path, 'must have a service and a config for each of its %s' % name)
    return data


def _has_text_keys(value):
    if isinstance(value, dict):
        return all(isinstance(key, fuels_data.TEXT) and _has_text_keys(item) for key, item in value.items())
    return not isinstance(value, list) or all(_has_text_keys(item) for item in value)


def _is_agent(value):
    return isinstance(value, dict) and all(isinstance(value.get(key), fuels_data.TEXT) for key in ('service', 'config'))


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

# SPDX-License-Identifier: Apache-2.0
"""What Fuel's data of this node mean: the deployment, a dictionary."""

import os
import re

from ceilometer_redis.coordination import backend_url, service
from ceilometer_redis.deployment.parts import addresses_own_first, has_store
from ceilometer_redis.errors import BadInput, quoted
from ceilometer_redis.files import read_text
from ceilometer_redis.fuel import nodes, plugin, releases, settings
from ceilometer_redis.fuel.astute import Part

#: By which the sentinels know the master.
MASTER_NAME = 'ceilometer-redis'

#: Milliseconds. A failed election is tried again only after twice this time.
FAILOVER_TIMEOUT = 15000

NOTIFICATION_AGENT = 'ceilometer-agent-notification'

#: Its former section, [central], is the deprecated name of this one in all these releases.
PREFIX = 'polling/partitioning_group_prefix'


def build(astute, tooz_version=None):
    """Return the deployment as a dictionary.

    Args:
        astute: Fuel's data of this node.
        tooz_version: Of the tooz that ceilometer uses here, as a tuple; None: the one of the OpenStack release.

    Raises:
        BadInput: A setting or a key of Fuel's data is not as it must be.
    """
    release = releases.release(astute)
    chosen = settings.validate(plugin.settings(astute))
    if chosen['store'] == 'existing':
        service.validate(chosen['backend_url'])
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
        'clients': nodes.client_addresses(astute, controllers) if _has_clients(chosen) else [],
        'agents': dict([releases.CENTRAL] + ([release.evaluator] if chosen['coordinate_alarms'] else [])),
        'options': _options(release.notification_options if chosen['coordinate_notification'] else {}, chosen),
        'services': [NOTIFICATION_AGENT] if chosen['coordinate_notification'] else [],
        'guard': chosen['guard'],
    }
    store = _existing_service if chosen['store'] == 'existing' else _own_store
    deployment.update(store(deployment, chosen, tooz_version))
    return deployment


def _refuse_what_redis_does_not_bear(release, chosen, controllers):
    if chosen['down_after'] < release.least_down_after:
        raise BadInput('down_after', 'be seconds from %d to %d on this Fuel'
                       % (release.least_down_after, settings.DOWN_AFTER[-1]),
                       quoted(chosen['down_after']), 'its Redis bears no less')
    for address in _addresses(controllers):
        if len(address) > release.longest_address:
            raise BadInput('addresses', 'have %d characters at most on this Fuel' % release.longest_address,
                           quoted(address), 'its Sentinel keeps no more')


def _compute_deployment(astute, release, chosen, controllers, tooz_version):
    """Return a compute node's deployment: nothing but what its agent needs, if it is to coordinate."""
    deployment = {
        'environment': _environment(astute),
        'node': nodes.this_compute(astute),
        'options': {},
        'services': [],
    }
    if _has_clients(chosen):
        deployment['node']['address'] = nodes.client_address(astute, controllers)
    if chosen['coordinate_compute']:
        url = _backend_url(_addresses(controllers), chosen, tooz_version)
        deployment['client'] = service.client_package(url)
        deployment['options'] = _options(release.compute_options, chosen)
        # oslo.config takes a single $ for the beginning of a variable.
        deployment['options']['coordination/backend_url'] = {'value': url.replace('$', '$$'), 'secret': True}
        deployment['services'] = [release.compute_agent]
    return deployment


def _has_clients(chosen):
    """Return whether compute nodes connect to the controllers' store."""
    return chosen['coordinate_compute'] and chosen['store'] != 'existing'


def _addresses(controllers):
    return [controller['address'] for controller in controllers]


def _environment(astute):
    whole = Part(astute)
    return dict((key, whole.text(key)) for key in ('fuel_version', 'openstack_version'))


def _backend_url(addresses, chosen, tooz_version):
    url = chosen['backend_url']
    if url is None:
        return backend_url.render(addresses, chosen['sentinel_port'], chosen['redis_password'], MASTER_NAME,
                                  tooz_version)
    if url.startswith('zookeeper:') and tooz_version < service.SINCE_ZOOKEEPER:
        raise BadInput('backend_url', 'begin with kazoo://', quoted('zookeeper://'),
                       'tooz before 0.16 knows zookeeper by that name alone')
    return url


def _options(values, chosen):
    """Return the options of a role and, if set, the prefix of all polling agents, as ceilometer_config takes them."""
    prefix = chosen['partitioning_group_prefix']
    values = dict(values, **({PREFIX: prefix} if prefix else {}))
    return dict((name, {'value': value}) for name, value in values.items())


def warnings(deployment, tooz_version=None):
    """Return sentences about what can be deployed but is worse than it could be.

    Args:
        deployment: As build() returns it.
        tooz_version: Of the tooz that ceilometer uses here, as a tuple, if it is known.
    """
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


def refuse_other_ports(deployment, made_dir):
    """Refuse another port than a daemon here has: it is chosen with the first deployment.

    While the daemons moved one after another, none of them would know where the others are.

    Args:
        deployment: Of this node.
        made_dir: Where root's copies of what the daemons were made with are. Their own files say what a client likes.

    Raises:
        BadInput: A setting is another port.
    """
    for daemon in ('redis', 'sentinel') if has_store(deployment) else ():
        conf = os.path.join(made_dir, daemon + '.conf')
        found = re.search(r'^port (\d+)', read_text(conf), re.MULTILINE)
        if found and int(found.group(1)) != deployment[daemon]['port']:
            raise BadInput(daemon + '_port', 'be %s, the port in %s' % (found.group(1), conf),
                           quoted(deployment[daemon]['port']),
                           'for another one, deploy with the plugin switched off first')


def _own_store(deployment, chosen, tooz_version):
    """Return the parts of a deployment about a store that is deployed on the controllers."""
    count = len(deployment['controllers'])
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
        'coordination': {'backend_url': _backend_url(addresses_own_first(deployment), chosen, tooz_version)},
    }


def _existing_service(deployment, chosen, tooz_version):
    """Return the parts of a deployment about a service that is there already."""
    url = _backend_url(deployment['addresses'], chosen, tooz_version)
    return {'coordination': {'backend_url': url, 'service': service.identity(url),
                             'client': service.client_package(url)}}

# SPDX-License-Identifier: Apache-2.0
"""The parts that a deployment, the content of the deployment file, has."""

#: Parts of every deployment file.
PARTS = ('node', 'options', 'services')

#: Parts about a store of its own.
STORE_PARTS = ('redis', 'sentinel', 'coordination')

#: Parts of every controller's deployment file.
CONTROLLER_PARTS = PARTS + ('controllers', 'addresses', 'clients', 'coordination', 'agents', 'guard')

#: Parts that are mappings, in a file that has them.
MAPPINGS = ('node', 'options', 'agents', 'released', 'former') + STORE_PARTS

_CONTROLLER = {'name': 'a text', 'fqdn': 'a text', 'address': 'a text', 'primary': 'true or false'}

#: What is in a controller's parts: a mapping has at least these keys, a list consists of such.
SHAPES = {
    'node': _CONTROLLER,
    'services': ['a text'],
    'controllers': [_CONTROLLER],
    'addresses': ['a text'],
    'clients': ['a text'],
    'guard': 'true or false',
    'redis': {'port': 'a number', 'password': 'a text', 'min_slaves_to_write': 'a number',
              'min_slaves_max_lag': 'a number'},
    'sentinel': {'port': 'a number', 'master_name': 'a text', 'quorum': 'a number', 'down_after': 'a number',
                 'failover_timeout': 'a number', 'parallel_syncs': 'a number'},
    'coordination': {'backend_url': 'a text'},
}

#: The option that has the URL of a compute node's agents.
COMPUTE_URL = 'coordination/backend_url'

#: What is in a file of whichever version that a controller is withdrawn by.
LEAST_SHAPES = {
    'node': {'fqdn': 'a text'},
    'services': ['a text'],
    'controllers': [{'fqdn': 'a text'}],
    'coordination': {'backend_url': 'a text'},
}

#: What is asked of a compute node's.
COMPUTE_SHAPES = {'services': ['a text']}

#: Values that hold a password, by their keys.
SECRET = ('redis.password', 'coordination.backend_url', 'options.coordination/backend_url.value',
          'former.redis.password', 'former.coordination.backend_url')


def is_controllers(deployment):
    """Return whether a deployment is a controller's, and not a compute node's."""
    return 'agents' in deployment or 'controllers' in deployment


def has_store(deployment):
    """Return whether the environment has a store of its own, and does not use an existing service."""
    return 'redis' in deployment


def with_former_store(deployment):
    """Return the deployment as the daemons here see it: with its own store, or with the former one that still runs."""
    return dict(deployment, **deployment.get('former', {}))


def addresses_own_first(deployment):
    """Return the controllers' addresses in the order in which this node asks them, as its agents do."""
    own = deployment['node']['address']
    return [own] + [address for address in deployment['addresses'] if address != own]


def all_agents(deployment):
    """Return the agents of a deployment, by primitive, and those that coordinated before it."""
    return dict(deployment['agents'], **deployment.get('released', {}))


def service_of(deployment):
    """Return the existing service of a deployment, None if it has a store of its own."""
    return deployment['coordination'].get('service')

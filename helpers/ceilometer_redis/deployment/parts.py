"""The parts that a deployment, the content of the deployment file, has."""

# The parts of a deployment about a store of its own.
STORE_PARTS = ('redis', 'sentinel', 'coordination')

#: Parts of every deployment file, and of a controller's.
PARTS = ('node', 'options', 'services')
CONTROLLER_PARTS = PARTS + ('controllers', 'addresses', 'clients', 'coordination', 'agents', 'guard')

#: Parts that are mappings, in a file that has them.
MAPPINGS = ('node', 'options', 'agents', 'released', 'former') + STORE_PARTS

SECRET = ('redis.password', 'coordination.backend_url', 'options.coordination/backend_url.value',
          'former.redis.password', 'former.coordination.backend_url')


def has_store(deployment):
    """Whether the environment has a store of its own, and does not use an existing service."""
    return 'redis' in deployment


def with_former_store(deployment):
    """The deployment as the daemons here see it: with its own store, or with the former one that still runs."""
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

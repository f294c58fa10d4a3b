# SPDX-License-Identifier: Apache-2.0
"""What an earlier deployment left running on this node, which a new one has to know."""

import os

from ceilometer_redis.deployment import document
from ceilometer_redis.deployment.parts import SHAPES, STORE_PARTS, has_store, with_former_store
from ceilometer_redis.errors import BadInput


def keep_former(deployment, path, conf_dir):
    """Give a deployment without a store, as `former`, that of the deployment file in force while the daemons are here.

    They serve the agents until those have moved, which a service that cannot be joined puts off.
    """
    if has_store(deployment) or not os.path.exists(os.path.join(conf_dir, 'redis.conf')):
        return
    try:
        in_force = with_former_store(document.read_mapping(path))
        document.refuse_other_shapes(path, in_force, dict((part, SHAPES[part]) for part in STORE_PARTS))
    except (EnvironmentError, BadInput):
        return
    if all(part in in_force for part in STORE_PARTS):
        deployment['former'] = dict((part, in_force[part]) for part in STORE_PARTS)


def keep_released(deployment, path):
    """Name, as `released`, the agents that coordinated by the deployment file in force and no longer do.

    They have to become Fuel's again here: their store would go without them.
    """
    try:
        in_force = document.read_mapping(path)
    except (EnvironmentError, BadInput):
        return
    known = dict(in_force.get('released', {}), **in_force.get('agents', {}))
    released = dict(item for item in known.items() if item[0] not in deployment.get('agents', {}))
    if released:
        deployment['released'] = released


def without_former(path):
    """Forget the former store in a deployment file; the rest of the file stays.

    Raises:
        BadInput: There is no deployment in the file.
    """
    deployment = document.load(path)
    if deployment.pop('former', None):
        document.write(deployment, path)

# SPDX-License-Identifier: Apache-2.0
"""python-redis, with which the helper and the agents' tooz reach redis: whether the one that is installed can serve."""

from ceilometer_redis import versions
from ceilometer_redis.errors import BadInput

#: The oldest that can: 2.7.2, which Ubuntu 14.04 itself has, lacks psetex, info() of a section and redis.sentinel.
OLDEST = (2, 10)

ADVICE = "Fuel's mirror or Ubuntu's cloud archive of the OpenStack release has it; install it, then deploy again"


def require():
    """Prove that the helper's own python-redis can serve.

    Raises:
        BadInput: There is none, or none that can.
    """
    try:
        import redis
    except Exception as error:  # whatever a broken one does
        raise BadInput('python-redis', 'be there and 2.10 or newer',
                       advice='%s: %s; %s' % (type(error).__name__, error, ADVICE))
    version = '%s' % (getattr(redis, '__version__', 'one without a version'),)
    if not can_serve(version):
        raise BadInput('python-redis', 'be 2.10 or newer', version, ADVICE)


def can_serve(version):
    """Return whether a python-redis of this version, a text, can serve."""
    return (versions.parse(version) or ()) >= OLDEST

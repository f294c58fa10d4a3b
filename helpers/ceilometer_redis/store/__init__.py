# SPDX-License-Identifier: Apache-2.0
"""Redis and sentinel as they run.

Everything here asks the running daemons. Their configuration files belong to them: redis and Sentinel rewrite them, so
a setting is changed with CONFIG SET or SENTINEL SET and kept by CONFIG REWRITE (Sentinel keeps each SET itself, since
2.8.4).

Who imports a module of this room has proven that python-redis is there and can serve, or gets BadInput.
"""

from ceilometer_redis.coordination import python_redis

python_redis.require()

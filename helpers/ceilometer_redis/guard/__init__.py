# SPDX-License-Identifier: Apache-2.0
"""The guard of the agents on one controller: what it knows, what it decides, what it does.

Who imports a module of this room has proven that python-redis is there and can serve, or gets BadInput.
"""

from ceilometer_redis.coordination import python_redis

python_redis.require()

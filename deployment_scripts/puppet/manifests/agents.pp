# SPDX-License-Identifier: Apache-2.0

# The agents of a controller: they coordinate through the store and become clones.
notice('MODULAR: ceilometer-redis/agents.pp')

include ceilometer_redis::agents

# SPDX-License-Identifier: Apache-2.0

# The agent of a compute node: it coordinates through the store, where that is ticked.
notice('MODULAR: ceilometer-redis/compute.pp')

include ceilometer_redis

# A node that is a controller as well has its own tasks, and the deployment of a controller.
if !$ceilometer_redis::deployment['agents'] {
  include ceilometer_redis::compute
}

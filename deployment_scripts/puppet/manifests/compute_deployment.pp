# SPDX-License-Identifier: Apache-2.0

# The deployment file and the helper on a compute node.
notice('MODULAR: ceilometer-redis/compute_deployment.pp')

include ceilometer_redis::deployment

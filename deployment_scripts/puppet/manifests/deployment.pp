# SPDX-License-Identifier: Apache-2.0

# The deployment file, the helper and the OCF agents on a controller, before it joins the cluster.
notice('MODULAR: ceilometer-redis/deployment.pp')

include ceilometer_redis::deployment
include ceilometer_redis::ocf

Class['ceilometer_redis::deployment'] -> Class['ceilometer_redis::ocf']

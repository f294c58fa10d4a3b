# SPDX-License-Identifier: Apache-2.0

# @summary The content of the deployment file, which is all that the other classes know of the environment.
#
# `$ceilometer_redis::deployment` is the content. `$ceilometer_redis::existing` is true where the environment has no
# store of its own, but uses a service that was there before.
#
# @example The port of this controller's Redis
#   include ceilometer_redis
#
#   $port = $ceilometer_redis::deployment['redis']['port']
class ceilometer_redis {
  $deployment = loadyaml('/etc/ceilometer-redis/deployment.yaml')

  if !$deployment {
    fail('/etc/ceilometer-redis/deployment.yaml is not there: the task ceilometer-redis-deployment has to run first')
  }

  $existing = !$deployment['redis']
}

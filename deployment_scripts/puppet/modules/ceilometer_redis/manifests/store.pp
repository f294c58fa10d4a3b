# SPDX-License-Identifier: Apache-2.0

# @summary The store on one controller: redis and sentinel as Pacemaker's clones, open to the nodes that coordinate.
#
# Of an existing service there is nothing here but the agents' client.
#
# @example On a controller that has joined the cluster
#   include ceilometer_redis::store
class ceilometer_redis::store {
  include ceilometer_redis
  include ceilometer_redis::packages

  if !$ceilometer_redis::existing {
    include ceilometer_redis::logs
    include ceilometer_redis::daemons
    include ceilometer_redis::firewall

    ceilometer_redis::apply { ['resources', 'password', 'redis', 'sentinel', 'peers']: }

    Class['ceilometer_redis::packages']
    -> Class['ceilometer_redis::logs']
    -> Class['ceilometer_redis::daemons']
    -> Class['ceilometer_redis::firewall']
    -> Ceilometer_redis::Apply['resources']
    -> Ceilometer_redis::Apply['password']
    -> Ceilometer_redis::Apply['redis']
    -> Ceilometer_redis::Apply['sentinel']
    -> Ceilometer_redis::Apply['peers']
  }
}

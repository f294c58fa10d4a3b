# The store on one controller: redis and sentinel as Pacemaker's clones, open to the other controllers only. Of an existing
# service nothing but the agents' client.
class ceilometer_redis::store {
  include ceilometer_redis
  include ceilometer_redis::packages

  if !$ceilometer_redis::existing {
    include ceilometer_redis::daemons
    include ceilometer_redis::firewall

    ceilometer_redis::apply { ['resources', 'password', 'redis', 'sentinel', 'peers']: }

    Class['ceilometer_redis::packages']
    -> Class['ceilometer_redis::daemons']
    -> Class['ceilometer_redis::firewall']
    -> Ceilometer_redis::Apply['resources']
    -> Ceilometer_redis::Apply['password']
    -> Ceilometer_redis::Apply['redis']
    -> Ceilometer_redis::Apply['sentinel']
    -> Ceilometer_redis::Apply['peers']
  }
}

# The store on one controller: redis and sentinel as Pacemaker's clones, open to the other controllers only.
class ceilometer_redis::store {
  include ceilometer_redis
  include ceilometer_redis::packages
  include ceilometer_redis::daemons

  $deployment = $ceilometer_redis::deployment

  ceilometer_redis::peer { $deployment['addresses']:
    redis_port    => $deployment['redis']['port'],
    sentinel_port => $deployment['sentinel']['port'],
    before        => Ceilometer_redis::Apply['resources'],
  }

  ceilometer_redis::apply { ['resources', 'password', 'redis', 'sentinel']: }

  Class['ceilometer_redis::packages']
  -> Class['ceilometer_redis::daemons']
  -> Ceilometer_redis::Apply['resources']
  -> Ceilometer_redis::Apply['password']
  -> Ceilometer_redis::Apply['redis']
  -> Ceilometer_redis::Apply['sentinel']
}

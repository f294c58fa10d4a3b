# No rule of the firewall on one controller is for the store.
class ceilometer_redis::withdrawal::store {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

  Ceilometer_redis::Peer {
    ensure        => absent,
    redis_port    => $deployment['redis']['port'],
    sentinel_port => $deployment['sentinel']['port'],
  }

  ceilometer_redis::peer { $deployment['addresses']: }
  ceilometer_redis::peer { $deployment['clients']: }
}

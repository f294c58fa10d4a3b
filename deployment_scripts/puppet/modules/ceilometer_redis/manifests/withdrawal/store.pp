# SPDX-License-Identifier: Apache-2.0

# @summary One controller without the store: no rule of the firewall, and nothing of its logs for rsyslog.
#
# `ceilometer-redis withdraw` declares it.
class ceilometer_redis::withdrawal::store {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

  class { 'ceilometer_redis::logs':
    ensure => absent,
  }

  if $ceilometer_redis::existing {
    # There may be rules of a former store.
    include ceilometer_redis::firewall
  } else {
    $peers = flatten([$deployment['addresses'], $deployment['clients']])

    ceilometer_redis::peer { $peers:
      ensure        => absent,
      redis_port    => $deployment['redis']['port'],
      sentinel_port => $deployment['sentinel']['port'],
    }
  }
}

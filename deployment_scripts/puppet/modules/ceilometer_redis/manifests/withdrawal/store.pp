# SPDX-License-Identifier: Apache-2.0

# @summary The firewall of one controller without a rule for the store.
#
# `ceilometer-redis withdraw` declares it.
class ceilometer_redis::withdrawal::store {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

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

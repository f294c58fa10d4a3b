# SPDX-License-Identifier: Apache-2.0

# @summary The agents' configuration on one controller as Fuel makes it: nothing of it coordinates.
#
# `ceilometer-redis withdraw` declares it.
class ceilometer_redis::withdrawal::agents {
  include ceilometer_redis

  create_resources('ceilometer_redis::agent', $ceilometer_redis::deployment['agents'], { 'ensure' => 'absent' })

  if $ceilometer_redis::deployment['released'] {
    create_resources('ceilometer_redis::agent', $ceilometer_redis::deployment['released'], { 'ensure' => 'absent' })
  }

  class { 'ceilometer_redis::options':
    options  => {},
    services => [],
  }

  Ceilometer_redis::Coordination['ceilometer'] ~> Class['ceilometer_redis::options']

  exec { 'systemctl daemon-reload':
    path        => ['/usr/bin', '/bin'],
    refreshonly => true,
  }
}

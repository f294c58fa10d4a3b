# SPDX-License-Identifier: Apache-2.0

# @summary What version 1.0 of the plugin left on one controller and is in the way, taken away; its files stay.
#
# @api private
class ceilometer_redis::predecessor {
  ceilometer_redis::apply { 'predecessor': }

  # Its sentinel. The distribution's own services, redis-server among them, are stopped with their package.
  -> exec { 'redis-sentinel of version 1.0':
    command => 'stop redis-sentinel; echo manual > /etc/init/redis-sentinel.override',
    onlyif  => 'test -e /etc/init/redis-sentinel.conf',
    creates => '/etc/init/redis-sentinel.override',
    path    => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
  }

  # Its rules are open to everybody.
  firewall { ['121 redis_port', '122 redis_sentinel_port']:
    ensure => absent,
  }
}

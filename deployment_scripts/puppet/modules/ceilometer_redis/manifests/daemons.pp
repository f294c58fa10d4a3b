# SPDX-License-Identifier: Apache-2.0

# @summary The directories of redis and sentinel on one controller, and their configuration.
#
# @api private
class ceilometer_redis::daemons {
  # The directory is open: redis has to get through it, the files in it are closed.
  file { '/etc/ceilometer-redis':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  # Both daemons write a new file beside the old one when they rewrite their configuration.
  file { ['/etc/ceilometer-redis/redis', '/var/lib/ceilometer-redis']:
    ensure => directory,
    owner  => 'redis',
    group  => 'redis',
    mode   => '0750',
  }

  ceilometer_redis::conf { ['redis', 'sentinel']: }
}

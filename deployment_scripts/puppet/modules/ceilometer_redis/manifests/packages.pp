# SPDX-License-Identifier: Apache-2.0

# @summary The packages of Redis and Sentinel, or of the agents' client of an existing service.
#
# The distribution's services stay off: Pacemaker supervises the daemons.
#
# @api private
class ceilometer_redis::packages {
  include ceilometer_redis
  include ceilometer_redis::joining
  include ceilometer_redis::platform
  include ceilometer_redis::predecessor

  $python = $ceilometer_redis::platform::python

  # The helper's own client, by which it ends the redis servers of version 1.0 before their service is stopped. One that
  # is too old is refused before that.
  package { "${python}-redis":
    ensure => installed,
  }

  -> Class['ceilometer_redis::joining']
  -> Class['ceilometer_redis::predecessor']

  if $ceilometer_redis::existing {
    $client = "${python}-${ceilometer_redis::deployment['coordination']['client']}"

    if $client != "${python}-redis" {
      package { $client:
        ensure => installed,
      }

      -> Class['ceilometer_redis::joining']
    }
  } else {
    Class['ceilometer_redis::predecessor']

    -> package { $ceilometer_redis::platform::daemons:
      ensure => installed,
    }

    -> service { $ceilometer_redis::platform::daemons:
      ensure   => stopped,
      enable   => false,
      provider => $ceilometer_redis::platform::service_provider,
    }
  }
}

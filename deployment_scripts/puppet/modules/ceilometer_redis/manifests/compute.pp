# SPDX-License-Identifier: Apache-2.0

# @summary The agent of one compute node: it coordinates through the store on the controllers, or is as Fuel makes it.
#
# @example On a compute node that is no controller
#   include ceilometer_redis::compute
class ceilometer_redis::compute {
  include ceilometer_redis
  include ceilometer_redis::platform

  $services = $ceilometer_redis::deployment['services']

  class { 'ceilometer_redis::options':
    options  => $ceilometer_redis::deployment['options'],
    services => $services,
  }

  if empty($services) {
    $watch = absent
  } else {
    $watch = present

    include ceilometer_redis::joining

    # The agent's client of the store; the first is the helper's as well.
    $python = $ceilometer_redis::platform::python
    $clients = unique(["${python}-redis", "${python}-${ceilometer_redis::deployment['client']}"])

    package { $clients:
      ensure => installed,
    }

    -> Class['ceilometer_redis::joining']

    # A password comes into the file.
    -> file { '/etc/ceilometer/ceilometer.conf':
      mode => 'o=',
    }

    -> Class['ceilometer_redis::options']
  }

  class { 'ceilometer_redis::watch':
    ensure => $watch,
  }

  Class['ceilometer_redis::options'] -> Class['ceilometer_redis::watch']
}

# SPDX-License-Identifier: Apache-2.0

# @summary The agent's configuration on one compute node as Fuel makes it, and nothing that looks for a withdrawal.
#
# `ceilometer-redis withdraw` declares it.
class ceilometer_redis::withdrawal::compute {
  class { 'ceilometer_redis::options':
    options  => {},
    services => [],
  }

  -> class { 'ceilometer_redis::watch':
    ensure => absent,
  }
}

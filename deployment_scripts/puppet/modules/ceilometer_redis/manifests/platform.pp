# SPDX-License-Identifier: Apache-2.0

# @summary What differs between the operating systems of the nodes.
#
# Ubuntu 14.04 has sentinel in the package redis-server; the agents of Ubuntu 14.04 and 16.04 run on Python 2.
#
# Each service names its provider: Puppet 3.8 does not take systemd by itself on Ubuntu 16.04, and finds no unit then.
# For a service that has an init script and no job (redis-server on 14.04) upstart's provider is Debian's own.
#
# @api private
class ceilometer_redis::platform {
  # Puppet 3 has the first of these facts only, Puppet 8 the second only.
  $release = pick(getvar('::operatingsystemrelease'), getvar('facts.os.release.full'))

  # Debian 13's puppetlabs-firewall, 7 or later, says jump and protocol where older ones say action and provider.
  $firewall_jump = $release ? {
    /^13/   => true,
    default => false,
  }

  case $release {
    '14.04': {
      $daemons = ['redis-server']
      $python = 'python'
      $service_provider = 'upstart'
    }
    '16.04': {
      $daemons = ['redis-server', 'redis-sentinel']
      $python = 'python'
      $service_provider = 'systemd'
    }
    default: {
      $daemons = ['redis-server', 'redis-sentinel']
      $python = 'python3'
      $service_provider = 'systemd'
    }
  }
}

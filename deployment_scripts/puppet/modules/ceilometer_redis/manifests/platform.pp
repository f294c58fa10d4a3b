# What differs between the operating systems of the controllers.
#
# Ubuntu 14.04 has sentinel in the package redis-server and starts services with upstart; the agents of Ubuntu 14.04
# and 16.04 run on Python 2.
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
      $systemd = false
    }
    '16.04': {
      $daemons = ['redis-server', 'redis-sentinel']
      $python = 'python'
      $systemd = true
    }
    default: {
      $daemons = ['redis-server', 'redis-sentinel']
      $python = 'python3'
      $systemd = true
    }
  }
}

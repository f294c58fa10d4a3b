# SPDX-License-Identifier: Apache-2.0

# @summary Opens redis and sentinel on this controller to the node whose address is the title.
#
# Fuel's own last rule closes them to everybody else, which is all that protects the sentinels: they have no password.
#
# @param redis_port
#   TCP port of redis, from the deployment file.
#
# @param sentinel_port
#   TCP port of sentinel, likewise.
#
# @param ensure
#   Present where they are open to the node; absent for a withdrawal.
#
# @api private
define ceilometer_redis::peer ($redis_port, $sentinel_port, $ensure = present) {
  include ceilometer_redis::platform

  $provider = $name ? {
    /:/     => 'ip6tables',
    default => 'iptables',
  }

  Firewall {
    ensure => $ensure,
    source => $name,
    proto  => 'tcp',
  }

  if $ceilometer_redis::platform::firewall_jump {
    Firewall {
      jump     => 'ACCEPT',
      protocol => $provider,
    }
  } else {
    Firewall {
      action   => 'accept',
      provider => $provider,
    }
  }

  firewall { "121 redis from ${name}":
    dport => "${redis_port}", # lint:ignore:only_variable_string (Puppet 3 hands numbers of a YAML file on as integers)
  }

  firewall { "122 redis-sentinel from ${name}":
    dport => "${sentinel_port}", # lint:ignore:only_variable_string
  }
}

# SPDX-License-Identifier: Apache-2.0

# @summary The configuration of the daemon that the title names, redis or sentinel.
#
# There are two files: what the deployment says, and the daemon's own, which is made once and then belongs to the
# daemon. The OCF agents start from the first when the second is lost.
#
# @api private
define ceilometer_redis::conf {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

  File {
    ensure    => file,
    content   => template("ceilometer_redis/${name}.conf.erb"),
    show_diff => false,
  }

  file { "/etc/ceilometer-redis/${name}.conf":
    owner => 'root',
    group => 'root',
    mode  => '0600',
  }

  file { "/etc/ceilometer-redis/redis/${name}.conf":
    owner   => 'redis',
    group   => 'redis',
    mode    => '0640',
    replace => false,
  }
}

# SPDX-License-Identifier: Apache-2.0

# @summary The same PYTHONHASHSEED on every controller for the systemd service that is the title.
#
# The group in which agents share a static resource has Python's hash() in its name. Python 3 makes that differ from
# process to process, so that every agent polls all of them (seen with ceilometer 19.0.0 and 27.0.0). Python 2 does
# not, so services of upstart, all of them Python 2, need nothing.
#
# @param ensure
#   Present where the agent of the service coordinates, else absent, from the agent.
#
# @api private
define ceilometer_redis::hash_seed ($ensure = present) {
  file { "/etc/systemd/system/${name}.service.d":
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  -> file { "/etc/systemd/system/${name}.service.d/ceilometer-redis.conf":
    ensure  => $ensure,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => template('ceilometer_redis/hash_seed.conf.erb'),
    notify  => Exec['systemctl daemon-reload'],
  }
}

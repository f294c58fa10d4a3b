# SPDX-License-Identifier: Apache-2.0

# @summary The logs of redis and sentinel on one controller: rotated, and sent where rsyslog sends the others.
#
# The packages of both bring rules for logrotate. Ubuntu 14.04 has no package of sentinel's, and a second rule for a log
# would be an error.
#
# @param ensure
#   Absent when the plugin is withdrawn. What rotates the logs stays, as they do.
#
# @api private
class ceilometer_redis::logs ($ensure = present) {
  include ceilometer_redis::platform

  File {
    owner => 'root',
    group => 'root',
    mode  => '0644',
  }

  if $ensure == present {
    # Fuel's nodes have rsyslog; where there is none nobody reads it.
    file { '/etc/rsyslog.d':
      ensure => directory,
      mode   => '0755',
      before => File['/etc/rsyslog.d/00-ceilometer-redis.conf'],
    }

    unless 'redis-sentinel' in $ceilometer_redis::platform::daemons {
      file { '/etc/logrotate.d/ceilometer-redis':
        ensure => file,
        source => 'puppet:///modules/ceilometer_redis/logrotate.conf',
      }
    }
  }

  file { '/etc/rsyslog.d/00-ceilometer-redis.conf':
    ensure => $ensure,
    source => 'puppet:///modules/ceilometer_redis/rsyslog.conf',
  }

  ~> exec { 'service rsyslog restart':
    onlyif      => 'test -x /usr/sbin/rsyslogd',
    path        => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    refreshonly => true,
  }
}

# SPDX-License-Identifier: Apache-2.0

# @summary The OCF agents of the store and of the guard, which a controller needs before it joins the cluster.
#
# @example On a controller, once its settings are known to be right
#   include ceilometer_redis::deployment
#   include ceilometer_redis::ocf
#
#   Class['ceilometer_redis::deployment'] -> Class['ceilometer_redis::ocf']
class ceilometer_redis::ocf {
  $ocf = '/usr/lib/ocf'

  File {
    owner => 'root',
    group => 'root',
    mode  => '0755',
  }

  # Before it joins the cluster, a node may have no package with these directories.
  file { [
    $ocf,
    "${ocf}/lib",
    "${ocf}/lib/ceilometer-redis",
    "${ocf}/resource.d",
    "${ocf}/resource.d/ceilometer-redis",
  ]:
    ensure => directory,
  }

  file { "${ocf}/lib/ceilometer-redis/common.sh":
    ensure => file,
    mode   => '0644',
    source => 'puppet:///modules/ceilometer_redis/ocf/common.sh',
  }

  file { "${ocf}/lib/ceilometer-redis/daemon.sh":
    ensure => file,
    mode   => '0644',
    source => 'puppet:///modules/ceilometer_redis/ocf/daemon.sh',
  }

  file { "${ocf}/lib/ceilometer-redis/withdrawal.sh":
    ensure => file,
    mode   => '0644',
    source => 'puppet:///modules/ceilometer_redis/ocf/withdrawal.sh',
  }

  file { "${ocf}/resource.d/ceilometer-redis/redis-server":
    ensure => file,
    source => 'puppet:///modules/ceilometer_redis/ocf/redis-server',
  }

  file { "${ocf}/resource.d/ceilometer-redis/redis-sentinel":
    ensure => file,
    source => 'puppet:///modules/ceilometer_redis/ocf/redis-sentinel',
  }

  file { "${ocf}/resource.d/ceilometer-redis/guard":
    ensure => file,
    source => 'puppet:///modules/ceilometer_redis/ocf/guard',
  }
}

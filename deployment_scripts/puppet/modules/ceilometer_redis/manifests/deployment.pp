# What a controller needs before it joins the cluster: the helper, the deployment file, the OCF agents.
#
# The plugin's own copy of the helper, which reads and writes YAML, comes first: bad settings stop the task before
# anything of the controller is changed.
#
# plugin: where Fuel puts the plugin's deployment scripts on a node.
class ceilometer_redis::deployment ($plugin = '/etc/fuel/plugins/ceilometer-redis-2.0') {
  include ceilometer_redis::platform

  $ocf = '/usr/lib/ocf'

  File {
    owner   => 'root',
    group   => 'root',
    mode    => '0755',
    require => Exec['ceilometer-redis deployment'],
  }

  package { "${ceilometer_redis::platform::python}-yaml":
    ensure => installed,
  }

  -> exec { 'ceilometer-redis deployment':
    command   => "${plugin}/ceilometer-redis deployment",
    unless    => "${plugin}/ceilometer-redis deployment --check",
    path      => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
  }

  file { '/usr/local/bin/ceilometer-redis':
    ensure => file,
    source => "${plugin}/ceilometer-redis",
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

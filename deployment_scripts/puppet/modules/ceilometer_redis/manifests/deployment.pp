# SPDX-License-Identifier: Apache-2.0

# @summary The deployment file and the helper on one node.
#
# The plugin's own copy of the helper, which reads and writes YAML, comes first: bad settings stop the task before
# anything of the node is changed.
#
# @example On every node that the plugin has a task for
#   include ceilometer_redis::deployment
#
# @param plugin
#   The directory where Fuel puts the plugin's deployment scripts on a node; nobody gives another.
class ceilometer_redis::deployment ($plugin = '/etc/fuel/plugins/ceilometer-redis-2.0') {
  include ceilometer_redis::platform

  package { "${ceilometer_redis::platform::python}-yaml":
    ensure => installed,
  }

  -> exec { 'ceilometer-redis deployment':
    command   => "${plugin}/ceilometer-redis deployment",
    unless    => "${plugin}/ceilometer-redis deployment --check",
    path      => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
  }

  -> file { '/usr/local/bin/ceilometer-redis':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
    source => "${plugin}/ceilometer-redis",
  }

  # Of a file that is not there loadyaml makes an error (stdlib 4.6.0, Fuel 7.0) or a warning.
  $names = []
  $services = []

  file { '/etc/ceilometer-redis/options.yaml':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => template('ceilometer_redis/options.yaml.erb'),
    replace => false,
    require => Exec['ceilometer-redis deployment'],
  }
}

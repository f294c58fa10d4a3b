# SPDX-License-Identifier: Apache-2.0

# @summary What looks, on a compute node, whether the plugin was switched off.
#
# On a controller the monitor of a daemon looks.
#
# @param ensure
#   Present while the agent of the node coordinates, else absent.
#
# @api private
class ceilometer_redis::watch ($ensure) {
  file { '/etc/cron.d/ceilometer-redis':
    ensure  => $ensure,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => template('ceilometer_redis/watch.cron.erb'),
  }
}

# What looks, on a compute node, whether the plugin was switched off: on a controller a daemon's monitor does.
class ceilometer_redis::watch ($ensure) {
  file { '/etc/cron.d/ceilometer-redis':
    ensure  => $ensure,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => template('ceilometer_redis/watch.cron.erb'),
  }
}

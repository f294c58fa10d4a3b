# The daemons' directories and their configuration, which is made once and then belongs to the daemons.
class ceilometer_redis::daemons {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

  File {
    owner => 'redis',
    group => 'redis',
  }

  # The directory is open: redis has to get through it, the files in it are closed.
  file { '/etc/ceilometer-redis':
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }

  # Both daemons write a new file beside the old one when they rewrite their configuration.
  file { ['/etc/ceilometer-redis/redis', '/var/lib/ceilometer-redis']:
    ensure => directory,
    mode   => '0750',
  }

  file { '/etc/ceilometer-redis/redis/redis.conf':
    ensure    => file,
    mode      => '0640',
    content   => template('ceilometer_redis/redis.conf.erb'),
    replace   => false,
    show_diff => false,
  }

  file { '/etc/ceilometer-redis/redis/sentinel.conf':
    ensure    => file,
    mode      => '0640',
    content   => template('ceilometer_redis/sentinel.conf.erb'),
    replace   => false,
    show_diff => false,
  }
}

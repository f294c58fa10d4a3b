# Proof that this controller can join the existing service, as its agents will, before anything of them is changed.
class ceilometer_redis::joining {
  exec { 'ceilometer-redis join':
    unless    => 'ceilometer-redis join',
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
  }
}

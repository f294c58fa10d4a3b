# Proof that the agents of this node can coordinate, before anything of them is changed: that their Pythons have tooz and
# its client of the store, and that an existing service can be joined from this controller.
class ceilometer_redis::joining {
  exec { 'ceilometer-redis join':
    unless    => 'ceilometer-redis join',
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
  }
}

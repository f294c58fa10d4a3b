# The agents' configuration on one controller as Fuel makes it: nothing of it coordinates.
class ceilometer_redis::withdrawal::agents {
  include ceilometer_redis

  create_resources('ceilometer_redis::agent', $ceilometer_redis::deployment['agents'], { 'ensure' => 'absent' })

  exec { 'systemctl daemon-reload':
    path        => ['/usr/bin', '/bin'],
    refreshonly => true,
  }
}

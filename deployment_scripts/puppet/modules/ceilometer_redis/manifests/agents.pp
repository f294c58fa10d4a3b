# The agents on one controller: configured to coordinate through the store, then made clones.
class ceilometer_redis::agents {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment
  $agent = {
    'backend_url' => $deployment['coordination']['backend_url'],
    'before'      => Ceilometer_redis::Apply['agents'],
  }

  create_resources('ceilometer_redis::agent', $deployment['agents'], $agent)

  exec { 'systemctl daemon-reload':
    path        => ['/usr/bin', '/bin'],
    refreshonly => true,
    before      => Ceilometer_redis::Apply['agents'],
  }

  ceilometer_redis::apply { 'agents': }
}

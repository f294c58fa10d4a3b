# Brings what the title names (resources, password, redis, sentinel, agents...) to the deployment file, unless it is there.
define ceilometer_redis::apply {
  # The longest is the restart of an agent: Fuel allows 360 s for its stop and as much for its start.
  exec { "ceilometer-redis apply ${name}":
    unless    => "ceilometer-redis apply ${name} --check",
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
    timeout   => 900,
  }
}

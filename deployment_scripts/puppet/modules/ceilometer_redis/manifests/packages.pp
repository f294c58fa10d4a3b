# Redis, Sentinel and the agents' client of it. The distribution's services stay off: Pacemaker supervises the daemons.
class ceilometer_redis::packages {
  include ceilometer_redis::platform
  include ceilometer_redis::predecessor

  # The helper needs it, which ends the redis servers of version 1.0 before their service is stopped.
  package { "${ceilometer_redis::platform::python}-redis":
    ensure => installed,
  }

  -> Class['ceilometer_redis::predecessor']

  -> package { $ceilometer_redis::platform::daemons:
    ensure => installed,
  }

  -> service { $ceilometer_redis::platform::daemons:
    ensure => stopped,
    enable => false,
  }
}

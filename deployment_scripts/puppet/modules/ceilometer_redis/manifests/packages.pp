# Redis, Sentinel and the agents' client of it. The distribution's services stay off: Pacemaker supervises the daemons.
class ceilometer_redis::packages {
  include ceilometer_redis::platform

  package { "${ceilometer_redis::platform::python}-redis":
    ensure => installed,
  }

  package { $ceilometer_redis::platform::daemons:
    ensure => installed,
  }

  -> service { $ceilometer_redis::platform::daemons:
    ensure => stopped,
    enable => false,
  }
}

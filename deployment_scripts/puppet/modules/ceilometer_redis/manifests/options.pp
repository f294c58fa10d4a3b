# SPDX-License-Identifier: Apache-2.0

# @summary Options of the roles in ceilometer.conf, and the plain services that read them.
#
# A file notes what is set: an option that no role needs any more goes, one that somebody else has set stays.
#
# @param options
#   As ceilometer_config takes them, by 'section/name', from the deployment file; none for a withdrawal.
#
# @param services
#   Names of services of the init system, likewise. They are restarted, if they run, when an option changes; Fuel itself
#   declares what state they are in.
#
# @api private
class ceilometer_redis::options ($options, $services) {
  include ceilometer_redis::platform

  $noted = '/etc/ceilometer-redis/options.yaml'
  $former = loadyaml($noted)
  $names = keys($options)
  $gone = difference($former['options'], $names)
  $readers = unique(flatten([$services, $former['services']]))

  create_resources('ceilometer_config', $options, { 'before' => File[$noted] })

  ceilometer_config { $gone:
    ensure => absent,
    before => File[$noted],
  }

  if !empty($readers) {
    service { $readers:
      provider  => $ceilometer_redis::platform::service_provider,
      subscribe => Ceilometer_config[flatten([$names, $gone])],
    }
  }

  file { $noted:
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => template('ceilometer_redis/options.yaml.erb'),
  }
}

# SPDX-License-Identifier: Apache-2.0

# @summary The agents on one controller: configured to coordinate through the store, then made clones.
#
# @example On a controller whose store is deployed
#   include ceilometer_redis::agents
class ceilometer_redis::agents {
  include ceilometer_redis
  include ceilometer_redis::joining

  Class['ceilometer_redis::joining']
  -> Ceilometer_redis::Agent<| |>
  -> Class['ceilometer_redis::options']

  $before_clones = { 'before' => Ceilometer_redis::Apply['agents'] }

  create_resources('ceilometer_redis::agent', $ceilometer_redis::deployment['agents'], $before_clones)

  if $ceilometer_redis::deployment['released'] {
    $fuels_again = merge($before_clones, { 'ensure' => 'absent' })

    create_resources('ceilometer_redis::agent', $ceilometer_redis::deployment['released'], $fuels_again)
  }

  class { 'ceilometer_redis::options':
    options  => $ceilometer_redis::deployment['options'],
    services => $ceilometer_redis::deployment['services'],
    before   => Ceilometer_redis::Apply['agents'],
  }

  Ceilometer_redis::Coordination['ceilometer'] ~> Class['ceilometer_redis::options']

  exec { 'systemctl daemon-reload':
    path        => ['/usr/bin', '/bin'],
    refreshonly => true,
    before      => Ceilometer_redis::Apply['agents'],
  }

  ceilometer_redis::apply { 'agents': }

  if $ceilometer_redis::existing {
    include ceilometer_redis::firewall

    # A store that was deployed here before: nobody shares it any more.
    Ceilometer_redis::Apply['agents']
    -> ceilometer_redis::apply { 'former-store': }
    -> Class['ceilometer_redis::firewall']
  } else {
    # Once more: a master that was alone until now accepts writes without replicas, and has them by now.
    Class['ceilometer_redis::joining']
    -> ceilometer_redis::apply { 'redis': }
    -> Ceilometer_redis::Apply['agents']
  }
}

# SPDX-License-Identifier: Apache-2.0

# @summary The configuration of one agent; the title is the agent's primitive.
#
# @param service
#   The agent's service, from the deployment file.
#
# @param config
#   The project whose configuration file the agent reads, ceilometer or aodh, from the deployment file.
#
# @param ensure
#   Present where the agent coordinates. Absent, as Fuel itself configures it, for the agents that the deployment file
#   releases and for a withdrawal.
#
# @api private
define ceilometer_redis::agent ($service, $config, $ensure = present) {
  include ceilometer_redis::platform

  # Central agent and alarm evaluator of Fuel 7.0 and 8.0 share one file, which is the central agent's, declared first.
  if !defined(Ceilometer_redis::Coordination[$config]) {
    ceilometer_redis::coordination { $config:
      ensure => $ensure,
    }
  }

  if $service == 'ceilometer-alarm-evaluator' {
    # Fuel sets the evaluator that takes all alarms; the other shares them through the store.
    $evaluation_service = $ensure ? {
      absent  => 'ceilometer.alarm.service.SingletonAlarmService',
      default => 'default',
    }

    ceilometer_config { 'alarm/evaluation_service':
      value => $evaluation_service,
    }
  }

  if $ceilometer_redis::platform::service_provider == 'systemd' {
    ceilometer_redis::hash_seed { $service:
      ensure => $ensure,
    }
  }
}

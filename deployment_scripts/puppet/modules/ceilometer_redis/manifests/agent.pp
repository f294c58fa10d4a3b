# The configuration of one agent; the title is the agent's primitive.
#
# service: the agent's service. config: the project whose configuration file the agent reads (ceilometer, aodh).
define ceilometer_redis::agent ($service, $config) {
  include ceilometer_redis::platform

  # Central agent and alarm evaluator of Fuel 7.0 and 8.0 share one file.
  ensure_resource('ceilometer_redis::coordination', $config)

  if $service == 'ceilometer-alarm-evaluator' {
    # Fuel sets the evaluator that takes all alarms; this one shares them through the store.
    ceilometer_config { 'alarm/evaluation_service':
      value => 'default',
    }
  }

  if $ceilometer_redis::platform::systemd {
    ceilometer_redis::hash_seed { $service: }
  }
}

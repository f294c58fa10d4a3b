# SPDX-License-Identifier: Apache-2.0

# @summary Brings what the title names (resources, password, redis, sentinel, agents...) to the deployment file.
#
# The titles are those that `ceilometer-redis apply` takes. Where `--check` finds nothing to change, nothing is done.
#
# @api private
define ceilometer_redis::apply {
  # The longest is the restart of an agent: Fuel allows 360 s for its stop and as much for its start.
  exec { "ceilometer-redis apply ${name}":
    unless    => "ceilometer-redis apply ${name} --check",
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
    timeout   => 900,
  }
}

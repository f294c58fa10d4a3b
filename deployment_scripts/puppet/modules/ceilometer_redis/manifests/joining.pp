# SPDX-License-Identifier: Apache-2.0

# @summary Proof that the agents of this node can coordinate, before anything of them is changed.
#
# The agents' Pythons have tooz and its client of the store, and a controller can join an existing service.
#
# @api private
class ceilometer_redis::joining {
  # It changes nothing: where it fails it is run again, as the command, for what it says.
  exec { 'ceilometer-redis join':
    unless    => 'ceilometer-redis join',
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
  }
}

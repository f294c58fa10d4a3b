# SPDX-License-Identifier: Apache-2.0

# @summary The end of a deployment: it fails, with the line that says why, where nobody polls or the store takes no writes.
#
# @example After everything else is deployed
#   include ceilometer_redis::check
class ceilometer_redis::check {
  # Agents start in turn. It changes nothing: what is still broken after that time, the command says. A controller that
  # is off is a warning, and no reason to fail (exit code 1).
  exec { 'ceilometer-redis check':
    unless    => 'ceilometer-redis check --wait 300 >/dev/null; test $? -lt 2',
    returns   => [0, 1],
    provider  => shell,
    path      => ['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    logoutput => true,
    timeout   => 400,
  }
}

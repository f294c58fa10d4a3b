# SPDX-License-Identifier: Apache-2.0

# @summary Opens the store's ports on this controller to the nodes that coordinate, closes them to those that have gone.
#
# The nodes that coordinate are all controllers, and the compute nodes whose agents share their work. Without a store
# here the ports are closed to all of them.
#
# @api private
class ceilometer_redis::firewall {
  include ceilometer_redis

  $deployment = $ceilometer_redis::deployment

  # Puppet 3 allows one index before a question mark.
  $address = $deployment['node']['address']

  $family = $address ? {
    /:/     => 'IPv6',
    default => 'IPv4',
  }

  if !$ceilometer_redis::existing {
    $peers = flatten([$deployment['addresses'], $deployment['clients']])

    ceilometer_redis::peer { $peers:
      redis_port    => $deployment['redis']['port'],
      sentinel_port => $deployment['sentinel']['port'],
    }
  }

  # Of all rules in the chain those of ceilometer_redis::peer alone are not ignored: each of them that nobody declares
  # is one for a node that has gone, or of a former store.
  firewallchain { "INPUT:filter:${family}":
    purge  => true,
    ignore => '^(?!.*(121 redis|122 redis-sentinel) from )',
  }
}

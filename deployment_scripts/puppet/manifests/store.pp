# SPDX-License-Identifier: Apache-2.0

# The store on a controller: redis and sentinel as clones, or the client of an existing service.
notice('MODULAR: ceilometer-redis/store.pp')

include ceilometer_redis::store

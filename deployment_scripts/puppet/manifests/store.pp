notice('MODULAR: ceilometer-redis/store.pp')

include ceilometer_redis::store

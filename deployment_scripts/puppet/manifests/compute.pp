notice('MODULAR: ceilometer-redis/compute.pp')

include ceilometer_redis::compute

notice('MODULAR: ceilometer-redis/compute_deployment.pp')

include ceilometer_redis::deployment

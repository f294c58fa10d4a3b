notice('MODULAR: ceilometer-redis/deployment.pp')

include ceilometer_redis::deployment

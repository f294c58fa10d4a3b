notice('MODULAR: ceilometer-redis/deployment.pp')

include ceilometer_redis::deployment
include ceilometer_redis::ocf

Class['ceilometer_redis::deployment'] -> Class['ceilometer_redis::ocf']

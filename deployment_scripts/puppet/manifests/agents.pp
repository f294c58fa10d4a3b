notice('MODULAR: ceilometer-redis/agents.pp')

include ceilometer_redis::agents

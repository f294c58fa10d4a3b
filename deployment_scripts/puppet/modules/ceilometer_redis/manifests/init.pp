# The content of the deployment file, which is all that the other classes know of the environment.
class ceilometer_redis {
  $deployment = loadyaml('/etc/ceilometer-redis/deployment.yaml')

  if !$deployment {
    fail('/etc/ceilometer-redis/deployment.yaml is not there: the task ceilometer-redis-deployment has to run first')
  }

  # Without a store of its own the environment uses a service that was there before.
  $existing = !$deployment['redis']
}

# SPDX-License-Identifier: Apache-2.0

# How the deployment came out, on a controller.
notice('MODULAR: ceilometer-redis/check.pp')

include ceilometer_redis::check

# SPDX-License-Identifier: Apache-2.0
"""What the OpenStack releases differ in that Fuel 7.0 to 11.0 deploy."""

import collections

from ceilometer_redis.errors import kind, quoted
from ceilometer_redis.fuel.astute import Part

#: Fuel's primitives in Pacemaker: name, the service of the agent and the file with its options.
CENTRAL = ('p_ceilometer-agent-central', {'service': 'ceilometer-agent-central', 'config': 'ceilometer'})
ALARM_EVALUATOR = ('p_ceilometer-alarm-evaluator', {'service': 'ceilometer-alarm-evaluator', 'config': 'ceilometer'})
AODH_EVALUATOR = ('p_aodh-evaluator', {'service': 'aodh-evaluator', 'config': 'aodh'})

# What makes an agent of that role coordinate, in ceilometer.conf (openstack/ceilometer, tags 2015.1.4, 5.0.5, 6.1.3,
# 7.0.5 and 8.1.5). The queues are ceilometer's default, said because all agents need the same number: a lower one loses
# what waits in the others, so it does not follow the number of controllers.
NOTIFICATION = {'notification/workload_partitioning': 'true'}
NOTIFICATION_QUEUES = dict(NOTIFICATION, **{'notification/pipeline_processing_queues': '10'})
INSTANCES = {'compute/workload_partitioning': 'true'}
DISCOVERY = {'compute/instance_discovery_method': 'workload_partitioning'}

#: What an OpenStack release has.
#: evaluator: of alarms, a primitive.
#: tooz: its version, which stands for the installed one while there is none, so that a second deployment finds the same
#: options.
#: notification_options, compute_options: which make these agents coordinate.
#: compute_agent: its service, which Fuel declares through openstack/puppet-ceilometer.
#: least_down_after: seconds that its Redis bears. Sentinel of 2.8.4, Ubuntu 14.04's, takes what answers for down unless
#: an answer may be 1.2 s old (each second it asks, PING or INFO in turn), and makes a connection anew when the last one
#: is half of that time old.
#: longest_address: characters that its Sentinel keeps. Before 2.8.14 it writes garbage for a longer one, and cannot
#: read it again when it starts.
Release = collections.namedtuple('Release', 'evaluator tooz notification_options compute_agent compute_options '
                                            'least_down_after longest_address')

#: By Fuel's openstack_version.
RELEASES = {
    '2015.1.0-7.0': Release(ALARM_EVALUATOR, (0, 13), NOTIFICATION, 'ceilometer-agent-compute', INSTANCES, 3, 31),
    'liberty-8.0': Release(ALARM_EVALUATOR, (1, 24), NOTIFICATION_QUEUES, 'ceilometer-agent-compute', INSTANCES, 3, 31),
    'mitaka-9.0': Release(AODH_EVALUATOR, (1, 34), NOTIFICATION_QUEUES, 'ceilometer-polling', INSTANCES, 3, 31),
    'newton-10.0': Release(AODH_EVALUATOR, (1, 43), NOTIFICATION_QUEUES, 'ceilometer-polling', INSTANCES, 1, 45),
    'ocata-11.0': Release(AODH_EVALUATOR, (1, 48), NOTIFICATION_QUEUES, 'ceilometer-polling', DISCOVERY, 1, 45),
}


def release(astute):
    """Return the Release of an environment with Ceilometer.

    Raises:
        BadInput: There is no Ceilometer, or the plugin knows no such release.
    """
    whole = Part(astute)
    version = whole.text('openstack_version')
    if version not in RELEASES:
        raise whole.refusal('openstack_version', 'be one of %s' % ', '.join(sorted(RELEASES)), quoted(version))
    ceilometer = whole.part('ceilometer')
    enabled = ceilometer.values.get('enabled')
    if enabled is not True:
        raise ceilometer.refusal('enabled', 'be true', kind(enabled),
                                 'without Ceilometer there is nothing to coordinate')
    return RELEASES[version]

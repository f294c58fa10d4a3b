# SPDX-License-Identifier: Apache-2.0
"""The deployment of three controllers, as far as the store reads it."""

ADDRESSES = FIRST, SECOND, THIRD = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
GONE = '10.0.0.9'


def deployment(own=SECOND):
    return {'node': {'address': own}, 'addresses': ADDRESSES, 'redis': {'port': 6379, 'password': 'S3cretS3cret'},
            'sentinel': {'master_name': 'ceilometer-redis', 'quorum': 2, 'down_after': 5000, 'failover_timeout': 15000,
                         'parallel_syncs': 1},
            'controllers': [{'address': address, 'primary': address == THIRD} for address in ADDRESSES]}

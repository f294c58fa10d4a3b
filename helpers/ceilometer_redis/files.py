# SPDX-License-Identifier: Apache-2.0
"""Files of this node: where the plugin has its own, and how they are read and written."""

import os

#: Where redis and Sentinel keep their own configuration.
CONF_DIR = '/etc/ceilometer-redis/redis'


def read_text(path):
    """Return the text of a file, '' if there is none."""
    if not os.path.exists(path):
        return ''
    with open(path) as text:
        return text.read()

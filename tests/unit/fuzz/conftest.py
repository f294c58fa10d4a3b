# SPDX-License-Identifier: Apache-2.0
"""Every parser gets what was generated, and real data that were mutated: it answers, or refuses in one line.

The same inputs each time, a minute's worth; FUZZ=N in the environment, as of `make fuzz`, tries N others of each kind.
"""

import os

from hypothesis import HealthCheck, settings

FUZZ = os.environ.get('FUZZ')

settings.register_profile(
    'fuzz', derandomize=not FUZZ, max_examples=int(FUZZ or 100), database=None, deadline=None, print_blob=True,
    suppress_health_check=list(HealthCheck))
settings.load_profile('fuzz')

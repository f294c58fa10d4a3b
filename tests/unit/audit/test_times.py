# SPDX-License-Identifier: Apache-2.0
"""Times as samples and people write them."""

import pytest
from polls import START

from ceilometer_redis.audit import times
from ceilometer_redis.errors import BadInput


@pytest.mark.parametrize('text, time', [
    ('2017-07-14T02:40:00', START),
    ('2017-07-14 02:40:00.250000', START + 0.25),
    ('2017-07-14T02:40:00Z', START),
    ('2017-07-14T02:40:00.5+00:00', START + 0.5),
    ('2017-07-14T04:40:00+0200', START),
    ('2017-07-13T21:10:00-05:30', START),
    ('2017-07-14T02:40:00,5', None),
    ('2017-07-14T02:40:61', None),
    ('1500000000', START),
    ('1500000000.5', START + 0.5),
    ('2017', None),
    ('0', None),
])
def test_a_time_is_iso_8601_or_seconds_since_the_epoch(text, time):
    if time is None:
        with pytest.raises(BadInput):
            times.parse_time('--since', text)
    else:
        assert times.parse_time('--since', text) == time

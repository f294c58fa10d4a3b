# SPDX-License-Identifier: Apache-2.0
"""When a master that is back stays master."""

import pytest
from three_controllers import FIRST, THIRD

from ceilometer_redis.store import handover


@pytest.mark.parametrize('what, differs, content', [
    ('it names this master and had its answer since', {}, True),
    ('it names another', {'ip': THIRD}, False),
    ('it replaces it', {'flags': 'master,failover_in_progress'}, False),
    ('it takes it for down', {'flags': 's_down,master'}, False),
    ('its last answer is as old', {'last-ok-ping-reply': '2000'}, False),
    ('its last answer is of before', {'last-ok-ping-reply': '2001'}, False),
])
def test_a_sentinel_is_content_with_a_master_that_is_back_for_two_seconds_if(what, differs, content):
    state = dict({'ip': FIRST, 'flags': 'master', 'last-ok-ping-reply': '1999'}, **differs)
    assert handover.confirms_master(state, FIRST, 2) is content, what

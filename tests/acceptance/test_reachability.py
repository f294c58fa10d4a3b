# SPDX-License-Identifier: Apache-2.0
"""The store is for the controllers alone."""

import pytest

PORTS = (6379, 26379)
CONNECT = 'timeout 3 bash -c "</dev/tcp/{address}/{port}"'


@pytest.mark.parametrize('port', PORTS)
def test_no_other_host_reaches_redis_or_a_sentinel(settled, port):
    for controller in settled.controllers:
        assert settled.services.run(CONNECT.format(address=controller.address, port=port), check=False).returncode != 0


@pytest.mark.parametrize('port', PORTS)
def test_every_controller_reaches_every_other(settled, port):
    for source in settled.controllers:
        for target in settled.controllers:
            source.run(CONNECT.format(address=target.address, port=port))

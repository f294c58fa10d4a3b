# SPDX-License-Identifier: Apache-2.0
"""What a sentinel is told, and what of that is read from its files."""

import pytest
from three_controllers import deployment

from ceilometer_redis.store import sentinel


@pytest.mark.parametrize('option, key', [
    ('quorum', 'quorum'), ('down-after-milliseconds', 'down_after'), ('failover-timeout', 'failover_timeout'),
    ('parallel-syncs', 'parallel_syncs')])
def test_each_setting_of_a_sentinel_that_differs_is_changed_and_no_other(option, key):
    state = {'quorum': '2', 'down-after-milliseconds': '5000', 'failover-timeout': '15000', 'parallel-syncs': '1'}
    wanted = deployment()
    assert sentinel.differing_options(state, wanted) == []
    wanted['sentinel'][key] += 1
    assert sentinel.differing_options(state, wanted) == [(option, str(wanted['sentinel'][key]))]


@pytest.mark.parametrize('text, told', [
    ('sentinel auth-pass ceilometer-redis S3cretS3cret\n', True),
    ('port 1\nsentinel auth-pass ceilometer-redis "S3cretS3cret"\nport 2', True),
    ('sentinel auth-pass ceilometer-redis S3cretS3cretS3cret\n', False),
    ('sentinel auth-pass ceilometer-redis-2 S3cretS3cret\n', False),
    ('# sentinel auth-pass ceilometer-redis S3cretS3cret\n', False),
    ('', False),
])
def test_what_a_sentinel_was_told_is_read_from_its_file(tmpdir, text, told):
    tmpdir.join('sentinel.conf').write(text)
    assert sentinel.knows_password(deployment(), 'S3cretS3cret', str(tmpdir)) is told


@pytest.mark.parametrize('check', [True, False])
def test_a_password_is_hidden_wherever_it_is_in_a_log_and_nothing_else_is_lost(tmpdir, check):
    log = tmpdir.join('sentinel.log')
    log.write_binary(b'S3cretS3cret\xff\nset S3cretS3cret, S3cretS3cre\n')
    assert sentinel.mask_password('S3cretS3cret', str(log), check) is True
    hidden = b'************\xff\nset ************, S3cretS3cre\n'
    assert log.read_binary() == (hidden.replace(b'*' * 12, b'S3cretS3cret') if check else hidden)
    assert sentinel.mask_password('An0therPassword', str(log), check) is False
    assert sentinel.mask_password('S3cretS3cret', str(tmpdir.join('none')), check) is False


def test_a_log_that_is_not_the_daemons_own_is_left_alone(tmpdir):
    """Its configuration file names it, which a client with the password can let it rewrite."""
    foreign, link = tmpdir.join('deployment.yaml'), tmpdir.join('sentinel.log')
    foreign.write('password: S3cretS3cret\n')
    link.mksymlinkto(foreign)
    tmpdir.mkdir('directory')
    assert sentinel.mask_password('S3cretS3cret', str(link)) is False
    assert sentinel.mask_password('S3cretS3cret', str(foreign), owner=foreign.stat().uid + 1) is False
    assert sentinel.mask_password('S3cretS3cret', str(tmpdir.join('directory'))) is False
    assert foreign.read() == 'password: S3cretS3cret\n'
    assert sentinel.mask_password('S3cretS3cret', str(foreign), owner=foreign.stat().uid) is True

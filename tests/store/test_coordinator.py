# SPDX-License-Identifier: Apache-2.0
"""Joining an existing service by tooz itself: the newest one, and those of Fuel 9.x and 7.0 on Python 2.7."""

import uuid

import pytest

import era
from ceilometer_redis import clock
from ceilometer_redis.coordination.coordinator import Coordinator, check
from ceilometer_redis.errors import NotDone
from services import ADDRESS, SCHEMES, Service, free_port

KINDS = ('redis', 'zookeeper', 'memcached')
SECRET = 'S3cretS3cret'


@pytest.fixture(scope='module', params=KINDS)
def service(request, tmp_path_factory):
    """A service of each kind, for tests that leave it as it is."""
    found = Service(request.param, tmp_path_factory.mktemp(request.param))
    found.start()
    yield found
    found.kill()


@pytest.fixture(params=['newest', '1.34', '0.13'])
def python(request):
    return [era.python_of(request.param)]


@pytest.fixture
def joined(service, python):
    """Start coordinators; closes them after the test."""
    started = []

    def start(name):
        started.append(Coordinator(service.url, name, python=python))
        return started[-1]
    yield start
    for each in started:
        each.close()


def groups(coordinator):
    return coordinator.ask('members', '')


def test_a_service_is_joined_and_left_as_it_was(service, python, joined):
    witness = joined('witness')
    before = groups(witness)
    check(service.url, python=python)
    assert groups(witness) == before


def test_members_of_other_programs_are_seen_while_they_are_members(service, python, joined, member):
    witness = joined('witness')
    names = set(str(uuid.uuid4()) for _ in range(2))
    for name in names:
        member(python[0], 'beat', service.url, name).hear()
    found = witness.ask('members', 'central-')
    assert list(found) == ['central-global'] and names <= set(found['central-global'])
    assert witness.ask('members', 'alarm_evaluator') == {}


# In redis the guard has a lock of its own; python-redis 3 has none for tooz 1.34.
@pytest.mark.parametrize('service', ['zookeeper', 'memcached'], indirect=True)
def test_one_has_the_lock_until_it_gives_it_up_or_leaves(joined):
    first, second = joined('first'), joined('second')
    assert [first.ask('take'), second.ask('take'), first.ask('take')] == [True, False, True]
    first.ask('release')
    assert [second.ask('take'), first.ask('take')] == [True, False]
    second.close()
    assert first.ask('take')


@pytest.mark.parametrize('kind', KINDS)
def test_a_closed_port_is_refused_in_a_line_without_the_password(kind, python):
    port = free_port()
    with pytest.raises(NotDone) as refused:
        check('%s://user:%s@%s:%s?timeout=2' % (SCHEMES.get(kind, kind), SECRET, ADDRESS, port),
                          python=python)
    line, = str(refused.value).splitlines()
    assert line.startswith('%s://%s:%s: start: ' % (kind, ADDRESS, port))
    assert SECRET not in line


@pytest.mark.parametrize('kind', KINDS)
def test_a_service_that_hangs_is_given_up_in_time(kind, python, tmp_path):
    service = Service(kind, tmp_path)
    service.start()
    try:
        witness = Coordinator(service.url + '?timeout=300', 'witness', python=python)
        witness.patience = 5
        service.freeze()
        begun = clock.uptime()
        with pytest.raises(NotDone, match='^%s://%s:%s: beat: no answer within 5 s$' % (kind, ADDRESS, service.port)):
            witness.ask('beat')
        with pytest.raises(NotDone, match='(start|check): no answer within 5 s$'):
            check(service.url + '?timeout=300', 5, python)
        assert clock.uptime() - begun < 30
    finally:
        service.kill()


@pytest.mark.parametrize('query, said', [('timeout=soon', 'ValueError'), ('no=driver', 'NoMatches')])
def test_what_tooz_cannot_read_is_refused_in_its_own_words(query, said, python):
    kind = 'memcached' if said == 'ValueError' else 'etcd9'
    with pytest.raises(NotDone, match='start: %s: ' % said):
        check('%s://%s:1?%s' % (kind, ADDRESS, query), python=python)


def test_a_python_without_tooz_is_named(tmp_path):
    python = tmp_path / 'python'
    python.write_text(u'#!/bin/sh\nexit 1\n')
    python.chmod(0o755)
    with pytest.raises(NotDone, match='start: tooz has ended without an answer'):
        check('redis://%s:1' % ADDRESS, python=[str(python)])

# SPDX-License-Identifier: Apache-2.0
"""What is kept of a host's disk: layers by name, each on the one it was written on."""

import pytest

from lab import hosts, lab


@pytest.fixture
def host(tmp_path):
    """A host that is off, its disk new."""
    host = hosts.Host('node-9', 19, 'controller')
    host.store = tmp_path
    (tmp_path / 'upper').mkdir()
    return host


def write(host, name):
    (host.store / 'upper' / name).touch()


def read(host):
    """The files on the disk, those written last first."""
    return [path.name for layer in host.disk() for path in layer.iterdir()]


def test_what_was_kept_is_there_after_a_reset_and_what_was_written_since_is_not(host):
    write(host, 'installed')
    host.keep('bare')
    write(host, 'gone')
    host.reset('bare')
    assert read(host) == ['installed']


def test_a_layer_stands_on_the_one_that_the_host_was_reset_to(host):
    write(host, 'installed')
    host.keep('bare')
    write(host, 'ours')
    host.keep('ours')
    host.reset('bare')
    write(host, 'theirs')
    host.keep('theirs')
    write(host, 'new')
    assert read(host) == ['new', 'theirs', 'installed']
    host.reset('ours')
    assert read(host) == ['ours', 'installed']


def test_it_is_known_which_layer_a_disk_stands_on_and_what_was_written_since(host):
    assert not host.is_at('bare')
    write(host, 'installed')
    host.keep('bare')
    assert (host.is_at('bare'), host.has_written('/installed')) == (True, False)
    write(host, 'ours')
    assert host.has_written('/ours')
    host.keep('ours')
    assert (host.is_at('bare'), host.is_at('ours'), host.has_written('/ours')) == (False, True, False)


def test_a_layer_is_kept_anew_by_its_name(host):
    host.keep('bare')
    write(host, 'old')
    host.keep('ours')
    host.reset('bare')
    write(host, 'new')
    host.keep('ours')
    assert (read(host), host.is_kept('ours'), host.is_kept('theirs')) == (['new'], True, False)


@pytest.mark.parametrize('services, kept', [(4711, 'made of'), (None, '')])
def test_disks_are_of_use_as_long_as_the_services_that_they_need_run(services, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(lab, 'KEPT', tmp_path)
    (tmp_path / 'bare').write_text('made of')
    left = lab.Lab()
    monkeypatch.setattr(left.services, 'pid', lambda: services)
    assert left.kept('bare') == kept

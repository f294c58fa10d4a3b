# SPDX-License-Identifier: Apache-2.0
"""Which meters two sub-groups of polling agents have in common, and what is said of it."""

import pytest
import yaml

from ceilometer_redis.coordination import meters
from ceilometer_redis.errors import BadInput


@pytest.mark.parametrize('one, other, common', [
    ([['*']], [['*']], ('*', '*')),
    ([['*']], [['cpu']], ('*', 'cpu')),
    ([['?*']], [['cpu']], ('?*', 'cpu')),
    ([['image', 'image.size']], [['storage.*']], None),
    ([['image*']], [['*.size']], ('image*', '*.size')),
    ([['disk.read.*']], [['disk.*.bytes']], ('disk.read.*', 'disk.*.bytes')),
    ([['disk.read.*']], [['disk.write.*']], None),
    ([['*', '!image*']], [['image', 'image.size']], None),
    ([['!image*']], [['image', 'image.size']], None),
    ([['!image*']], [['!storage*']], ('*', '*')),
    ([['*', '!image.*']], [['image*']], ('*', 'image*')),
    ([['!image', '!image.*']], [['image*', '!image?*']], None),
    ([['!image.*', '!storage.*']], [['cpu'], ['storage.objects']], ('*', 'cpu')),
    ([['cpu'], ['memory']], [['disk'], ['memory']], ('memory', 'memory')),
    ([['cpu_[ab]']], [['cpu_b']], ('cpu_[ab]', 'cpu_b')),
    ([['cpu_[!ab]']], [['cpu_b']], None),
    ([['ip.floating?']], [['ip.floating']], None),
    ([], [['*']], None),
])
def test_sources_overlap_when_a_meter_may_be_in_both(one, other, common):
    assert meters.common_patterns(one, other) == common
    assert meters.common_patterns(other, one) == (common and common[::-1])


OTHERS = """\
[DEFAULT]
pipeline_cfg_file = images.yaml
# partitioning_group_prefix = commented
[polling]
partitioning_group_prefix = images
[coordination]
backend_url = redis://store
"""


@pytest.fixture
def etc(tmpdir):
    """A node's /etc/ceilometer: agents of the operator's poll images, with a prefix; those of Fuel all but images."""
    tmpdir.join('ceilometer.conf').write('[coordination]\nbackend_url = redis://store\n')
    tmpdir.join('images.conf').write(OTHERS)
    names(tmpdir.join('pipeline.yaml'), ['!image', '!image.*'])
    names(tmpdir.join('images.yaml'), ['image', 'image.*'])
    return tmpdir


def names(path, *sources):
    path.write(yaml.safe_dump({'sources': [{'name': 'a', 'interval': 60, 'meters': each} for each in sources]}))


def refused(etc, prefix='fuel'):
    with pytest.raises(BadInput) as found:
        meters.refuse_overlaps(prefix, str(etc))
    return found.value


def test_sub_groups_with_different_meters_are_let_be(etc):
    meters.refuse_overlaps('fuel', str(etc))


def test_a_meter_that_two_sub_groups_poll_is_refused_by_the_names_of_their_files(etc):
    names(etc.join('pipeline.yaml'), ['cpu'], ['*'])
    error = refused(etc)
    assert error.field == 'partitioning_group_prefix'
    assert str(error) == (
        "partitioning_group_prefix must be one whose agents poll no meter that agents with another poll, not 'fuel': "
        "'*' in {0}/pipeline.yaml overlaps 'image' in {0}/images.yaml, which agents with {0}/images.conf and prefix "
        "'images' read").format(etc)


def test_agents_with_the_same_prefix_share_their_meters(etc):
    names(etc.join('pipeline.yaml'), ['*'])
    meters.refuse_overlaps('images', str(etc))


def test_the_former_section_of_the_prefix_is_read_as_well(etc):
    etc.join('images.conf').write(OTHERS.replace('[polling]', '[central]'))
    names(etc.join('pipeline.yaml'), ['*'])
    assert "prefix 'images'" in str(refused(etc))
    meters.refuse_overlaps('images', str(etc))


def test_agents_that_coordinate_without_a_prefix_are_a_sub_group(etc):
    etc.join('images.conf').write(OTHERS.replace('partitioning_group_prefix = images', ''))
    names(etc.join('pipeline.yaml'), ['*'])
    assert "prefix ''" in str(refused(etc))


def test_agents_that_do_not_coordinate_are_none(etc):
    etc.join('images.conf').write(OTHERS.replace('backend_url', '# backend_url'))
    names(etc.join('pipeline.yaml'), ['*'])
    meters.refuse_overlaps('fuel', str(etc))


def test_polling_yaml_stands_before_pipeline_yaml(etc):
    names(etc.join('polling.yaml'), ['*'])
    etc.join('images.conf').write(OTHERS.replace('[polling]', '[polling]\ncfg_file = %s' % etc.join('images.yaml')))
    assert "'*' in %s overlaps" % etc.join('polling.yaml') in str(refused(etc))


@pytest.mark.parametrize('content', ['{', '- a', 'sources: 3', 'sources: [{name: a}]'])
def test_a_pipeline_that_cannot_be_read_is_named(etc, content):
    etc.join('images.yaml').write(content)
    assert refused(etc).field == str(etc.join('images.yaml'))


def test_a_node_without_ceilometer_has_nothing_to_refuse(tmpdir):
    meters.refuse_overlaps('fuel', str(tmpdir))

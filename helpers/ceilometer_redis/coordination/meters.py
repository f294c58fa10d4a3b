# SPDX-License-Identifier: Apache-2.0
"""Meters that two sub-groups of polling agents both poll: each sample of them would be taken twice.

Agents with one partitioning_group_prefix are a sub-group and share what its pipeline names; another prefix is another
sub-group, which knows nothing of it. An operator has one by agents with a configuration file of their own.
"""

import collections
import fnmatch
import glob
import io
import os
import re
import string

import yaml

from ceilometer_redis.errors import BadInput, quoted

DIRECTORY = '/etc/ceilometer'
OWN = 'ceilometer.conf'

#: What a pattern of meters consists of: what fnmatch knows, and any other character for itself.
TOKEN = re.compile(r'\*|\?|\[!?\]?[^\]]*\]|.')


def refuse_overlaps(prefix, directory=DIRECTORY):
    """Refuse a prefix if agents on this node that coordinate with another one poll a meter that ours poll as well.

    Look at the configuration files beside ceilometer.conf, and at the pipeline that each of them names.

    Raises:
        BadInput: There are such agents.
    """
    own = pipeline_path(os.path.join(directory, OWN))
    for path in sorted(glob.glob(os.path.join(directory, '*.conf'))):
        conf = options(path)
        other = conf.get(('polling', 'partitioning_group_prefix')) or conf.get(('central', 'partitioning_group_prefix'))
        if os.path.basename(path) == OWN or not conf.get(('coordination', 'backend_url')) or other == prefix:
            continue
        found = common_patterns(meters_of(own), meters_of(pipeline_path(path)))
        if found:
            raise BadInput('partitioning_group_prefix',
                           'be one whose agents poll no meter that agents with another poll', quoted(prefix),
                           "'%s' in %s overlaps '%s' in %s, which agents with %s and prefix '%s' read"
                           % (found[0], own, found[1], pipeline_path(path), path, other or ''))


def options(path):
    """Return the options of an oslo.config file, by (section, name); of one that is given twice the last."""
    found, section = {}, 'DEFAULT'
    if not os.path.exists(path):
        return found
    with io.open(path, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            header = re.match(r'\[(.+)\]', line)
            value = re.match(r'(\w+)\s*[=:]\s*(.*?)\s*\Z', line)
            if header:
                section = header.group(1)
            elif value:
                found[section, value.group(1)] = value.group(2)
    return found


def pipeline_path(path):
    """Return the file that names the meters for agents with this configuration file.

    It is found as by ceilometer up to Ocata. Ocata reads polling.yaml if there is one; before, there was none.
    """
    conf, directory = options(path), os.path.dirname(path)
    polling = os.path.join(directory, conf.get(('polling', 'cfg_file'), 'polling.yaml'))
    return polling if os.path.exists(polling) else os.path.join(
        directory, conf.get(('DEFAULT', 'pipeline_cfg_file'), 'pipeline.yaml'))


def meters_of(path):
    """Return the meters of each source in a pipeline.yaml or polling.yaml.

    Returns:
        A list of patterns for each, '!' before those left out.

    Raises:
        BadInput: The file has another form.
    """
    if not os.path.exists(path):
        return []
    with open(path, 'rb') as content:
        try:
            sources = (yaml.safe_load(content) or {}).get('sources') or []
            return [[str(meter) for meter in source['meters']] for source in sources]
        except (yaml.YAMLError, ValueError, AttributeError, KeyError, TypeError):
            raise BadInput(path, 'be YAML with sources, each with its meters')


def common_patterns(sources, others):
    """Return a pattern of each of two lists of sources that have a meter in common, or None."""
    for one in sources:
        for other in others:
            without = [meter[1:] for meter in one + other if meter.startswith('!')]
            for first in included_patterns(one):
                for second in included_patterns(other):
                    if have_common_name(first, second, without):
                        return first, second
    return None


def included_patterns(meters):
    """Return the patterns of what a source has: everything if it only says what it leaves out."""
    return [meter for meter in meters if not meter.startswith('!')] or ['*']


def have_common_name(first, second, without):
    """Return whether a name matches two patterns and none of those without it.

    Follow all patterns at once, letter by letter, through the sets of places that a name can have reached in each.
    """
    patterns = [TOKEN.findall(pattern) for pattern in [first, second] + without]
    letters = sorted(set(''.join([first, second] + without) + string.ascii_letters + string.digits))
    start = tuple(with_stars_passed(pattern, [0]) for pattern in patterns)
    seen, queue = set([start]), collections.deque([start])
    while queue:
        reached = queue.popleft()
        ends = [len(pattern) in at for pattern, at in zip(patterns, reached)]
        if ends[0] and ends[1] and not any(ends[2:]):
            return True
        for letter in letters:
            following = tuple(step(pattern, at, letter) for pattern, at in zip(patterns, reached))
            if following[0] and following[1] and following not in seen:
                seen.add(following)
                queue.append(following)
    return False


def step(pattern, at, letter):
    """Return the places of a pattern that one more letter leads to."""
    return with_stars_passed(pattern, [place if pattern[place] == '*' else place + 1 for place in at
                                       if place < len(pattern) and fnmatch.fnmatchcase(letter, pattern[place])])


def with_stars_passed(pattern, at):
    """Return places in a pattern with those behind each star: it may stand for nothing."""
    found = set()
    for place in at:
        found.add(place)
        while place < len(pattern) and pattern[place] == '*':
            place += 1
            found.add(place)
    return frozenset(found)

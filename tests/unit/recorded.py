# SPDX-License-Identifier: Apache-2.0
"""Fuel's data as recorded on nodes of real environments (tests/data/astute), in the files that those nodes have."""

import copy
import glob
import io
import os

import yaml

from ceilometer_redis.fuel import astute

ASTUTE = os.path.join(os.path.dirname(__file__), '..', 'data', 'astute')
PASSWORD = 'S3cretS3cret'

# Data that were read once: PyYAML takes long for them.
PARSED = {}


def files(name):
    """The texts of a node's data files by their names. name: environment/beginning of the node's file."""
    path, = glob.glob(os.path.join(ASTUTE, name + '*.yaml'))
    if not path.endswith('.node.yaml'):
        return {'astute.yaml': text(path)}
    beside = os.path.dirname(path)
    return {'astute.yaml': text(os.path.join(beside, 'astute.yaml')),
            'cluster.yaml': text(os.path.join(beside, 'cluster.yaml')), 'node.yaml': text(path)}


def data(name, **settings):
    """A node's data as one mapping, with the plugin's settings; the caller may change it."""
    if name not in PARSED:
        found = {}
        for _, content in sorted(files(name).items()):
            found = astute.merge(found, yaml.safe_load(content) or {})
        PARSED[name] = found
    found = copy.deepcopy(PARSED[name])
    found['ceilometer-redis'].update(dict({'redis_password': PASSWORD}, **settings))
    return found


def text(path):
    with io.open(path, encoding='utf-8') as content:
        return content.read()


class Node(object):
    """A node's data files in a directory (py.path); places: for the functions that read them."""

    def __init__(self, directory):
        self.directory = directory
        self.places = (str(directory.join('astute.yaml')), str(directory))

    def put(self, texts):
        """Let these be all data files, bytes or texts by their names."""
        for name in ('astute.yaml', 'cluster.yaml', 'node.yaml'):
            path = self.directory.join(name)
            if path.check():
                path.remove()
            if name in texts:
                content = texts[name]
                path.write_binary(content if isinstance(content, bytes) else content.encode('utf-8'))

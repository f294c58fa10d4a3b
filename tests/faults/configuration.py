# SPDX-License-Identifier: Apache-2.0
"""What is deployed on the lab's controllers: the plugin, or what a peer has."""

import dataclasses
import hashlib
import pathlib
import typing

import invariants
import polling
import recorder
from lab import astute
from scene import Scene


@dataclasses.dataclass(frozen=True)
class Configuration:
    """How a configuration comes about on a lab as Fuel leaves it, and what is asked of it.

    ``redis`` and ``sentinel`` are the files that the daemons start from, ``master`` is the name of the master in
    Sentinel. ``make`` and ``deploy`` are functions of a lab: the first deployment, and another one with another
    down-after. ``rest``, a function of a Scene, waits until there is nothing more to wait for.
    """

    name: str
    redis: str
    sentinel: str
    master: str
    make: typing.Callable
    deploy: typing.Callable
    rest: typing.Callable
    kind: type = Scene
    on_hosts: tuple = invariants.ON_HOSTS
    # What of the daemons' facts the files need not say: a default, or learnt anew after a start.
    unsaid: tuple = ()
    # How often it may be deployed, or booted, until it is at rest.
    boots: int = 1
    # The modules that make it, besides the plugin.
    modules: tuple = ()

    def scene(self, lab):
        """A Scene on a lab that has this configuration."""
        return self.kind(lab, self)

    def digest(self, bare):
        """What the disks are made of; ``bare``: the same of those that it is made on."""
        made = hashlib.sha256(bare.encode() + recorder.PROBE.read_bytes() + repr((self.redis, self.sentinel)).encode())
        for module in self.modules:
            made.update(pathlib.Path(module.__file__).read_bytes())
        return made.hexdigest()


OURS = Configuration(
    'ours', '/etc/ceilometer-redis/redis/redis.conf', '/etc/ceilometer-redis/redis/sentinel.conf', 'ceilometer-redis',
    make=astute.deploy,
    deploy=lambda lab: astute.deploy(lab, {'down_after': '6'}, say=lambda text: None),
    rest=lambda scene: polling.await_rest(scene.lab, intervals=2))

# SPDX-License-Identifier: Apache-2.0
"""The configurations that ours is compared with: the plugin's version 1.0 and kolla-ansible's.

Of each its values and the steps of its deployments, none of its code. What a peer breaks is shown, it fails no run.
"""

import contextlib

import invariants
import kolla
import polling
from configuration import OURS, Configuration
from lab import predecessor, waiting
from scene import Scene

# Seconds that a peer is watched after the last note: one that never heals is not waited for as ours would be.
WATCHED = 120


class Watched(Scene):
    """A Scene whose invariants are all asked, for as long as a peer is watched, and none demanded."""

    def check(self, **allowed):
        with contextlib.suppress(AssertionError):
            super().check(**allowed)

    def deadline(self, moment):
        return min(moment, self.noted + WATCHED)


def rest(scene):
    """Wait until the store is whole, all agents are members and a whole cycle was right."""
    waiting.until(lambda: not invariants.store(scene), 120, 'a healthy store')
    waiting.until(lambda: not invariants.groups(scene), 120, 'agents that are members')
    waiting.until(lambda: polling.all_polled_once(scene.lab, 2), 120, 'each image polled once per cycle')


# Not asked: whether something is left to deploy (the peers cannot say) and where the password is to be read (version
# 1.0 has none, and whoever may read kolla's is up to the containers that are stood in for). They have no guard: after a
# boot kolla's agents had all been members and did not share the images within 120 s.
ASKED = {'rest': rest, 'kind': Watched, 'on_hosts': (invariants.KEPT,), 'boots': 3}

ORIGINAL = Configuration(
    'original', '/etc/redis/redis.conf', '/etc/redis/sentinel.conf', predecessor.MASTER,
    make=predecessor.make, deploy=predecessor.deploy, modules=(predecessor,),
    # 30 s is Sentinel's own default, which it does not write.
    unsaid=('sentinel: down-after-milliseconds',), **ASKED)

KOLLA = Configuration(
    'kolla', kolla.REDIS, kolla.SENTINEL, kolla.MASTER,
    make=kolla.make, deploy=kolla.deploy, modules=(predecessor, kolla),
    # They start from what was deployed, and learn the rest from one another.
    unsaid=('sentinel: config-epoch', 'sentinel: known-sentinel', 'sentinel: known-replica'), **ASKED)

PEERS = (ORIGINAL, KOLLA)
ALL = (OURS, *PEERS)

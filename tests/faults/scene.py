# SPDX-License-Identifier: Apache-2.0
"""One scenario: a lab at rest, what is done to it, and whether all is right again at the end."""

import collections
import math
import time

import invariants
import polling
import recorder
from lab import telemetry, waiting
from lab.failure import Failure

# Whole cycles that have to be right in a row.
CYCLES = 3

# Seconds that a scenario is watched beyond what is allowed: what is late is measured all the same.
WATCHED = 60

# Seconds with writes after which they count as taken again; not all that a fault does begins at once.
QUIET = 3

Mark = collections.namedtuple('Mark', 'kind what at')
Mark.__doc__ = 'What was done to the lab, a fault or a repair, and when.'


class Scene:
    """``lab`` and its ``configuration``, and what a scenario says of itself by ``fault``, ``repaired`` and ``check``.

    ``isolated`` are controllers that are on but that a scenario leaves cut off: nothing is expected of them. ``seen``
    are all that there were, those that have been removed too.
    """

    def __init__(self, lab, configuration):
        self.lab = lab
        self.configuration = configuration
        self.seen = list(lab.controllers)
        self.begun = time.time()
        self.isolated = []
        self.marks = []
        self.verdicts = []
        self.writable = self.right = self.first_right = None

    @property
    def controllers(self):
        """The controllers of the environment."""
        return self.lab.controllers

    def add(self, *names):
        """Add controllers to the environment, which the next deployment takes into the cluster."""
        self.lab.add(*names)
        self.seen += [self.lab.hosts[name] for name in names]
        for name in names:
            recorder.install(self.lab.hosts[name], self.configuration.redis)

    @property
    def ended(self):
        """The last moment whose samples are surely written."""
        return time.time() - polling.WRITTEN

    @property
    def noted(self):
        """When something was done to the lab last."""
        return self.marks[-1].at

    @property
    def living(self):
        """The controllers that are on and not cut off."""
        return [host for host in self.controllers if host.pid() and host not in self.isolated]

    @property
    def master(self):
        """The controller with the one redis master that takes writes; waits until there is one."""
        found = waiting.until(lambda: len(masters := self._masters()) == 1 and masters, 60, 'one redis master')
        return found[0]

    def successor(self, former, within=60):
        """Another controller than the ``former`` whose redis has become the master; waits so many seconds for it."""
        found = waiting.until(lambda: [host for host in self._masters() if host is not former], within,
                              f'another redis master than {former.name}')
        return found[0]

    def promoted(self, former):
        """Another controller than the ``former`` that the sentinels name, whether its redis takes writes yet or not."""
        def named():
            looks = [look for look in recorder.latest(self.living).values() if look]
            return [host for host in self.others(former) if any(look['named'] == host.address for look in looks)]
        return waiting.until(named, 60, f'another redis master than {former.name} named', 0.1)[0]

    def _masters(self):
        seen = recorder.latest(self.living)
        return [host for host in self.living if (look := seen.get(host.name)) and recorder.is_master(look)]

    def others(self, *hosts):
        """The other controllers."""
        return [host for host in self.controllers if host not in hosts]

    def redis(self, host, *commands):
        """What the redis server of a host answers."""
        return polling.redis(host, *commands, conf=self.configuration.redis)

    def sentinel(self, host, command):
        """What the sentinel of a host answers to a command."""
        return host.run(f'redis-cli -h {host.address} -p 26379 sentinel {command}').stdout

    def fault(self, what):
        """Note that something is broken from now on; say so just before it is done."""
        self.marks.append(Mark('fault', what, time.time()))

    def repaired(self, what):
        """Note that what was broken is whole from now on; recovery is counted from the last note."""
        self.marks.append(Mark('repair', what, time.time()))

    def switches(self):
        """How often a sentinel named another master since the first note; of that which did so most often."""
        named = ([look['named'] for look in recorder.looks(host, 'own', self.marks[0].at) if look['named']]
                 for host in self.controllers)
        return max(sum(former != latter for former, latter in zip(names, names[1:])) for names in named)

    def unwritable(self, since=None):
        """Seconds without a master that takes writes, from a moment (the first note, by default) until now."""
        return sum(self._unwritable(since))

    def longest_gap(self, since=None):
        """The longest stretch of seconds without a master that takes writes, from a moment (as above) until now."""
        return max(self._unwritable(since), default=0)

    def _unwritable(self, since=None):
        return [end - start for start, end in self.gaps(since or self.marks[0].at, time.time())]

    def check(self, writable=15, right=2 * telemetry.INTERVAL):
        """All invariants, each waited for.

        ``writable``: seconds that may pass after the last note until the store takes writes; ``right``: seconds after
        that from which on every cycle that begins has each image polled exactly once. Raises AssertionError with what
        was seen of each invariant that does not hold.
        """
        self.verdicts.append(self._written(self.noted, writable))
        self.verdicts.append(invariants.judge(invariants.STORE, self))
        # Before the members: who may poll later may join later.
        self.verdicts.append(self._polled(self.noted + self.writable, right))
        self.verdicts.append(invariants.judge(invariants.MEMBERS, self))
        self.verdicts += [invariants.judge(invariant, self) for invariant in self.configuration.on_hosts]
        wrong = [f'{verdict.name}: {"; ".join(verdict.wrong)}' for verdict in self.verdicts if verdict.wrong]
        assert not wrong, '\n'.join(wrong)

    def deadline(self, moment):
        """Until when what is allowed to take until a moment is waited for."""
        return moment

    def _written(self, since, allowed):
        """Whether the store takes writes again in time."""
        def last_gap():
            now = time.time()
            gaps = self.gaps(since, now)
            end = gaps[-1][1] if gaps else since
            return end if now - end > QUIET else None
        try:
            within = self.deadline(time.time() + allowed + WATCHED) - time.time()
            self.writable = waiting.until(last_gap, within, 'a store that takes writes') - since
        except Failure:
            self.writable = math.inf
        wrong = [f'after {self.writable:.1f} s, allowed are {allowed}'] if self.writable > allowed else []
        return invariants.Verdict('the store takes writes', self.writable, wrong)

    def _polled(self, since, allowed):
        """Whether each image is polled exactly once per cycle in time, and with it by whom."""
        # The first cycle that starts after so long starts within another interval.
        allowed += telemetry.INTERVAL
        start = since if since < math.inf else self.noted
        within = self.deadline(start + allowed + (CYCLES + 1) * telemetry.INTERVAL + WATCHED) - start
        self.right = polling.recovery(self.lab, start, within, CYCLES)
        if self.right < math.inf:
            self.first_right = start + self.right
        wrong = [f'from {self.right:.1f} s after the store takes writes, allowed are {allowed}'] \
            if self.right > allowed else []
        return invariants.Verdict('each image is polled exactly once per cycle', start + self.right - self.noted, wrong)

    def gaps(self, since, until):
        """[(start, end)] between two moments without writes to the store, as those see it that are not cut off."""
        writes = {host.name: recorder.looks(host, 'write', since - recorder.SILENCE)
                  for host in self.seen if host not in self.isolated}
        return recorder.gaps(writes, since, until)

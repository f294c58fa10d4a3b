# SPDX-License-Identifier: Apache-2.0
"""Members of tooz in one process, each with a coordinator and a connection of its own; each beats once a second.

On standard input a list in JSON a line, each answered: first [backend_url], then ["grow", [[member, group], ...]],
["beats"] and ["watch", group, times].
"""

import contextlib
import json
import select
import sys
import time

from tooz import coordination

BEAT = 1.0


class Crowd:
    """The members; beats: how many beats they have given."""

    def __init__(self, url):
        self.url = url
        self.members = []
        self.due = []
        self.beats = 0

    def join(self, name):
        member = coordination.get_coordinator(self.url, name.encode())
        member.start()
        return member

    def grow(self, wanted):
        """Let members join a group each."""
        for name, group in wanted:
            member = self.join(name)
            try:
                member.create_group(group.encode()).get()
            except coordination.GroupAlreadyExist:
                pass
            member.join_group(group.encode()).get()
            self.members.append(member)
            self.beat()
        # Spread over the second, as those of many hosts are.
        now, count = time.monotonic(), len(self.members)
        self.due = [now + BEAT * number / count for number in range(count)]
        return count

    def beat(self):
        """Let those beat whose time has come."""
        for number, due in enumerate(self.due):
            if due <= time.monotonic():
                # As an agent does, it goes on when the store does not answer.
                with contextlib.suppress(coordination.ToozError):
                    self.members[number].heartbeat()
                    self.beats += 1
                self.due[number] = max(due + BEAT, time.monotonic())

    def watch(self, group, times):
        """Seconds of each look at who has come and gone, as an agent looks before each polling cycle."""
        watcher, seconds = self.join('watcher'), []
        watcher.watch_join_group(group.encode(), lambda event: None)
        for _ in range(times):
            begun = time.monotonic()
            watcher.run_watchers()
            seconds.append(time.monotonic() - begun)
        watcher.stop()
        return seconds


def main():
    crowd = Crowd(json.loads(sys.stdin.readline())[0])
    print('true', flush=True)
    while True:
        crowd.beat()
        if select.select([sys.stdin], [], [], .005)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            command, *arguments = json.loads(line)
            answer = crowd.beats if command == 'beats' else getattr(crowd, command)(*arguments)
            print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()

# SPDX-License-Identifier: Apache-2.0
"""A member of a coordination group, run by the tests under the Python and the tooz to be tried.

On standard input: a URL and the member's name, one per line. `tooz_client.py read` tells what tooz reads from the URL.
`tooz_client.py join` joins the group, tells its members, and tells them again for each further line; `tooz_client.py
beat` does so and beats every second in the meantime, as an agent does. `tooz_client.py poll LOG` beats and shares as
agents since Pike do: it waits for a line between reading the group and watching it, and each further one is a cycle.
"""

from __future__ import print_function

import json
import logging
import sys
import threading
import time

from tooz import coordination

GROUP = b'central-global'


def tell(value):
    print(json.dumps(value))
    sys.stdout.flush()


def coordinator():
    url, member = (sys.stdin.readline().strip() for _ in range(2))
    return coordination.get_coordinator(url, member.encode('ascii'))


def read():
    """What the driver makes of the URL: the client of the master, its sentinels, the driver's own times."""
    member = coordinator()
    client = member._make_client(member._parsed_url, member._options, member.timeout)
    pool = client.connection_pool
    sentinels = [sentinel.connection_pool.connection_kwargs for sentinel in pool.sentinel_manager.sentinels]
    return {
        'sentinels': [[kwargs['host'], int(kwargs['port'])] for kwargs in sentinels],
        'sentinel_passwords': [kwargs.get('password') for kwargs in sentinels],
        'master_name': pool.service_name,
        'client': dict((name, pool.connection_kwargs.get(name))
                       for name in ('password', 'db', 'socket_timeout', 'socket_connect_timeout')),
        'timeout': member.timeout,
        'lock_timeout': member.lock_timeout,
        'membership_timeout': member.membership_timeout,
    }


def members(member):
    """The members by name; asked again while the store changes its master, 30 s at most."""
    end = time.time() + 30
    while True:
        try:
            return sorted(name.decode('ascii') for name in member.get_members(GROUP).get())
        except Exception:  # since 2.9.0 tooz lets exceptions of redis-py through
            if time.time() > end:
                raise
            time.sleep(0.2)


def beat(member):
    while True:
        try:
            member.heartbeat()
        except Exception:  # the store is away: an agent goes on as well
            pass
        time.sleep(1)


def start(beating):
    member = coordinator()
    member.start()
    if beating:
        thread = threading.Thread(target=beat, args=(member,))
        thread.daemon = True
        thread.start()
    return member


def join(beating=False):
    member = start(beating)
    try:
        member.create_group(GROUP).get()
    except coordination.GroupAlreadyExist:
        pass
    member.join_group(GROUP).get()
    tell(members(member))
    while sys.stdin.readline():
        tell(members(member))


def poll(log):
    logging.basicConfig(filename=log)
    member = start(beating=True)
    watch = member.watch_join_group

    def watch_late(*arguments):
        tell('has read the group')
        sys.stdin.readline()
        watch(*arguments)

    member.watch_join_group = watch_late
    member.join_partitioned_group(GROUP)
    while True:
        tell('next')
        if not sys.stdin.readline():
            return
        try:
            member.run_watchers()
        except Exception:
            logging.exception('a cycle has failed')


if __name__ == '__main__':
    if sys.argv[1] == 'read':
        tell(read())
    elif sys.argv[1] == 'poll':
        poll(sys.argv[2])
    else:
        join(beating=sys.argv[1] == 'beat')

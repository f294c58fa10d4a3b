# SPDX-License-Identifier: Apache-2.0
"""What the files of redis and Sentinel on this controller say, and what the daemons do: the same after a restart?

Runs on a controller, the files of redis and Sentinel as its arguments; prints {name: [in the file, of the daemon]} as
JSON. The password is compared, never printed.
"""

import json
import pathlib
import sys

import redis

REDIS, SENTINEL = map(pathlib.Path, sys.argv[1:])
PATIENCE = 3


def pairs(reply):
    return dict(zip(reply[::2], reply[1::2]))


def words(path, *directives):
    """The words after each directive, [[word...]...] by directive; quotes left out."""
    lines = [line.replace('"', '').split() for line in path.read_text().splitlines()]
    return {name: [line[len(name.split()):] for line in lines if line[:len(name.split())] == name.split()]
            for name in directives}


def connect(port, password=''):
    host = words(REDIS, 'bind')['bind'][0][0]
    return redis.Redis(host, int(port), password=password or None, socket_timeout=PATIENCE, decode_responses=True)


def server():
    """[in the file, of the daemon] of what redis keeps."""
    # Not whom it follows: who is master is asked anew when redis starts.
    conf = words(REDIS, 'port', 'requirepass', 'masterauth', 'min-slaves-to-write',
                 'min-replicas-to-write')
    password = conf['requirepass'][0][0] if conf['requirepass'] else ''
    with connect(conf['port'][0][0], password) as client:
        running = client.config_get('m*')
    least = conf['min-slaves-to-write'] + conf['min-replicas-to-write']
    return {'redis: masterauth is requirepass': [conf['masterauth'] == conf['requirepass'],
                                                 running['masterauth'] == password],
            'redis: min-slaves-to-write': [least[0][0] if least else '0', running['min-slaves-to-write']]}


def sentinel():
    """[in the file, of the daemon] of what Sentinel keeps."""
    names = ('monitor', 'config-epoch', 'known-sentinel', 'known-replica', 'known-slave', 'down-after-milliseconds',
             'failover-timeout', 'myid')
    conf = words(SENTINEL, 'port', *(f'sentinel {name}' for name in names))
    kept = {name: conf[f'sentinel {name}'] for name in names}
    name = kept['monitor'][0][0]
    with connect(conf['port'][0][0]) as client:
        def ask(*command):
            return client.execute_command('sentinel', *command)
        known, myid = pairs(ask('master', name)), ask('myid')
        others = [[entry['ip'], entry['port'], entry['runid']] for entry in map(pairs, ask('sentinels', name))]
        replicas = [[entry['ip'], entry['port']] for entry in map(pairs, ask('replicas', name))]
    found = {'monitor': [name, known['ip'], known['port'], known['quorum']]}
    found.update((field, [name, known[field]]) for field in
                 ('config-epoch', 'down-after-milliseconds', 'failover-timeout'))
    return {'sentinel: myid': [kept['myid'][0][0], myid],
            **{f'sentinel: {field}': [(kept[field] or [None])[0], value] for field, value in found.items()},
            'sentinel: known-sentinel': [sorted(line[1:] for line in kept['known-sentinel']), sorted(others)],
            'sentinel: known-replica': [sorted(line[1:] for line in kept['known-replica'] + kept['known-slave']),
                                        sorted(replicas)]}


print(json.dumps({**server(), **sentinel()}))

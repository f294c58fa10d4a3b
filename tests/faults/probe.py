# SPDX-License-Identifier: Apache-2.0
"""What a controller sees of the store, five times a second; runs there, as lab-probe.service, from boot to its end,
with the file of the redis server here as its argument.

Each line of LINES is a JSON object with `asked` and `time`, the beginning and the end of one look in seconds since the
epoch. An agent's look (`kind` write) is a write through python-redis' own Sentinel client, the sentinels in the order
of this controller's backend_url, as tooz has it: `master` is the address it went to, `error` why it failed or null. The
other look (`kind` own) asks the daemons here: `role` of redis and whether it takes a write, and what the sentinel here
names and counts; null what has no answer.
"""

import json
import pathlib
import re
import sys
import threading
import time
import urllib.parse

import redis
import redis.sentinel

CEILOMETER = pathlib.Path('/etc/ceilometer/ceilometer.conf')
REDIS = pathlib.Path(sys.argv[1])
LINES = pathlib.Path('/var/lib/lab-probe/lines')

PERIOD = 0.2

# Seconds for an answer. An agent has 5; a shorter one sees sooner that a hung server is back.
PATIENCE = 1

KEY = 'lab-probe'
NO_MASTER = {'named': None, 'sentinels': None, 'replicas': None, 'quorum': None, 'epoch': None}


class Agent:
    """A client of the store as an agent is one."""

    def __init__(self):
        self.url = self.client = None

    def look(self):
        try:
            self.connect()
            self.client.set(KEY, 1, px=1000)
        except (redis.RedisError, OSError, LookupError) as error:
            return {'kind': 'write', 'master': None, 'error': f'{type(error).__name__}: {error}'[:200]}
        return {'kind': 'write', 'master': self.client.connection_pool.master_address[0], 'error': None}

    def connect(self):
        """Have a client of the backend_url that stands in the agents' configuration now."""
        found = re.search(r'^backend_url *= *(\S+)', CEILOMETER.read_text(), re.MULTILINE)
        if not found:
            raise LookupError('no backend_url')
        url = found[1]
        if url == self.url:
            return
        parts = urllib.parse.urlsplit(url)
        query = urllib.parse.parse_qs(parts.query)
        sentinels = [parts.netloc.rpartition('@')[2], *query.get('sentinel_fallback', [])]
        self.client = redis.sentinel.Sentinel(
            [address.rsplit(':', 1) for address in sentinels], socket_timeout=PATIENCE,
        ).master_for(query['sentinel'][0], password=parts.password, socket_timeout=PATIENCE)
        self.url, self.name, self.sentinel = url, query['sentinel'][0], sentinels[0]


class Daemons:
    """The redis server and the sentinel of this controller; connections are kept, as they cost more than a look."""

    def __init__(self):
        self.agent, self.clients = Agent(), {}

    def client(self, host, port, password=None):
        """The client of a daemon, by where it is and its password."""
        end = host, int(port), password
        if end not in self.clients:
            self.clients[end] = redis.Redis(*end[:2], password=password, socket_timeout=PATIENCE, decode_responses=True)
        return self.clients[end]

    def look(self):
        text = REDIS.read_text() if REDIS.exists() else ''
        conf = dict(re.findall(r'^(bind|port|requirepass) "?([^\s"]+)', text, re.MULTILINE))
        return {'kind': 'own', **self.server(conf), **self.sentinel(conf)}

    def server(self, conf):
        try:
            client = self.client(conf['bind'], conf['port'], conf.get('requirepass'))
            known = client.info('replication')
            return {'role': known['role'], 'link': known.get('master_link_status'), 'writable': writable(client)}
        except (redis.RedisError, OSError, LookupError):
            return {'role': None, 'link': None, 'writable': False}

    def sentinel(self, conf):
        try:
            self.agent.connect()
            # Not the first one of the backend_url, as of a peer that is the same one on all controllers.
            client = self.client(conf['bind'], self.agent.sentinel.rpartition(':')[2])
            # In lower case python-redis leaves the answer as it is.
            named = client.execute_command('sentinel', 'get-master-addr-by-name', self.agent.name)
            flat = client.execute_command('sentinel', 'master', self.agent.name)
        except (redis.RedisError, OSError, LookupError):
            return NO_MASTER
        known = dict(zip(flat[::2], flat[1::2]))
        return {'named': named and named[0], 'sentinels': int(known['num-other-sentinels']) + 1,
                'replicas': int(known['num-slaves']), 'quorum': int(known['quorum']),
                'epoch': int(known['config-epoch'])}


def writable(client):
    try:
        return bool(client.set(KEY, 1, px=1000))
    except redis.RedisError:
        return False


def watch(look, lines):
    while True:
        asked = time.time()
        seen = look()
        lines.write(json.dumps({'asked': asked, 'time': time.time(), **seen}) + '\n')
        time.sleep(max(0, asked + PERIOD - time.time()))


def main():
    LINES.parent.mkdir(exist_ok=True)
    with LINES.open('a', buffering=1) as lines:
        threading.Thread(target=watch, args=(Agent().look, lines), daemon=True).start()
        watch(Daemons().look, lines)


if __name__ == '__main__':
    main()
